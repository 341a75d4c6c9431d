import { describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import { decodeBody } from '../helpers/decode.ts';

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const CSV_TYPE = 'text/csv';

const decode = (type: string, body: string) => decodeBody(type, Buffer.from(body));
const refused = (code: string) => expect.objectContaining({ name: 'FlowproofError', code });

describe('the number of events', () => {
  it.each([
    [JSON_TYPE, (n: number) => `[${Array(n).fill('{}').join(',')}]`],
    [NDJSON_TYPE, (n: number) => '{}\n'.repeat(n)],
    [NDJSON_TYPE, (n: number) => '\n \r\n{}\n'.repeat(n)],
    [NDJSON_TYPE, (n: number) => 'broken\n'.repeat(n)],
    [CSV_TYPE, (n: number) => `id\n${'1\n'.repeat(n)}`],
    [CSV_TYPE, (n: number) => `id\r\n${'1,wrong\r\n\r\n'.repeat(n)}`],
  ])('%s: the most is admitted, one more refused, none refused', (type, bodyOf) => {
    expect(decode(type, bodyOf(BATCH_EVENTS_MAX))).toHaveLength(BATCH_EVENTS_MAX);
    expect(() => decode(type, bodyOf(BATCH_EVENTS_MAX + 1))).toThrow(refused('too_many_events'));
    expect(decode(type, bodyOf(1))).toHaveLength(1);
    expect(() => decode(type, bodyOf(0))).toThrow(refused('empty_batch'));
  });

  it.each([
    [NDJSON_TYPE, '\n\r\n  \t\n'],
    [NDJSON_TYPE, '\uFEFF'],
    [NDJSON_TYPE, '\uFEFF\n'],
    [CSV_TYPE, '\n\n'],
    [CSV_TYPE, '\uFEFF'],
    [CSV_TYPE, 'id,action\r\n\r\n'],
    [JSON_TYPE, ' [ ] '],
  ])('%s of %j is an empty batch', (type, body) => {
    expect(() => decode(type, body)).toThrow(refused('empty_batch'));
  });
});

describe('the content type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    ' application/json ; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=utf8; profile=x',
    'application/json;',
    'application/json; title="a;b\\"c"; charset=utf-8',
  ])('%j is JSON', (type) => {
    expect(decode(type, '{"id":"1"}')).toEqual([{ value: { id: '1' } }]);
  });

  it.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl; charset=utf-8'])(
    '%j is lines of JSON',
    (type) => {
      expect(decode(type, '{"id":"1"}\n{"id":"2"}')).toHaveLength(2);
    },
  );

  it.each([
    '',
    'json',
    'text/plain',
    'application/xml',
    'application/jsonx',
    'application/json, text/csv',
    'application/json; charset=big5',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=latin1',
    'application/json; charset',
    'application/json charset=utf-8',
    'application/json; charset="utf-8',
    'constructor/prototype',
    '__proto__',
  ])('%j is not supported', (type) => {
    expect(() => decode(type, '{"id":"1"}')).toThrow(refused('unsupported_media_type'));
  });

  it.each([JSON_TYPE, NDJSON_TYPE, CSV_TYPE])('%s in UTF-16 is unreadable', (type) => {
    const le = Buffer.from('\uFEFF{"id":"1"}\n', 'utf16le');
    const be = Buffer.from(le).swap16();
    expect(() => decodeBody(type, le)).toThrow(refused('unreadable_body'));
    expect(() => decodeBody(type, be)).toThrow(refused('unreadable_body'));
  });
});
