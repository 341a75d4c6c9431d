import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_BYTES_MAX } from '../../core/limits.ts';
import { decodeBody } from '../helpers/decode.ts';

const csv = (body: string | Buffer) => decodeBody('text/csv; header=present', Buffer.from(body));
const fault = (code: string) => ({ fault: { code, detail: expect.any(String) }, id: null });
const unreadable = expect.objectContaining({ code: 'unreadable_body' });

describe('a row', () => {
  it('with a cell too few or too many is malformed by itself', () => {
    expect(csv('id,action\n1\n2,login\n3,login,x\n')).toEqual([
      fault('malformed'),
      { value: { id: '2', action: 'login' } },
      fault('malformed'),
    ]);
  });

  it('is judged in bytes with its commas, the bound admitted', () => {
    const at = '臺'.repeat(5000) + 'x'.repeat(EVENT_BYTES_MAX - 15_002);
    expect(csv(`id,source\n1,${at}\n1,${at}x\n${at},x,x`)).toEqual([
      { value: { id: '1', source: at } },
      fault('too_large'),
      fault('too_large'),
    ]);
  });

  it('that is not UTF-8 is malformed by itself, and its neighbours keep their text', () => {
    const body = Buffer.concat([
      Buffer.from('id,source\n1,臺北\n2,'),
      Buffer.from([0xa5, 0x78]),
      Buffer.from('\n3,"高,雄"\n'),
    ]);
    expect(csv(body)).toEqual([
      { value: { id: '1', source: '臺北' } },
      fault('malformed'),
      { value: { id: '3', source: '高,雄' } },
    ]);
  });

  it('may break lines in three ways, also mixed, and blank lines are none', () => {
    const expected = ['1', '2', '3'].map((id) => ({ value: { id } }));
    expect(csv('id\r\n1\n\r\n2\r3\r\n\r\n')).toEqual(expected);
    expect(csv('\uFEFF"id"\r\n"1"\r\n2\r\n3')).toEqual(expected);
  });

  it('may quote commas, quotes and line breaks', () => {
    expect(csv('id,source\n"a,b","say ""hi""\r\nthere"\n')).toEqual([
      { value: { id: 'a,b', source: 'say "hi"\r\nthere' } },
    ]);
  });

  it.each([
    ['never closed', 'id,source\n1,"open\n2,x\n', 'at line'],
    ['followed by text', 'id,source\n1,"a"b\n2,x\n', 'at line 2'],
    ['inside plain text', 'id,source\n1,a"b\n2,x\n', 'at line 2'],
    ['behind line ends of every kind', 'id,source\n\r\n\r\r\n1,a"b', 'at line 5'],
    ['in the first line', 'a"b', 'at line 1'],
  ])('with a quote %s makes the body unreadable', (_name, body, where) => {
    expect(() => csv(body)).toThrow(unreadable);
    expect(() => csv(body)).toThrow(where);
  });
});

describe('a cell', () => {
  it('that is empty is an absent value', () => {
    expect(csv('id,source,seq,attributes.a\n1,,"",\n,,,\n')).toEqual([
      { value: { id: '1' } },
      { value: {} },
    ]);
  });

  it.each<[string, number | string]>([
    ['0', 0],
    ['999999999999999', 999_999_999_999_999],
    ['1000000000000000', 1_000_000_000_000_000],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['99999999999999999999', '99999999999999999999'],
    ['-1', '-1'],
    ['1.5', '1.5'],
    ['1e3', '1e3'],
    [' abc', ' abc'],
  ])('of seq is a whole number up to 2^53 - 1, else text: %s', (cell, seq) => {
    expect(csv(`seq\n${cell}\n`)).toEqual([{ value: { seq } }]);
  });

  it('of a number elsewhere stays text', () => {
    expect(csv('id,smeId\n7,12345675\n')).toEqual([{ value: { id: '7', smeId: '12345675' } }]);
  });
});

describe('a column', () => {
  it('named twice makes the body unreadable', () => {
    expect(() => csv('id,id\n1,2\n')).toThrow(unreadable);
  });

  it('with a name that is not UTF-8, or holds NUL, makes the body unreadable', () => {
    expect(() => csv(Buffer.from([0xff, 0x2c, 0x61, 0x0a, 0x31, 0x2c, 0x32]))).toThrow(unreadable);
    expect(() => csv(Buffer.from('id\n1\n', 'utf16le'))).toThrow(unreadable);
  });

  it('of any other name stays a key of the event, where the row has a value', () => {
    expect(csv('id,名稱,\n1,x,\n2,,y\n')).toEqual([
      { value: { id: '1', 名稱: 'x' } },
      { value: { id: '2', '': 'y' } },
    ]);
  });

  it('attributes.<key> holds one attribute', () => {
    expect(csv('id,attributes.device,attributes.a.b,attributes.\n1,iPad,x,\n2,,,y\n')).toEqual([
      { value: { id: '1', attributes: { device: 'iPad', 'a.b': 'x' } } },
      { value: { id: '2', attributes: { '': 'y' } } },
    ]);
  });

  it('attributes beside attributes.<key> keeps its text, which is no attributes', () => {
    expect(csv('attributes.a,attributes\nx,y\n')).toEqual([{ value: { attributes: 'y' } }]);
  });

  it('__proto__ is a plain key and changes no prototype', () => {
    const [item] = csv('__proto__,attributes.__proto__\nx,y\n');
    expect(JSON.stringify(item)).toBe('{"value":{"__proto__":"x","attributes":{"__proto__":"y"}}}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

it('reads back what a CSV writer wrote', () => {
  const cell = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  const rows = fc.array(fc.record({ id: cell, source: cell }), { minLength: 1, maxLength: 10 });
  const lineEnd = fc.constantFrom('\n', '\r\n');
  fc.assert(
    fc.property(rows, lineEnd, (events, record_delimiter) => {
      const wellFormed = events.map(({ id, source }) => ({
        id: id.toWellFormed(),
        source: source.toWellFormed(),
      }));
      const body = stringify(wellFormed, { header: true, quoted: true, record_delimiter });
      expect(csv(body)).toEqual(wellFormed.map((value) => ({ value })));
    }),
  );
});
