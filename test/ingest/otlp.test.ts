import { describe, expect, it } from 'vitest';
import {
  BATCH_EVENTS_MAX,
  EVENT_BYTES_MAX,
  OTLP_FIELDS_MAX,
  OTLP_RECORD_BYTES_MAX,
} from '../../core/limits.ts';
import { readEvent } from '../../ingest/decode/readEvent.ts';
import { decodeBody, type ParsedItem } from '../helpers/decode.ts';
import {
  type AnyValue,
  anyValue,
  JSON_TYPE,
  type KeyValue,
  keyValues,
  PROTOBUF_TYPE,
  recordOf,
  requestOf,
  toProtobuf,
} from './otlpMessages.ts';

const OTLP = { format: 'otlp', cloudEvent: null } as const;
const EVENT = {
  id: 'e1',
  solutionId: 's',
  smeId: '12345678',
  actorId: 'a',
  action: 'create',
  occurredAt: '2023-04-15T01:30:00.123Z',
};
const NANOS = '1681522200123456789';
const unreadable = expect.objectContaining({ code: 'unreadable_body' });

const json = (body: unknown) =>
  decodeBody(JSON_TYPE, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), OTLP);
const proto = (body: Uint8Array) => decodeBody(PROTOBUF_TYPE, Buffer.from(body), OTLP);
/** What a request is read as, in both encodings alike. */
function both(request: object): ParsedItem[] {
  const items = json(request);
  expect(plain(proto(toProtobuf(request)))).toEqual(plain(items));
  return items;
}
/** Without the words, which may differ between encodings where a record is malformed. */
function plain(items: readonly ParsedItem[]) {
  return items.map((item) => ('fault' in item ? { ...item, fault: item.fault.code } : item));
}
function codeOf(item: ParsedItem | undefined): string | null | undefined {
  if (item === undefined) return undefined;
  return 'fault' in item ? item.fault.code : (readEvent(item.value).fault?.code ?? null);
}
const codesOf = (items: readonly ParsedItem[]) => items.map(codeOf);
/** The record of the event, some of its attributes set to other values or added. */
function record(changes: Readonly<Record<string, AnyValue>> = {}, timeUnixNano: unknown = NANOS) {
  const { occurredAt: _time, ...fields } = EVENT;
  const kept = keyValues(fields, 'flowproof.').filter(({ key }) => !Object.hasOwn(changes, key));
  const added = Object.entries(changes).map(([key, value]): KeyValue => ({ key, value }));
  return { timeUnixNano, attributes: [...kept, ...added] };
}
const readAs = (changes: Readonly<Record<string, AnyValue>>) =>
  codeOf(both(requestOf([record(changes)]))[0]);
const text = (value: string): AnyValue => ({ stringValue: value });

describe('a log record', () => {
  it('is an event by its flowproof attributes and its time', () => {
    const full = {
      ...EVENT,
      actorRole: 'owner',
      source: 'pos',
      seq: 7,
      sessionId: 'x',
      resource: 'r',
      ip: '203.0.113.9',
      attributes: { branch: '台北' },
    };
    const items = both(requestOf([recordOf(full)]));
    expect(items).toEqual([{ value: full }]);
    expect(codesOf(items)).toEqual([null]);
  });

  it('says nothing more by its body, its severity, its resource and foreign attributes', () => {
    const foreign = keyValues({
      'http.method': 'GET',
      flowproof: 'x',
      'Flowproof.id': 'y',
      n: [1],
    });
    const request = {
      resourceLogs: [
        {
          resource: { attributes: keyValues({ 'flowproof.smeId': '99999999' }) },
          scopeLogs: [
            {
              scope: { name: 'n', version: '1' },
              logRecords: [
                {
                  ...record(),
                  attributes: [...foreign, ...record().attributes],
                  observedTimeUnixNano: '1700000000000000000',
                  severityNumber: 9,
                  severityText: 'INFO',
                  body: { stringValue: 'x' },
                  flags: 1,
                  traceId: 'AAAAAAAAAAAAAAAAAAAAAA==',
                },
              ],
            },
          ],
        },
      ],
    };
    expect(both(request)).toEqual([{ value: EVENT }]);
  });

  it.each(['id', 'solutionId', 'smeId', 'actorId', 'action'])('without %s lacks it', (field) => {
    const attributes = record().attributes.filter(({ key }) => key !== `flowproof.${field}`);
    const [item] = both(requestOf([{ ...record(), attributes }]));
    expect(codeOf(item)).toBe('missing_field');
  });

  it.each<[string, Readonly<Record<string, AnyValue>>, string | null]>([
    ['an unknown field', { 'flowproof.colour': text('x') }, 'unknown_field'],
    ['no field name', { 'flowproof.': text('x') }, 'unknown_field'],
    ['a time as attribute', { 'flowproof.occurredAt': text(EVENT.occurredAt) }, 'unknown_field'],
    ['a prototype as field', { 'flowproof.__proto__': text('x') }, 'unknown_field'],
    ['a prototype as entry', { 'flowproof.attributes.__proto__': text('x') }, 'unknown_field'],
    ['a prototype in a list', { 'flowproof.attributes': kvlist('__proto__') }, 'unknown_field'],
    ['an empty value', { 'flowproof.actorId': {} }, 'missing_field'],
    ['an empty optional value', { 'flowproof.source': {} }, null],
    ['an empty text', { 'flowproof.source': text('') }, 'invalid_field'],
    ['a number as text', { 'flowproof.seq': text('7') }, 'invalid_field'],
    ['a number as id', { 'flowproof.id': { intValue: '7' } }, 'invalid_field'],
    ['a number as firm', { 'flowproof.smeId': { intValue: '12345678' } }, 'invalid_field'],
    ['bytes as id', { 'flowproof.id': { bytesValue: 'ZTE=' } }, 'invalid_field'],
    ['a list as id', { 'flowproof.id': { arrayValue: { values: [text('e1')] } } }, 'invalid_field'],
    ['an object as id', { 'flowproof.id': kvlist('e1') }, 'invalid_field'],
    ['a boolean as id', { 'flowproof.id': { boolValue: true } }, 'invalid_field'],
    ['a sequence of 0', { 'flowproof.seq': { intValue: '0' } }, null],
    ['a whole number as double', { 'flowproof.seq': { doubleValue: 7 } }, null],
    ['a fraction', { 'flowproof.seq': { doubleValue: 7.5 } }, 'invalid_field'],
    ['a negative number', { 'flowproof.seq': { intValue: '-1' } }, 'invalid_field'],
    ['2^53 − 1', { 'flowproof.seq': { intValue: '9007199254740991' } }, null],
    ['2^53', { 'flowproof.seq': { intValue: '9007199254740992' } }, 'invalid_field'],
    ['2^53 + 1', { 'flowproof.seq': { intValue: '9007199254740993' } }, 'invalid_field'],
    ['2^63 − 1', { 'flowproof.seq': { intValue: '9223372036854775807' } }, 'invalid_field'],
    ['−2^63', { 'flowproof.seq': { intValue: '-9223372036854775808' } }, 'invalid_field'],
    ['no number', { 'flowproof.seq': { doubleValue: Number.MAX_VALUE } }, 'invalid_field'],
    ['attributes as text', { 'flowproof.attributes': text('x') }, 'invalid_field'],
    ['attributes as list', { 'flowproof.attributes': { arrayValue: {} } }, 'invalid_field'],
    ['attributes as bytes', { 'flowproof.attributes': { bytesValue: 'AA==' } }, 'invalid_field'],
    ['no attributes', { 'flowproof.attributes': { kvlistValue: {} } }, null],
    ['an entry of no name', { 'flowproof.attributes.': text('x') }, 'invalid_field'],
    ['an entry as number', { 'flowproof.attributes.n': { intValue: '1' } }, 'invalid_field'],
    ['an empty entry', { 'flowproof.attributes.n': text('') }, null],
    ['an entry as list', { 'flowproof.attributes.n': { arrayValue: {} } }, 'invalid_field'],
  ])('with %s', (_, changes, code) => {
    expect(readAs(changes)).toBe(code);
  });

  it('names an unknown attribute as it was sent', () => {
    const [item] = both(requestOf([record({ 'flowproof.actor_id': text('x') })]));
    const read = item !== undefined && 'value' in item ? readEvent(item.value) : undefined;
    expect(read?.fault?.detail).toBe('unknown field "flowproof.actor_id"');
  });

  it('has attributes from both forms; of one name the last stands', () => {
    const attributes = [
      ...record().attributes,
      { key: 'flowproof.attributes.a', value: text('1') },
      { key: 'flowproof.attributes', value: anyValue({ a: '2', b: '2' }) },
      { key: 'flowproof.attributes.b', value: text('3') },
      { key: 'flowproof.actorId', value: text('last') },
    ];
    const [item] = both(requestOf([{ timeUnixNano: NANOS, attributes }]));
    expect(item).toEqual({ value: { ...EVENT, actorId: 'last', attributes: { a: '2', b: '3' } } });
  });

  it('of 16 KiB is admitted, one byte more too large; what is ignored does not weigh', () => {
    const rest = EVENT_BYTES_MAX - JSON.stringify({ ...EVENT, resource: '' }).length;
    const sized = (length: number) => record({ 'flowproof.resource': text('x'.repeat(length)) });
    const large = {
      ...record({ foreign: text('x'.repeat(20_000)) }),
      body: text('臺'.repeat(9_000)),
    };
    const items = both(requestOf([sized(rest), sized(rest + 1), large]));
    expect(codesOf(items)).toEqual(['invalid_field', 'too_large', null]);
    expect(items[1]).toMatchObject({ id: 'e1' });
  });
});

function kvlist(key: string): AnyValue {
  return { kvlistValue: { values: [{ key, value: text('x') }] } };
}

describe('the time of a record', () => {
  const timed = (timeUnixNano: unknown) => json(requestOf([record({}, timeUnixNano)]))[0];
  const occurredAt = (item: ParsedItem | undefined) =>
    item !== undefined && 'value' in item ? (item.value as typeof EVENT).occurredAt : item?.fault;

  it.each<[string, string]>([
    ['1681522200123456789', '2023-04-15T01:30:00.123Z'],
    ['1681522200123999999', '2023-04-15T01:30:00.123Z'],
    ['1681522200124000000', '2023-04-15T01:30:00.124Z'],
    ['999999', '1970-01-01T00:00:00.000Z'],
    ['9007199254740993', '1970-04-15T05:59:59.254Z'],
    ['18446744073709551615', '2554-07-21T23:34:33.709Z'],
  ])('%s ns is %s, cut and exact, as text, as number and in protobuf', (nanos, expected) => {
    expect(occurredAt(both(requestOf([record({}, nanos)]))[0])).toBe(expected);
    const asNumber = JSON.stringify(requestOf([record({}, 'T')])).replace('"T"', ` ${nanos}`);
    expect(occurredAt(json(asNumber)[0])).toBe(expected);
  });

  it.each([0, '0', null, undefined])('is missing as %s, never taken from elsewhere', (nanos) => {
    const late = { ...record(), timeUnixNano: nanos, observedTimeUnixNano: NANOS };
    expect(codeOf(both(requestOf([late]))[0])).toBe('missing_field');
  });

  it.each([
    -1,
    1.5,
    1e30,
    '',
    'soon',
    '-1',
    '1.5e18',
    '18446744073709551616',
    true,
    {},
    { low: 1, high: 1 },
  ])('of %j makes the record malformed', (nanos) => {
    expect(timed(nanos)).toMatchObject({ fault: { code: 'malformed' } });
  });

  it('is not changed inside texts that look like it', () => {
    const odd = `x "timeUnixNano":1681522200123456789, \\"timeUnixNano": 1681522200123456789}`;
    const entries = { [`k"timeUnixNano"`]: 'y', b: odd };
    const items = json(requestOf([recordOf({ ...EVENT, attributes: entries })]));
    expect(items).toEqual([{ value: { ...EVENT, attributes: entries } }]);
  });
});

describe('a request', () => {
  it('is read in the order resource, scope, record', () => {
    const at = (id: string) => recordOf({ ...EVENT, id });
    const items = both({
      resourceLogs: [
        { scopeLogs: [{ logRecords: [at('0'), at('1')] }, {}, { logRecords: [at('2')] }] },
        { scopeLogs: [] },
        { scopeLogs: [{ logRecords: [at('3')] }] },
      ],
    });
    expect(items).toEqual(['0', '1', '2', '3'].map((id) => ({ value: { ...EVENT, id } })));
  });

  it('of the most records is read; one more is refused whole', () => {
    const full = requestOf(Array(BATCH_EVENTS_MAX).fill(record()));
    expect(both(full)).toHaveLength(BATCH_EVENTS_MAX);
    const over = { resourceLogs: [...full.resourceLogs, ...requestOf([record()]).resourceLogs] };
    const tooMany = expect.objectContaining({ code: 'too_many_events' });
    expect(() => json(over)).toThrow(tooMany);
    expect(() => proto(toProtobuf(over))).toThrow(tooMany);
  });

  it('without a record holds no event', () => {
    const empty = expect.objectContaining({ code: 'empty_batch' });
    for (const request of [{}, { resourceLogs: [] }, requestOf([]), { resourceLogs: [{}] }]) {
      expect(() => json(request)).toThrow(empty);
      expect(() => proto(toProtobuf(request))).toThrow(empty);
    }
    expect(() => json({ resourceLogs: null, later: 1 })).toThrow(empty);
  });

  it.each(['', '[]', 'null', '5', '{"resourceLogs":', '{"resourceLogs":{}}'])(
    '%j cannot be read',
    (body) => {
      expect(() => json(body)).toThrow(unreadable);
    },
  );

  it('whose groups are no objects or lists cannot be read', () => {
    for (const body of [
      { resourceLogs: [5] },
      { resourceLogs: [{ scopeLogs: 'x' }] },
      { resourceLogs: [{ scopeLogs: [null] }] },
      requestOf('records' as unknown as []),
    ]) {
      expect(() => json(body)).toThrow(unreadable);
    }
  });

  it('fails by its malformed records alone', () => {
    const bad = [
      5,
      null,
      [],
      { attributes: 'x' },
      { attributes: [5] },
      { attributes: [{ key: 5 }] },
      { attributes: [{ key: 'flowproof.id', value: 'e1' }] },
      { attributes: [{ key: 'flowproof.id', value: { stringValue: 5 } }] },
      { attributes: [{ key: 'flowproof.id', value: { stringValue: 'a', intValue: 1 } }] },
      { attributes: [{ key: 'flowproof.seq', value: { intValue: 'x' } }] },
      { attributes: [{ key: 'flowproof.seq', value: { intValue: '9223372036854775808' } }] },
      { attributes: [{ key: 'flowproof.seq', value: { doubleValue: '0x10' } }] },
      { attributes: [{ key: 'flowproof.seq', value: { boolValue: 'true' } }] },
      { attributes: [{ key: 'flowproof.attributes', value: { kvlistValue: { values: {} } } }] },
    ];
    for (const one of bad) {
      const codes = codesOf(json(requestOf([record(), one, record()])));
      expect({ one, codes }).toEqual({ one, codes: [null, 'malformed', null] });
    }
  });

  it('may write 64-bit numbers as numbers and doubles as texts', () => {
    const number = (value: AnyValue) =>
      codeOf(json(requestOf([record({ 'flowproof.seq': value })]))[0]);
    expect(number({ intValue: 7 })).toBeNull();
    expect(number({ doubleValue: '7' })).toBeNull();
    expect(number({ doubleValue: 'NaN' })).toBe('invalid_field');
    expect(number({ doubleValue: '-Infinity' })).toBe('invalid_field');
    const text = JSON.stringify(requestOf([record({ 'flowproof.seq': { intValue: 'N' } })]));
    expect(codesOf(json(text.replace('"N"', '9007199254740991')))).toEqual([null]);
    expect(codesOf(json(text.replace('"N"', '9007199254740993')))).toEqual(['invalid_field']);
    expect(codesOf(json(text.replace('"N"', '-9223372036854775808')))).toEqual(['invalid_field']);
    expect(codesOf(json(text.replace('"N"', '9223372036854775808')))).toEqual(['malformed']);
  });
});

describe('nested values', () => {
  const nested = (levels: number): AnyValue =>
    levels === 1 ? text('x') : { arrayValue: { values: [nested(levels - 1)] } };

  it('of 30 levels are an invalid field, deeper ones malformed, by themselves', () => {
    for (const [levels, code] of [
      [30, 'invalid_field'],
      [32, 'malformed'],
      [33, 'malformed'],
      [90, 'malformed'],
    ] as const) {
      const deep = record({ 'flowproof.resource': nested(levels) });
      expect(codesOf(json(requestOf([deep, record()])))).toEqual([code, null]);
      if (levels < 40) expect(codesOf(both(requestOf([deep, record()])))).toEqual([code, null]);
    }
  });

  it.each([
    [9_000, 'malformed', null],
    [100_000, 'too_large', 'too_large'],
  ])('of %i levels cost that record alone', (levels, own, foreign) => {
    const open = '{"arrayValue":{"values":['.repeat(levels);
    const close = ']}}'.repeat(levels);
    for (const [key, code] of [
      ['flowproof.id', own],
      ['other', foreign],
    ] as const) {
      const body = JSON.stringify(requestOf([record({ [key]: { HERE: 1 } }), record()]));
      expect(codesOf(json(body.replace('{"HERE":1}', `${open}${close}`)))).toEqual([code, null]);
    }
  });

  it.each([
    ['flowproof.id', 'malformed'],
    ['other', 'missing_field'],
  ])('of 3,000 levels in protobuf under %s are %s', (key, code) => {
    expect(codesOf(proto(deepProtobuf(key, 3_000)))).toEqual([code]);
  });
});

/** One record with one attribute whose value is a list in a list in a list. */
function deepProtobuf(key: string, levels: number): Buffer {
  let value: Buffer = Buffer.alloc(0);
  for (let i = 0; i < levels; i += 1) value = field(5, field(1, value));
  const attribute = Buffer.concat([field(1, Buffer.from(key)), field(2, value)]);
  return field(1, field(2, field(2, field(6, attribute))));
}

/** A length-delimited field. */
function field(number: number, content: Buffer): Buffer {
  const length: number[] = [];
  let left = content.length;
  for (; left > 127; left = Math.floor(left / 128)) length.push((left % 128) + 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length, left]), content]);
}

describe('a protobuf body', () => {
  const inRecord = (bytes: Buffer) => field(1, field(2, field(2, bytes)));

  it.each<[string, Buffer]>([
    ['JSON', Buffer.from('{"resourceLogs":[]}')],
    ['a cut length', Buffer.from([0x0a])],
    ['a length beyond the end', Buffer.from([0x0a, 0x05, 0x00])],
    ['field number 0', Buffer.from([0x02, 0x00])],
    ['an unknown wire type', Buffer.from([0x0f])],
    ['groups in groups', Buffer.alloc(100_000, 0x0b)],
    ['a record that overruns its scope', field(1, field(2, Buffer.from([0x12, 0x05, 0x00])))],
  ])('of %s cannot be read', (_, bytes) => {
    expect(() => proto(bytes)).toThrow(unreadable);
  });

  it.each<[string, Buffer, string]>([
    ['a cut tag', Buffer.from([0x80]), 'malformed'],
    ['a cut time', Buffer.from([0x09, 0x01]), 'malformed'],
    ['an attribute beyond its end', Buffer.from([0x32, 0x7f]), 'malformed'],
    ['a key that is not UTF-8', field(6, field(1, Buffer.from([0xff]))), 'malformed'],
    [
      'a value that is not UTF-8',
      attributeOf(field(1, Buffer.from([0xed, 0xa0, 0x80]))),
      'malformed',
    ],
    ['an endless number', attributeOf(Buffer.alloc(12, 0xff)), 'malformed'],
    ['unknown fields', Buffer.from([0x98, 0x06, 0x01]), 'missing_field'],
    ['a time of another wire type', Buffer.from([0x08, 0x01]), 'missing_field'],
    ['nothing', Buffer.alloc(0), 'missing_field'],
  ])('with %s in a record costs that record alone', (_, bytes, code) => {
    const good = toProtobuf(requestOf([record()]));
    expect(codesOf(proto(Buffer.concat([good, inRecord(bytes), good])))).toEqual([
      null,
      code,
      null,
    ]);
  });

  function attributeOf(value: Buffer): Buffer {
    return field(6, Buffer.concat([field(1, Buffer.from('flowproof.id')), field(2, value)]));
  }
});

describe('what is no event', () => {
  const record = (bytes: number) => ({
    timeUnixNano: NANOS,
    body: { stringValue: 'x'.repeat(bytes) },
  });

  it('of a record weighs to 256 KiB, beyond it the record is too large by itself', () => {
    const at = OTLP_RECORD_BYTES_MAX - JSON.stringify(record(0)).length;
    const over = JSON.stringify(requestOf([record(at), record(at + 1), record(0)]));
    expect(codesOf(json(over))).toEqual(['missing_field', 'too_large', 'missing_field']);
    const sizeOf = (bytes: number) => toProtobuf(requestOf([record(bytes)])).length;
    const overhead = sizeOf(OTLP_RECORD_BYTES_MAX) - OTLP_RECORD_BYTES_MAX;
    const large = toProtobuf(requestOf([record(OTLP_RECORD_BYTES_MAX), record(0)]));
    expect(overhead).toBeGreaterThan(0);
    expect(codesOf(proto(large))).toEqual(['too_large', 'missing_field']);
  });

  it('is at most 50,000 fields outside of records, as groups or as unknown ones', () => {
    const tooMany = expect.objectContaining({ code: 'body_too_large' });
    const empty = expect.objectContaining({ code: 'empty_batch' });
    const groups = (n: number) => `{"resourceLogs":[${Array(n).fill('{}').join(',')}]}`;
    expect(() => json(groups(OTLP_FIELDS_MAX - 1))).toThrow(empty);
    expect(() => json(groups(OTLP_FIELDS_MAX))).toThrow(tooMany);
    const beside = (n: number) => `{"resourceLogs":[{"scopeLogs":[{${'"a":1,'.repeat(n)}"a":1}]}]}`;
    expect(() => json(beside(OTLP_FIELDS_MAX - 5))).toThrow(empty);
    expect(() => json(beside(OTLP_FIELDS_MAX - 4))).toThrow(tooMany);
    for (const message of [
      [0x0a, 0x00],
      [0x18, 0x00],
    ]) {
      const bytes = (n: number) => Buffer.alloc(2 * n, Buffer.from(message));
      expect(() => proto(bytes(OTLP_FIELDS_MAX))).toThrow(empty);
      expect(() => proto(bytes(OTLP_FIELDS_MAX + 1))).toThrow(tooMany);
    }
  });

  it('named twice cannot be read: which list stands nobody can tell', () => {
    const list = '"logRecords":[{}]';
    const body = `{"resourceLogs":[{"scopeLogs":[{${list},${list}}]}]}`;
    expect(() => json(body)).toThrow(unreadable);
  });
});

describe('the content type', () => {
  it.each(['application/x-ndjson', 'text/csv', 'application/cloudevents+json', '', 'text/plain'])(
    '%j is none of OTLP',
    (contentType) => {
      expect(() => decodeBody(contentType, Buffer.from('{}'), OTLP)).toThrow(
        expect.objectContaining({ code: 'unsupported_media_type' }),
      );
    },
  );
});
