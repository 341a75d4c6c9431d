import { describe, expect, it } from 'vitest';
import { Numbering } from '../../core/firmUse.ts';

/** Pseudonyms of 64 bits, no two alike: each as its two halves. */
function pseudonym(n: number): readonly [low: number, high: number] {
  // Odd factors: one to one, and spread over all bits as a keyed hash is.
  return [Math.imul(n, 0x9e3779b1) >>> 0, Math.imul(n ^ 0x5bd1e995, 0x85ebca6b) >>> 0];
}

/** As text: 64 bits are more than a number holds. */
function textOf([low, high]: readonly [number, number]): string {
  return ((BigInt(high) << 32n) | BigInt(low)).toString();
}

/** More than 2^20, and not a power of two. */
const MANY = 2 ** 20 + 2 ** 19 + 7;

describe('the numbering of pseudonyms', () => {
  it('is exact for more than a million of them: a number each, by first use (I-20)', () => {
    const keys = new Uint32Array(2 * (MANY + MANY));
    for (let row = 0; row < 2 * MANY; row += 1) {
      // Each comes twice: once in order, then in another.
      const n = row < MANY ? row : (row * 7_919) % MANY;
      keys.set(pseudonym(n), 2 * row);
    }
    const numbering = new Numbering();
    const { numbers, count, firsts } = numbering.of(keys);
    expect(count).toBe(MANY);
    let wrong = 0;
    for (let row = 0; row < 2 * MANY; row += 1) {
      const n = row < MANY ? row : (row * 7_919) % MANY;
      if (numbers[row] !== n || (row < MANY && firsts[row] !== row)) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(firsts).toHaveLength(MANY);
    for (const n of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, MANY - 1]) {
      expect(numbering.text(n)).toBe(textOf(pseudonym(n)));
    }
    expect(numbering.add(...pseudonym(2 ** 20))).toBe(2 ** 20);
    expect(numbering.add(...pseudonym(MANY))).toBe(MANY);
    expect(numbering.count).toBe(MANY + 1);
  });

  it('of the next firm knows nobody of a large one before it (I-20)', () => {
    const numbering = new Numbering();
    const keys = new Uint32Array(2 * MANY);
    for (let n = 0; n < MANY; n += 1) keys.set(pseudonym(n), 2 * n);
    expect(numbering.of(keys).count).toBe(MANY);
    const [a, b] = [pseudonym(MANY - 1), pseudonym(3)];
    const next = numbering.of(Uint32Array.of(...a, ...b, ...a));
    expect([...next.numbers]).toEqual([0, 1, 0]);
    expect([...next.firsts]).toEqual([0, 1]);
    expect(next.count).toBe(2);
  });

  it('tells apart those that differ in one half alone, also where all halves meet', () => {
    const side = 1_100;
    const keys = new Uint32Array(2 * side * side);
    for (let i = 0; i < side * side; i += 1) {
      keys.set([Math.floor(i / side), i % side], 2 * i);
    }
    const { numbers, count } = new Numbering().of(keys);
    expect(count).toBe(side * side);
    expect(numbers.every((number, i) => number === i)).toBe(true);
  });
});
