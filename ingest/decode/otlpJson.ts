import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX, OTLP_RECORD_BYTES_MAX } from '../../core/limits.ts';
import { type ParsedItem, type Progress, tooLarge } from './item.ts';
import { BRACE, BRACKET, type Extent, JsonCursor, parseExtent } from './jsonCursor.ts';
import {
  emptyObject,
  FIELD_PREFIX,
  FieldCount,
  itemOfRecord,
  type LogRecord,
  MalformedRecord,
  nextLevel,
} from './otlpRecord.ts';

/**
 * An ExportLogsServiceRequest as OTLP/JSON: names in lowerCamelCase, unknown ones ignored, 64-bit
 * numbers as texts or numbers. Records come in the order resource, scope, record. What is ignored
 * outside of records is not parsed.
 * @throws FlowproofError `unreadable_body` where the records cannot be told from one another
 */
export function* decodeOtlpJson(body: Buffer, progress: Progress): Generator<ParsedItem> {
  const cursor = new JsonCursor(body);
  const fields = new FieldCount();
  let count = 0;
  for (const _resource of groupsOf(cursor, 'resourceLogs', fields)) {
    for (const _scope of groupsOf(cursor, 'scopeLogs', fields)) {
      for (const _record of groupsOf(cursor, 'logRecords', fields, 'records')) {
        yield itemOfExtent(body, cursor.value());
        progress.bytes = cursor.at;
        count += 1;
        if (count > BATCH_EVENTS_MAX) return;
      }
    }
  }
  cursor.end();
}

/**
 * Visits the elements of the list of this name in the object that begins here; who is called takes
 * the element. A null is an absent list.
 */
function* groupsOf(
  cursor: JsonCursor,
  name: string,
  fields: FieldCount,
  kind: 'groups' | 'records' = 'groups',
): Generator<undefined> {
  if (!cursor.enter(BRACE)) throw noRequest(name);
  let isThere = false;
  for (let isFirst = true; cursor.next(BRACE, isFirst); isFirst = false) {
    const isOther = cursor.key() !== name;
    if (isOther || kind === 'groups') fields.add();
    if (isOther) {
      cursor.value();
      continue;
    }
    if (isThere) throw noRequest(name);
    isThere = true;
    if (!cursor.enter(BRACKET)) {
      if (!isNull(cursor.body, cursor.value())) throw noRequest(name);
      continue;
    }
    for (let isFirstOfList = true; cursor.next(BRACKET, isFirstOfList); isFirstOfList = false) {
      if (kind === 'groups') fields.add();
      yield;
    }
  }
}

const NULL = Buffer.from('null');

/** Not parsed: what stands here may be as large as the body. */
function isNull(body: Buffer, { start, bytes }: Extent): boolean {
  return bytes === NULL.length && body.subarray(start, start + NULL.length).equals(NULL);
}

function noRequest(name: string): FlowproofError {
  return new FlowproofError('unreadable_body', `the body is no OTLP request at ${name}`);
}

function itemOfExtent(body: Buffer, extent: Extent): ParsedItem {
  if (extent.bytes > OTLP_RECORD_BYTES_MAX) return tooLarge();
  const record = parseExtent(body, extent, withExactNumbers);
  return itemOfRecord(() => recordOf(record));
}

type Message = Readonly<Record<string, unknown>>;

const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const UNSIGNED = /^\d{1,20}$/;
const SIGNED = /^-?\d{1,19}$/;
const FLOAT_TEXT = /^(?:NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
/** A key that is not inside a text, then digits that a double does not hold. */
const LONG_NUMBER =
  /(?<!\\)"(timeUnixNano|intValue)"([ \t\r\n]*:[ \t\r\n]*)(-?[1-9]\d{15,})(?![\d.eE])/g;

/** A JSON number would be rounded to a multiple of 256 ns: as a text it keeps every digit. */
function withExactNumbers(text: string): string {
  return text.replace(LONG_NUMBER, '"$1"$2"$3"');
}

function recordOf(record: unknown): LogRecord {
  const { timeUnixNano, attributes } = messageOf(record);
  return {
    timeUnixNano: wholeNumber(timeUnixNano ?? 0, UNSIGNED, 0n, UINT64_MAX),
    attributes: entriesOf(attributes, 1, (name) => name.startsWith(FIELD_PREFIX)),
  };
}

/** The entries of a KeyValue list whose keys are wanted; the values of others are not looked at. */
function entriesOf(list: unknown, level: number, isWanted: (key: string) => boolean) {
  const entries: [string, unknown][] = [];
  for (const entry of arrayOf(list)) {
    const { key = '', value } = messageOf(entry);
    if (typeof key !== 'string') throw new MalformedRecord('the key of an attribute is no text');
    if (isWanted(key)) entries.push([key, readValue(value, level)]);
  }
  return entries;
}

function readValue(value: unknown, level: number): unknown {
  const message = messageOf(value ?? {});
  let found: string | undefined;
  for (const kind in message) {
    if (!KINDS.has(kind) || message[kind] === null) continue;
    if (found !== undefined) throw new MalformedRecord('an attribute has two values');
    found = kind;
  }
  return found === undefined ? null : KINDS.get(found)?.(message[found], level);
}

const KINDS = new Map<string, (content: unknown, level: number) => unknown>([
  ['stringValue', textOf],
  ['boolValue', booleanOf],
  ['intValue', (content) => Number(wholeNumber(content, SIGNED, -INT64_MAX - 1n, INT64_MAX))],
  ['doubleValue', floatOf],
  ['bytesValue', (content) => [textOf(content)]],
  [
    'arrayValue',
    (content, level) => {
      const next = nextLevel(level);
      return arrayOf(messageOf(content)['values']).map((value) => readValue(value, next));
    },
  ],
  [
    'kvlistValue',
    (content, level) => {
      const object = emptyObject();
      const entries = entriesOf(messageOf(content)['values'], nextLevel(level), () => true);
      for (const [key, value] of entries) object[key] = value;
      return object;
    },
  ],
]);

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  throw new MalformedRecord('a stringValue or bytesValue is no text');
}

function booleanOf(content: unknown): boolean {
  if (typeof content === 'boolean') return content;
  throw new MalformedRecord('a boolValue is neither true nor false');
}

function floatOf(content: unknown): number {
  if (typeof content === 'number') return content;
  if (typeof content === 'string' && FLOAT_TEXT.test(content)) return Number(content);
  throw new MalformedRecord('a doubleValue is no number');
}

function wholeNumber(content: unknown, digits: RegExp, min: bigint, max: bigint): bigint {
  const isText = typeof content === 'string' && digits.test(content);
  if (isText || Number.isInteger(content)) {
    const whole = BigInt(content as string | number);
    if (whole >= min && whole <= max) return whole;
  }
  throw new MalformedRecord('timeUnixNano or an intValue is no 64-bit whole number');
}

function arrayOf(list: unknown): readonly unknown[] {
  const array = list ?? [];
  if (Array.isArray(array)) return array;
  throw new MalformedRecord('the attributes or values of a record are no array');
}

function messageOf(message: unknown): Message {
  if (isMessage(message)) return message;
  throw new MalformedRecord('a log record, an attribute or its value is no object');
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && !Array.isArray(message);
}
