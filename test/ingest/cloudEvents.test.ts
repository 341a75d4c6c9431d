import { describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import { readEvent } from '../../ingest/decode/readEvent.ts';
import { decodeBody, type ParsedItem } from '../helpers/decode.ts';

const DATA = { solutionId: 's', smeId: '12345678', actorId: 'a', action: 'create' };
const TIME = '2023-04-15T09:30:00.123456+08:00';
const CONTEXT = { specversion: '1.0', id: 'e1', source: '/pos', type: 'tw.pos.use', time: TIME };
const EVENT = { ...CONTEXT, data: DATA };
const READ = { ...DATA, id: 'e1', occurredAt: TIME };
const HEADERS = CONTEXT;

const structured = (event: unknown) => one(decodeText('application/cloudevents+json', event));
function decodeText(contentType: string, value: unknown): ParsedItem[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return decodeBody(contentType, Buffer.from(text));
}
function binary(
  headers: Record<string, string>,
  body: string = JSON.stringify(DATA),
  contentType = 'application/json',
): ParsedItem {
  const framing = { format: 'events', cloudEvent: headers } as const;
  return one(decodeBody(contentType, Buffer.from(body), framing));
}
function one(items: ParsedItem[]): ParsedItem {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new RangeError(`${items.length} items`);
  return item;
}
/** The code for which an item is refused; null where it is read as an event. */
function codeOf(item: ParsedItem): string | null {
  return 'fault' in item ? item.fault.code : (readEvent(item.value).fault?.code ?? null);
}
const without = (name: string) => ({ ...EVENT, [name]: undefined });

describe('a structured event', () => {
  it('is id, time and the data', () => {
    expect(structured(EVENT)).toEqual({ value: READ });
    expect(codeOf(structured(EVENT))).toBeNull();
  });

  it.each<[string, unknown, string | null]>([
    ['no specversion', without('specversion'), 'malformed'],
    ['specversion 1.0 as a number', { ...EVENT, specversion: 1.0 }, 'malformed'],
    ['specversion 1.0.2', { ...EVENT, specversion: '1.0.2' }, 'malformed'],
    ['specversion 0.3', { ...EVENT, specversion: '0.3' }, 'malformed'],
    ['no id', without('id'), 'missing_field'],
    ['an id of null', { ...EVENT, id: null }, 'missing_field'],
    ['an empty id', { ...EVENT, id: '' }, 'invalid_field'],
    ['an id that is a number', { ...EVENT, id: 7 }, 'invalid_field'],
    ['neither id nor source', { ...without('id'), source: undefined }, 'malformed'],
    ['no id and an unknown field', { ...without('id'), data: { ...DATA, x: 1 } }, 'unknown_field'],
    ['an id of 128 characters', { ...EVENT, id: '臺'.repeat(128) }, null],
    ['an id of 129 characters', { ...EVENT, id: 'x'.repeat(129) }, 'invalid_field'],
    ['no source', without('source'), 'malformed'],
    ['no type', without('type'), 'malformed'],
    ['no time', without('time'), 'missing_field'],
    ['a time of null', { ...EVENT, time: null }, 'missing_field'],
    ['a time without offset', { ...EVENT, time: '2023-04-15T09:30:00' }, 'invalid_field'],
    ['a time that is a number', { ...EVENT, time: 1681522200 }, 'invalid_field'],
    ['an empty time', { ...EVENT, time: '' }, 'invalid_field'],
    ['no data', without('data'), 'missing_field'],
    ['data of null', { ...EVENT, data: null }, 'missing_field'],
    ['data that is a text', { ...EVENT, data: JSON.stringify(DATA) }, 'malformed'],
    ['data that is an array', { ...EVENT, data: [DATA] }, 'malformed'],
    ['data that is a number', { ...EVENT, data: 0 }, 'malformed'],
    ['empty data', { ...EVENT, data: {} }, 'missing_field'],
    ['data with an unknown field', { ...EVENT, data: { ...DATA, x: 1 } }, 'unknown_field'],
    ['data with an id', { ...EVENT, data: { ...DATA, id: 'e1' } }, 'unknown_field'],
    ['data with a null id', { ...EVENT, data: { ...DATA, id: null } }, 'unknown_field'],
    ['data with a time', { ...EVENT, data: { ...DATA, occurredAt: TIME } }, 'unknown_field'],
    ['datacontenttype null', { ...EVENT, datacontenttype: null }, null],
    ['datacontenttype text/json', { ...EVENT, datacontenttype: 'text/json' }, null],
    ['datacontenttype +json', { ...EVENT, datacontenttype: 'application/x+JSON; a=b' }, null],
    ['datacontenttype text/plain', { ...EVENT, datacontenttype: 'text/plain' }, 'malformed'],
    ['datacontenttype jsonp', { ...EVENT, datacontenttype: 'application/jsonp' }, 'malformed'],
    ['an extension', { ...EVENT, ext1: 'x', ext2: 7, ext3: true, ext4: null }, null],
    ['a fraction as extension', { ...EVENT, ext: 1.5 }, 'malformed'],
    ['an object as extension', { ...EVENT, ext: {} }, 'malformed'],
    ['an upper-case extension', { ...EVENT, solutionId: 's' }, 'malformed'],
    ['subject and schema', { ...EVENT, subject: 'x', dataschema: 'https://a/' }, null],
    ['an array', [EVENT], 'malformed'],
    ['a text', '"event"', 'malformed'],
    ['null', 'null', 'malformed'],
  ])('%s', (_, event, code) => {
    expect(codeOf(structured(event))).toBe(code);
  });

  it('names what data may not say, and keeps the id for its sender', () => {
    const item = structured({ ...EVENT, data: { ...DATA, id: 'other', occurredAt: 'x' } });
    if ('fault' in item) throw new Error(item.fault.detail);
    expect(readEvent(item.value).fault?.detail).toBe('unknown field "data.id", "data.occurredAt"');
    expect(item.value).toMatchObject({ id: 'e1', occurredAt: TIME });
    expect(structured({ ...EVENT, type: '' })).toMatchObject({ id: 'e1' });
  });

  it.each([
    ['__proto__ in the context', '{"__proto__":{"id":"x"},', '}'],
    ['constructor.prototype in the context', '{"constructor":{"prototype":{}},', '}'],
    ['__proto__ in the data', '{', ',"data":{"__proto__":{"smeId":"12345678"}}}'],
    ['__proto__ deep in the data', '{', ',"data":{"attributes":{"__proto__":"x"}}}'],
  ])('%s is an unknown field', (_, before, after) => {
    const context = JSON.stringify(CONTEXT).slice(1, -1);
    expect(codeOf(structured(`${before}${context}${after}`))).toBe('unknown_field');
    expect(codeOf(structured(`${before}"id":""${after}`))).toBe('malformed');
  });

  it('of 16 KiB is admitted, one byte more is too large, nested deeply it is malformed', () => {
    const sized = (bytes: number) => {
      const rest = bytes - JSON.stringify({ ...EVENT, subject: '' }).length;
      return structured({ ...EVENT, subject: 'x'.repeat(rest) });
    };
    expect(codeOf(sized(EVENT_BYTES_MAX))).toBeNull();
    expect(sized(EVENT_BYTES_MAX + 1)).toMatchObject({ fault: { code: 'too_large' }, id: 'e1' });
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    const text = JSON.stringify({ ...EVENT, data: { a: 'HERE' } }).replace('"HERE"', deep);
    expect(codeOf(structured(text))).toBe('malformed');
    expect(codeOf(structured(`${'['.repeat(9_000)}${']'.repeat(9_000)}`))).toBe('too_large');
  });

  it('that is no JSON, is not UTF-8 or is empty makes the body unreadable', () => {
    const unreadable = expect.objectContaining({ code: 'unreadable_body' });
    for (const text of ['{"id":', '', 'null null']) {
      expect(() => structured(text)).toThrow(unreadable);
    }
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    expect(() => decodeBody('application/cloudevents+json', bytes)).toThrow(unreadable);
  });
});

describe('data_base64', () => {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

  it.each<[string, unknown, string | null]>([
    ['JSON', base64(JSON.stringify(DATA)), null],
    ['a JSON array', base64('[]'), 'malformed'],
    ['no JSON', base64('text'), 'malformed'],
    ['bytes that are not UTF-8', base64(Buffer.from([0x7b, 0xff, 0x7d])), 'malformed'],
    ['no base64', '{}', 'malformed'],
    ['base64 without its padding', base64('{ }').replaceAll('=', '').slice(0, 3), 'malformed'],
    ['no text', 5, 'malformed'],
    ['nothing', null, 'missing_field'],
    ['a prototype', base64('{"__proto__":{}}'), 'unknown_field'],
  ])('of %s', (_, data, code) => {
    expect(codeOf(structured({ ...CONTEXT, data: null, data_base64: data }))).toBe(code);
  });

  it('beside data is refused, and under a type that is not JSON', () => {
    const data = base64(JSON.stringify(DATA));
    expect(codeOf(structured({ ...EVENT, data_base64: data }))).toBe('malformed');
    const text = { ...CONTEXT, datacontenttype: 'text/plain', data_base64: data };
    expect(codeOf(structured(text))).toBe('malformed');
  });
});

describe('a batch', () => {
  const batch = (events: unknown) => decodeText('application/cloudevents-batch+json', events);

  it('of the most events a request holds is read, one more is refused whole', () => {
    expect(batch(Array(BATCH_EVENTS_MAX).fill(EVENT))).toHaveLength(BATCH_EVENTS_MAX);
    expect(() => batch(Array(BATCH_EVENTS_MAX + 1).fill(EVENT))).toThrow(
      expect.objectContaining({ code: 'too_many_events' }),
    );
  });

  it('fails by its bad events alone, in order', () => {
    const codes = batch([EVENT, 5, without('time'), EVENT, { ...EVENT, specversion: '0.9' }]);
    expect(codes.map(codeOf)).toEqual([null, 'malformed', 'missing_field', null, 'malformed']);
  });
});

describe('a binary event', () => {
  it('is its headers and the body, whatever charset parameter names UTF-8', () => {
    expect(binary(HEADERS)).toEqual({ value: READ });
    expect(binary(HEADERS, undefined, 'application/json; charset=utf-8')).toEqual({ value: READ });
    expect(binary(HEADERS, undefined, '')).toEqual({ value: READ });
    expect(binary(HEADERS, undefined, 'application/vnd.pos+json')).toEqual({ value: READ });
  });

  it.each<[string, string, string | null]>([
    ['percent-encoded UTF-8', '%E8%87%BA%e5%8c%97', '臺北'],
    ['encoded where it need not be', '%41%42', 'AB'],
    ['one round alone', '%2541', '%41'],
    ['a percent sign that encodes nothing', '100%', '100%'],
    ['a quoted text', '"a \\"b\\" %41"', 'a "b" A'],
    ['a lone quote', '"a', '"a'],
    ['an overlong encoding', '%C0%A0', null],
    ['half a character', '%E8%87', null],
    ['an encoded surrogate', '%ED%A0%80', null],
    ['a byte that is not ASCII', 'caf\u00e9', null],
  ])('has header texts decoded: %s', (_, header, text) => {
    const item = binary({ ...HEADERS, id: header });
    if (text === null) expect(codeOf(item)).toBe('malformed');
    else expect(item).toEqual({ value: { ...READ, id: text } });
  });

  it.each<[string, Record<string, string>, string, string, string | null]>([
    ['no time', { specversion: '1.0', id: 'e', source: '/', type: 't' }, '{}', '', 'missing_field'],
    ['an older version', { ...HEADERS, specversion: '0.3' }, '{}', '', 'malformed'],
    ['no body', HEADERS, '', '', 'missing_field'],
    ['a body of null', HEADERS, 'null', '', 'missing_field'],
    ['an array as body', HEADERS, '[]', '', 'malformed'],
    ['a text as body', HEADERS, 'x', 'text/plain', 'malformed'],
    ['a CSV as body', HEADERS, 'id\n1', 'text/csv', 'malformed'],
    ['JSON in Big5', HEADERS, '{}', 'application/json; charset=big5', 'malformed'],
    ['an id in the body', HEADERS, '{"id":"x"}', '', 'unknown_field'],
    ['data as a header too', { ...HEADERS, data: '{}' }, '', '', 'malformed'],
    ['data_base64 as a header', { ...HEADERS, data_base64: 'e30=' }, '{}', '', 'malformed'],
    ['a header with a dash', { ...HEADERS, 'my-ext': 'x' }, JSON.stringify(DATA), '', 'malformed'],
    ['an extension', { ...HEADERS, traceparent: '00-a' }, JSON.stringify(DATA), '', null],
  ])('%s', (_, headers, body, contentType, code) => {
    expect(codeOf(binary(headers, body, contentType))).toBe(code);
  });

  it('with a prototype as header is refused for it', () => {
    const headers = Object.fromEntries([...Object.entries(HEADERS), ['__proto__', 'x']]);
    expect(codeOf(binary(headers))).toBe('unknown_field');
  });

  it('whose body is no JSON at all cannot be read', () => {
    const unreadable = expect.objectContaining({ code: 'unreadable_body' });
    expect(() => binary(HEADERS, '{"a":')).toThrow(unreadable);
  });

  it('is structured where its type says so', () => {
    const framing = { format: 'events', cloudEvent: { ...HEADERS, id: 'header' } } as const;
    const body = Buffer.from(JSON.stringify(EVENT));
    const type = 'application/cloudevents+json; charset=utf-8';
    expect(decodeBody(type, body, framing)).toEqual([{ value: READ }]);
    const avro = () => decodeBody('application/cloudevents+avro', body, framing);
    expect(avro).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
  });
});
