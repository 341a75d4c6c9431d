import { describe, expect, it } from 'vitest';
import { earnedTwd, fractionTwd, isBelow, shareTwd } from '../../../core/programmes/share.ts';

const TWO_THIRDS = { parts: 2, of: 3 };

describe('a part of a whole', () => {
  it.each([
    [3, 6, true],
    [4, 6, false],
    [5, 6, false],
    [0, 6, true],
  ])('%d of %d is below two thirds: %s', (some, whole, want) => {
    expect(isBelow(some, whole, TWO_THIRDS)).toBe(want);
  });

  it.each([
    [8, 5],
    [9, 6],
    [10, 6],
  ])('two thirds of NT$ %d are NT$ %d, rounded down', (amount, want) => {
    expect(fractionTwd(amount, TWO_THIRDS)).toBe(want);
    expect(shareTwd(amount, 2, 3)).toBe(want);
  });

  it.each([
    [3, 0],
    [4, 4_667],
    [6, 7_001],
  ])('%d months of 6 with a floor of 4 earn NT$ %d of 7,001', (months, want) => {
    expect(earnedTwd(7_001, months, 6, 4)).toBe(want);
  });
});
