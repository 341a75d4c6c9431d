import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowproofError } from '../../core/errors.ts';
import { cellsOf, rowsOf } from '../../ingest/decode/csvRows.ts';
import { decodeBody, type ParsedItem } from '../helpers/decode.ts';

const UNREADABLE = 'unreadable_body';

/** What a body is decoded to, or the code that it is refused with. */
function decoded(type: string, body: Buffer): ParsedItem[] | string {
  try {
    return decodeBody(type, body);
  } catch (error) {
    if (error instanceof FlowproofError) return error.code;
    throw error;
  }
}

describe('a JSON body', () => {
  /** The whole text parsed at once: what reading it event by event must agree with. */
  function parsed(text: string): ParsedItem[] | string {
    try {
      const value: unknown = JSON.parse(text);
      if (!Array.isArray(value)) return [{ value }];
      return value.length === 0 ? 'empty_batch' : value.map((event) => ({ value: event }));
    } catch {
      return UNREADABLE;
    }
  }
  const agrees = (text: string) => {
    expect(decoded('application/json', Buffer.from(text))).toEqual(parsed(text));
  };

  it('is the same event by event as parsed at once, whatever its layout (I-95)', () => {
    const value = fc.jsonValue({ maxDepth: 6 });
    const layout = fc.constantFrom('', ' ', '\t', '\n  ');
    fc.assert(fc.property(value, layout, (v, space) => agrees(JSON.stringify(v, null, space))));
  });

  it('is refused exactly where parsing it at once refuses it, one character changed (I-95)', () => {
    const value = fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 });
    const change = fc.constantFrom('', ',', '[', ']', '{', '}', '"', '\\', ':', ' ', '1', '\u000b');
    fc.assert(
      fc.property(value, fc.nat(), change, (v, place, by) => {
        const text = JSON.stringify(v);
        const at = place % (text.length + 1);
        agrees(text.slice(0, at) + by + text.slice(at + 1));
        agrees(text.slice(0, at) + by + text.slice(at));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of any characters of its grammar agrees too', () => {
    const token = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '"a"', '1', 'null', '\\', ' ');
    const text = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(''));
    fc.assert(fc.property(text, agrees), { numRuns: 5_000 });
  });
});

describe('a CSV body', () => {
  /** The rows of an independent reader that reads all at once. */
  function readAtOnce(body: Buffer): string[][] | string {
    try {
      return parse(body, {
        bom: true,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        skip_empty_lines: true,
      });
    } catch (error) {
      if (error instanceof CsvError) return UNREADABLE;
      throw error;
    }
  }
  function read(body: Buffer): (string[] | undefined)[] | string {
    try {
      return [...rowsOf(body)].map((row) => cellsOf(body, row, isUtf8(body)));
    } catch (error) {
      if (error instanceof FlowproofError) return error.code;
      throw error;
    }
  }

  it('is the same row by row as to an independent reader (I-95)', () => {
    const token = fc.constantFrom(
      'a',
      '臺',
      ',',
      '"',
      '""',
      '\n',
      '\r',
      '\r\n',
      ' ',
      '\uFEFF',
      '0',
    );
    const text = fc.array(token, { maxLength: 16 }).map((tokens) => tokens.join(''));
    fc.assert(
      fc.property(text, (csv) => {
        expect(read(Buffer.from(csv))).toEqual(readAtOnce(Buffer.from(csv)));
      }),
      { numRuns: 20_000 },
    );
  });

  it('has rows whose sizes and cells are known before they are cut', () => {
    const body = Buffer.from('a,"b,""c""",\n"臺\n北"\n\n,\n');
    expect([...rowsOf(body)].map(({ bytes, cells }) => [bytes, cells])).toEqual([
      [8, 3],
      [7, 1],
      [1, 2],
    ]);
  });
});

describe('any bytes at all', () => {
  it.each([
    'application/json',
    'application/x-ndjson',
    'text/csv',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
  ])('as %s are items or a refusal, never a fault of ours (I-95)', (type) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const items = decoded(type, Buffer.from(bytes));
        expect(Array.isArray(items) || /^(unreadable_body|empty_batch)$/.test(items)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
