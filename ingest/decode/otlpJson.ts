import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import type { DecodedItem } from './item.ts';
import { parseDocument } from './json.ts';
import {
  emptyObject,
  FIELD_PREFIX,
  itemOfRecord,
  type LogRecord,
  MalformedRecord,
  nextLevel,
} from './otlpRecord.ts';

/**
 * An ExportLogsServiceRequest as OTLP/JSON: names in lowerCamelCase, unknown ones ignored, 64-bit
 * numbers as texts or numbers. Records come in the order resource, scope, record.
 * @throws FlowproofError `unreadable_body` where the records cannot be told from one another
 */
export function decodeOtlpJson(body: Buffer): DecodedItem[] {
  const request = parseDocument(body, withExactNumbers);
  const items: DecodedItem[] = [];
  for (const resource of groupsOf(request, 'resourceLogs')) {
    for (const scope of groupsOf(resource, 'scopeLogs')) {
      for (const record of groupsOf(scope, 'logRecords')) {
        items.push(itemOfRecord(() => recordOf(record)));
        if (items.length > BATCH_EVENTS_MAX) return items;
      }
    }
  }
  return items;
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

function groupsOf(parent: unknown, name: string): readonly unknown[] {
  const list = isMessage(parent) ? (parent[name] ?? []) : undefined;
  if (Array.isArray(list)) return list;
  throw new FlowproofError('unreadable_body', `the body is no OTLP request at ${name}`);
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
