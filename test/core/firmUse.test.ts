import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyText, Numbering } from '../../core/firmUse.ts';

type Key = readonly [low: number, high: number];

const MOST = 2 ** 32 - 1;
const rowsOf = (keys: readonly Key[]) => Uint32Array.from(keys.flat());

describe('a pseudonym', () => {
  it.each<[Key, string]>([
    [[0, 0], '0'],
    [[MOST, 0], '4294967295'],
    [[0, 1], '4294967296'],
    [[7, 2], '8589934599'],
    [[MOST, MOST], '18446744073709551615'],
  ])('of the halves %j is %s, as a row and by its number', (key, text) => {
    const keys = rowsOf([[1, 1], key]);
    expect(keyText(keys, 1)).toBe(text);
    const numbering = new Numbering();
    expect(numbering.text(numbering.of(keys).numbers[1] ?? -1)).toBe(text);
  });
});

describe('the people of a firm', () => {
  it('are numbered by their first use; another half is another person', () => {
    const keys = rowsOf([
      [5, 0],
      [5, 1],
      [5, 0],
      [0, 0],
      [0, 5],
      [5, 1],
    ]);
    const { numbers, count, firsts } = new Numbering().of(keys);
    expect([...numbers]).toEqual([0, 1, 0, 2, 3, 1]);
    expect([...firsts]).toEqual([0, 1, 3, 4]);
    expect(count).toBe(4);
  });

  it('are numbered anew for the next firm, whoever the last one had', () => {
    const numbering = new Numbering();
    numbering.of(
      rowsOf([
        [1, 0],
        [2, 0],
        [3, 0],
      ]),
    );
    const { numbers, count, firsts } = numbering.of(
      rowsOf([
        [3, 0],
        [9, 0],
        [3, 0],
      ]),
    );
    expect([...numbers]).toEqual([0, 1, 0]);
    expect([...firsts]).toEqual([0, 1]);
    expect(count).toBe(2);
    expect([numbering.add(9, 0), numbering.add(8, 0), numbering.count]).toEqual([1, 2, 3]);
    expect(numbering.text(2)).toBe('8');
  });

  it('are as many as there are, however many and however alike', () => {
    const half = fc.oneof(fc.nat(40), fc.integer({ min: MOST - 9, max: MOST }), fc.nat(MOST));
    const keys = fc.array(fc.tuple(half, half), { maxLength: 3_000, size: 'max' });
    fc.assert(
      fc.property(keys, (all) => {
        const known = new Map<string, number>();
        const wanted = all.map(([low, high]) => {
          const text = `${high} ${low}`;
          known.set(text, known.get(text) ?? known.size);
          return known.get(text);
        });
        const { numbers, count } = new Numbering().of(rowsOf(all));
        expect([...numbers]).toEqual(wanted);
        expect(count).toBe(known.size);
      }),
      { numRuns: 30 },
    );
  });

  it('keep their numbers while there come more than there was room for', () => {
    const numbering = new Numbering();
    const numbers = Array.from({ length: 5_000 }, (_, i) => numbering.add(i % 50, i * 7));
    expect(numbers).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    const again = Array.from({ length: 5_000 }, (_, i) => numbering.add(i % 50, i * 7));
    expect(again).toEqual(numbers);
    expect(numbering.count).toBe(5_000);
    expect(numbering.text(4_999)).toBe(String((BigInt(4_999 * 7) << 32n) + 49n));
  });
});
