import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Asking, type FirmRows, firmPages, smeAt } from '../../store/firmPages.ts';

/** Firms of so many rows each, numbered from 1: the log that pages are asked of. */
function logOf(sizes: readonly number[]): Uint32Array {
  return Uint32Array.from(sizes.flatMap((size, firm) => Array<number>(size).fill(firm + 1)));
}

interface Read {
  /** The rows of each firm that was handed on, in the order handed on. */
  readonly firms: readonly (readonly [firm: number, rows: number])[];
  /** What was asked for, in order. */
  readonly asked: readonly Asking<string>[];
}

/** Reads as the use of a vendor's firms is read: from a firm's number on. */
async function read(sizes: readonly number[], rowsMax: number): Promise<Read> {
  const log = logOf(sizes);
  const asked: Asking<string>[] = [];
  const firms: [number, number][] = [];
  const ask = async (asking: Asking<string>): Promise<FirmRows> => {
    asked.push(asking);
    const first = log.findIndex((firm) => firm >= Number(asking.from));
    return { sme: first === -1 ? new Uint32Array(0) : log.slice(first, first + asking.rowsMax) };
  };
  const steps = { following: smeAt };
  for await (const { page, edges } of firmPages({ from: '', rowsMax }, ask, steps)) {
    for (let e = 0; e + 1 < edges.length; e += 1) {
      const [start, end] = [edges[e] ?? 0, edges[e + 1] ?? 0];
      const of = new Set(page.sme.subarray(start, end));
      expect(of.size).toBe(1);
      firms.push([page.sme[start] ?? 0, end - start]);
    }
  }
  return { firms, asked };
}

const firmsOf = (sizes: readonly number[]) => sizes.map((size, i) => [i + 1, size]);

describe('a firm that is more than a page', () => {
  it('is read by a larger page, and the pages behind it are of the usual size (I-145)', async () => {
    const sizes = [1, 50, 2, 2, 2, 2, 30, 1, 1];
    const { firms, asked } = await read(sizes, 4);
    expect(firms).toEqual(firmsOf(sizes));
    expect(asked.map(({ from, rowsMax }) => `${Number(from)} ${rowsMax}`)).toEqual([
      '0 4',
      '2 4',
      // The firm alone is more than a page, then more than four of them, then it is whole.
      '2 16',
      '2 64',
      '7 4',
      '7 16',
      '7 64',
    ]);
  });

  it.each([
    ['ends a page', [4, 4, 4]],
    ['is one row less', [3, 3, 3]],
    ['is one row more', [5, 5, 5]],
    ['is the last', [1, 1, 40]],
    ['is the only one', [40]],
    ['is followed by another as large', [40, 40, 1]],
  ])('and %s is handed on once, whole', async (_name, sizes) => {
    const { firms } = await read(sizes, 4);
    expect(firms).toEqual(firmsOf(sizes));
  });

  it('leaves nothing out and has nothing twice, whatever the sizes (I-145)', async () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 90 })),
      {
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 12 }), async (of, rowsMax) => {
        const { firms, asked } = await read(of, rowsMax);
        expect(firms).toEqual(firmsOf(of));
        // A page is enlarged for the firm that it begins with alone.
        for (const [i, { from, rowsMax: rows }] of asked.entries()) {
          const before = asked[i - 1];
          expect(rows).toBe(before?.from === from ? before.rowsMax * 4 : rowsMax);
        }
      }),
    );
  });
});
