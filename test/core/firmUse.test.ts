import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FirmUse, keyText, Numbering, rowsBetween, usesBetween } from '../../core/firmUse.ts';

type Key = readonly [low: number, high: number];

const MOST = 2 ** 32 - 1;
const rowsOf = (keys: readonly Key[]) => Uint32Array.from(keys.flat());

describe('the use of a span', () => {
  const use: FirmUse = {
    smeId: '12345675',
    atMs: Float64Array.of(10, 20, 30, 30, 40),
    receivedAtMs: Float64Array.of(11, 22, 33, 34, 45),
    actors: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    addresses: Uint32Array.of(11, 12, 13, 14, 15, 16, 0, 0, 19, 20),
    actions: Uint32Array.of(1, 4, 3, 2, 3),
    names: ['a', 'b', 'c', 'd'],
  };

  it.each([
    [20, 40, 3],
    [20, 41, 4],
    [21, 30, 0],
    [10, 20, 1],
    [0, 100, 5],
    [30, 30, 0],
  ])('from %d up to %d, the end excluded, are %d rows', (start, end, rows) => {
    expect(rowsBetween(use, start, end)).toBe(rows);
    expect(usesBetween(use, start, end).atMs.length).toBe(rows);
  });

  it('has its own rows alone, and the actions of these numbered by their first use', () => {
    const part = usesBetween(use, 30, 50);
    expect(part).toEqual({
      smeId: '12345675',
      atMs: Float64Array.of(30, 30, 40),
      receivedAtMs: Float64Array.of(33, 34, 45),
      actors: Uint32Array.of(5, 6, 7, 8, 9, 10),
      addresses: Uint32Array.of(15, 16, 0, 0, 19, 20),
      actions: Uint32Array.of(1, 2, 1),
      names: ['c', 'b'],
    });
    expect(part.actors.buffer.byteLength).toBe(24);
  });
});

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

  it('are none where there is no use', () => {
    const { numbers, count, firsts } = new Numbering().of(rowsOf([]));
    expect([numbers.length, count, firsts.length]).toEqual([0, 0, 0]);
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
