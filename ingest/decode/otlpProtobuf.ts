import protobuf from 'protobufjs/minimal.js';
import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX, OTLP_RECORD_BYTES_MAX } from '../../core/limits.ts';
import { type ParsedItem, type Progress, tooLarge } from './item.ts';
import {
  emptyObject,
  FIELD_PREFIX,
  FieldCount,
  itemOfRecord,
  type LogRecord,
  nextLevel,
} from './otlpRecord.ts';

/**
 * An ExportLogsServiceRequest as protobuf, read in place: unknown fields and foreign attributes are
 * skipped without being decoded. Records come in the order resource, scope, record.
 * @throws FlowproofError `unreadable_body` where the records cannot be told from one another
 */
export function* decodeOtlpProtobuf(body: Buffer, progress: Progress): Generator<ParsedItem> {
  const reader = protobuf.Reader.create(body);
  const fields = new FieldCount();
  let count = 0;
  try {
    for (const _resource of messagesOf(reader, TAG.resourceLogs, fields)) {
      for (const _scope of messagesOf(reader, TAG.scopeLogs, fields)) {
        for (const _record of messagesOf(reader, TAG.logRecords, fields, 'records')) {
          yield itemOfMessage(reader);
          progress.bytes = reader.pos;
          count += 1;
          if (count > BATCH_EVENTS_MAX) return;
        }
      }
    }
  } catch (cause) {
    if (cause instanceof FlowproofError) throw cause;
    throw new FlowproofError('unreadable_body', 'the body is no OTLP request in protobuf');
  }
}

/**
 * Enters every message of one tag up to the end of the message around it, and skips the rest. What
 * is left of a message is left behind: its length says where the next begins.
 */
function* messagesOf(
  reader: Reader,
  wanted: number,
  fields: FieldCount,
  kind: 'groups' | 'records' = 'groups',
): Generator<undefined> {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag !== wanted) {
      fields.add();
      skip(reader, tag);
      continue;
    }
    const outer = enter(reader);
    const endExclusive = reader.len;
    if (kind === 'groups') fields.add();
    yield;
    reader.pos = endExclusive;
    reader.len = outer;
  }
}

function itemOfMessage(reader: Reader): ParsedItem {
  if (reader.len - reader.pos > OTLP_RECORD_BYTES_MAX) return tooLarge();
  return itemOfRecord(() => readRecord(reader));
}

type Reader = protobuf.Reader;

const [VARINT, FIXED64, LENGTH] = [0, 1, 2] as const;

/** Number and wire type of the fields that are read [opentelemetry-proto: logs/v1, common/v1]. */
const TAG = {
  /** ExportLogsServiceRequest */
  resourceLogs: tagOf(1, LENGTH),
  /** ResourceLogs */
  scopeLogs: tagOf(2, LENGTH),
  /** ScopeLogs */
  logRecords: tagOf(2, LENGTH),
  /** LogRecord */
  timeUnixNano: tagOf(1, FIXED64),
  attributes: tagOf(6, LENGTH),
  /** KeyValue */
  key: tagOf(1, LENGTH),
  value: tagOf(2, LENGTH),
  /** AnyValue */
  stringValue: tagOf(1, LENGTH),
  boolValue: tagOf(2, VARINT),
  intValue: tagOf(3, VARINT),
  doubleValue: tagOf(4, FIXED64),
  arrayValue: tagOf(5, LENGTH),
  kvlistValue: tagOf(6, LENGTH),
  bytesValue: tagOf(7, LENGTH),
  /** ArrayValue and KeyValueList */
  values: tagOf(1, LENGTH),
} as const;

function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType;
}

function readRecord(reader: Reader): LogRecord {
  let timeUnixNano = 0n;
  const attributes: (readonly [string, unknown])[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === TAG.attributes) {
      const entry = readEntry(reader, 1, FIELD_PREFIX);
      if (entry !== undefined) attributes.push(entry);
    } else if (tag === TAG.timeUnixNano) {
      const low = BigInt(reader.fixed32());
      timeUnixNano = (BigInt(reader.fixed32()) << 32n) + low;
    } else skip(reader, tag);
  }
  return { timeUnixNano, attributes };
}

/** A KeyValue; undefined, its value not looked at, where the key does not begin so. */
function readEntry(
  reader: Reader,
  level: number,
  prefix: string,
): readonly [string, unknown] | undefined {
  const outer = enter(reader);
  let key = '';
  let valueAt = -1;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === TAG.key) key = reader.stringVerify();
    else {
      if (tag === TAG.value) valueAt = reader.pos;
      skip(reader, tag);
    }
  }
  let entry: readonly [string, unknown] | undefined;
  if (key.startsWith(prefix)) {
    reader.pos = valueAt === -1 ? reader.len : valueAt;
    entry = [key, valueAt === -1 ? null : readValue(reader, level)];
    reader.pos = reader.len;
  }
  reader.len = outer;
  return entry;
}

/** An AnyValue: where several kinds are set, the last stands. */
function readValue(reader: Reader, level: number): unknown {
  const outer = enter(reader);
  let value: unknown = null;
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === TAG.stringValue) value = reader.stringVerify();
    else if (tag === TAG.intValue) value = Number(reader.int64().toString());
    else if (tag === TAG.boolValue) value = reader.bool();
    else if (tag === TAG.doubleValue) value = reader.double();
    else if (tag === TAG.bytesValue) value = [Buffer.from(reader.bytes()).toString('base64')];
    else if (tag === TAG.arrayValue) value = readArray(reader, nextLevel(level));
    else if (tag === TAG.kvlistValue) value = readObject(reader, nextLevel(level));
    else skip(reader, tag);
  }
  reader.len = outer;
  return value;
}

function readArray(reader: Reader, level: number): unknown[] {
  const outer = enter(reader);
  const array: unknown[] = [];
  readEach(reader, TAG.values, () => array.push(readValue(reader, level)));
  reader.len = outer;
  return array;
}

function readObject(reader: Reader, level: number): Record<string, unknown> {
  const outer = enter(reader);
  const object = emptyObject();
  readEach(reader, TAG.values, () => {
    const entry = readEntry(reader, level, '');
    if (entry !== undefined) object[entry[0]] = entry[1];
  });
  reader.len = outer;
  return object;
}

/** Reads every field of one tag up to the end of the message; the others are skipped. */
function readEach(reader: Reader, wanted: number, read: () => void): void {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === wanted) read();
    else skip(reader, tag);
  }
}

/** Narrows the reader to the message that begins here with its length; gives the end before. */
function enter(reader: Reader): number {
  const length = reader.size();
  const endExclusive = reader.pos + length;
  const outer = reader.len;
  if (endExclusive > outer) throw new RangeError('a message is cut short');
  reader.len = endExclusive;
  return outer;
}

function skip(reader: Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3);
}
