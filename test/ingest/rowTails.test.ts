import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowTails } from '../../ingest/rowTails.ts';

describe('the tails of rows', () => {
  it('come back one by one, however few bytes were expected', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text), fc.nat({ max: 40 }), (texts, expected) => {
        const tails = new RowTails(expected);
        for (const one of texts) tails.add(one);
        const out = Buffer.alloc(tails.bytes + 1);
        const read = texts.map((_, row) => out.toString('utf8', 1, tails.copy(row, out, 1)));
        expect(tails.length).toBe(texts.length);
        expect(read).toEqual(texts.map((one) => Buffer.from(one).toString()));
      }),
    );
  });

  it('may be written in place, up to the room that was asked for', () => {
    const tails = new RowTails(0);
    tails.add('first');
    const out = tails.room(100);
    expect(out.length - tails.bytes).toBeGreaterThanOrEqual(100);
    tails.end(tails.bytes + out.write('x'.repeat(100), tails.bytes));
    const read = Buffer.alloc(100);
    expect([tails.copy(1, read, 0), read.toString()]).toEqual([100, 'x'.repeat(100)]);
  });
});
