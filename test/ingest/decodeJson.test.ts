import { describe, expect, it } from 'vitest';
import { EVENT_BYTES_MAX } from '../../core/limits.ts';
import { decodeBody } from '../helpers/decode.ts';

const json = (body: string | Buffer) => decodeBody('application/json', Buffer.from(body));
const ndjson = (body: string | Buffer) => decodeBody('application/x-ndjson', Buffer.from(body));
const unreadable = expect.objectContaining({ code: 'unreadable_body' });
const fault = (code: string, id: string | null = null) => ({
  fault: { code, detail: expect.any(String) },
  id,
});

/** An event of exactly so many bytes as JSON. */
function eventOfBytes(bytes: number, id = 'e1', unit = 'x'): string {
  const empty = JSON.stringify({ id, source: '' });
  const rest = bytes - Buffer.byteLength(empty);
  const units = Math.floor(rest / Buffer.byteLength(unit));
  const pad = 'x'.repeat(rest - units * Buffer.byteLength(unit));
  return JSON.stringify({ id, source: unit.repeat(units) + pad });
}

describe('the size of an event', () => {
  it.each(['x', '臺', '😀'])('is judged in bytes, the bound admitted (%s)', (unit) => {
    const at = eventOfBytes(EVENT_BYTES_MAX, 'at', unit);
    const over = eventOfBytes(EVENT_BYTES_MAX + 1, 'over', unit);
    expect(Buffer.byteLength(at)).toBe(EVENT_BYTES_MAX);
    const expected = [{ value: JSON.parse(at) }, fault('too_large', 'over')];
    expect(json(`[${at},\n${over}]`)).toEqual(expected);
    expect(json(over)).toEqual([fault('too_large', 'over')]);
    expect(ndjson(`${at}\r\n${over}\r\n{}`)).toEqual([
      { value: JSON.parse(at) },
      fault('too_large'),
      { value: {} },
    ]);
  });

  it('of escapes, numbers and long lists is judged as they are written', () => {
    const escapes = JSON.stringify({ source: '\u0001'.repeat(EVENT_BYTES_MAX / 6) });
    const zeros = `{"seq":[${Array(EVENT_BYTES_MAX / 2).fill('0')}]}`;
    const fitting = `{"seq":[${Array(EVENT_BYTES_MAX / 2 - 5).fill('0')}]}`;
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [i, i])));
    expect(json(`[${escapes},${zeros},${keys}]`)).toEqual(Array(3).fill(fault('too_large')));
    expect(Buffer.byteLength(fitting)).toBeLessThanOrEqual(EVENT_BYTES_MAX);
    expect(json(fitting)).toEqual([{ value: JSON.parse(fitting) }]);
  });
});

describe('deep nesting', () => {
  it('that is never closed makes the body unreadable, or the line malformed', () => {
    const open = '['.repeat(100_000);
    expect(() => json(open)).toThrow(unreadable);
    expect(() => json('[{"a":'.repeat(50_000))).toThrow(unreadable);
    expect(ndjson('{"a":'.repeat(3000))).toEqual([fault('malformed')]);
  });

  it.each([6_000, 100_000])('of %i levels costs that event alone', (levels) => {
    const deep = '['.repeat(levels) + ']'.repeat(levels);
    const code = levels * 2 > EVENT_BYTES_MAX ? 'too_large' : 'malformed';
    expect(json(`[{"id":"1"},${deep}]`)).toEqual([{ value: { id: '1' } }, fault(code)]);
    expect(ndjson(`{"id":"1"}\n${deep}`)).toEqual([{ value: { id: '1' } }, fault(code)]);
  });

  it('is admitted to 32 levels, so that what is refused later can still be written out', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(ndjson(nested(32))).toEqual([{ value: JSON.parse(nested(32)) }]);
    expect(ndjson(nested(33))).toEqual([fault('malformed')]);
  });
});

describe('the text', () => {
  it('may begin with a byte order mark and break lines as Windows does', () => {
    expect(json('\uFEFF[{"id":"1"},\r\n{"id":"2"}\r\n]\r\n')).toHaveLength(2);
    expect(ndjson('\uFEFF{"id":"1"}\r\n\r\n  {"id":"2"}  \r\n')).toEqual([
      { value: { id: '1' } },
      { value: { id: '2' } },
    ]);
  });

  it('that is not UTF-8 makes a JSON body unreadable and costs NDJSON that line', () => {
    const bad = Buffer.concat([
      Buffer.from('{"id":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const lines = Buffer.concat([Buffer.from('{"id":"1"}\n'), bad, Buffer.from('\n{"id":"2"}')]);
    expect(() => json(bad)).toThrow(unreadable);
    expect(ndjson(lines)).toEqual([
      { value: { id: '1' } },
      fault('malformed'),
      { value: { id: '2' } },
    ]);
  });

  it('in UTF-16 without a mark is unreadable as JSON', () => {
    expect(() => json(Buffer.from('{"id":"1"}', 'utf16le'))).toThrow(unreadable);
  });

  it('of a broken body is never repeated in the error', () => {
    const secret = 'A123456789';
    for (const body of [
      secret,
      `{"id":"${secret}"`,
      `{"id":${secret}}`,
      `[${secret} at position 7`,
    ]) {
      expect(() => json(body)).toThrow(
        expect.objectContaining({ detail: expect.not.stringContaining(secret) }),
      );
    }
    expect(() => json('{"id":"1",}')).toThrow(
      expect.objectContaining({ detail: 'the body is not valid JSON at position 10' }),
    );
  });
});

describe('one value', () => {
  it('is one event, whatever it is', () => {
    expect(json('{"id":"1"}')).toEqual([{ value: { id: '1' } }]);
    expect(json('5')).toEqual([{ value: 5 }]);
    expect(json('null')).toEqual([{ value: null }]);
    expect(ndjson('null\n[{"id":"1"}]')).toEqual([{ value: null }, { value: [{ id: '1' }] }]);
  });

  it('takes the last of two equal keys', () => {
    expect(json('{"id":"1","id":"2"}')).toEqual([{ value: { id: '2' } }]);
    expect(ndjson('{"id":"1","\\u0069d":"2"}')).toEqual([{ value: { id: '2' } }]);
  });

  it('keeps __proto__ as a key of its own and changes no prototype', () => {
    const [item] = json('{"__proto__":{"polluted":true}}');
    const value = item !== undefined && 'value' in item ? item.value : undefined;
    expect(Object.keys(Object(value))).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('that cannot be read costs NDJSON its line alone', () => {
    expect(ndjson('{"id":"1"}\n{"id":\n{"id":"3"}')).toEqual([
      { value: { id: '1' } },
      fault('malformed'),
      { value: { id: '3' } },
    ]);
  });
});
