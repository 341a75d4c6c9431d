import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFrom } from '../../core/search.ts';

describe('the first place whose value is no less', () => {
  it.each([
    [[], 5, 0],
    [[5], 5, 0],
    [[5], 6, 1],
    [[1, 3, 3, 3, 9], 3, 1],
    [[1, 3, 3, 3, 9], 4, 4],
    [[1, 3, 3, 3, 9], 10, 5],
  ])('in %j of %d is %d', (ascending, least, place) => {
    expect(firstFrom(ascending, least)).toBe(place);
  });

  it('has all that is less before it, and nothing that is less from it on', () => {
    const values = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: -10, max: 10 }), (unsorted, least) => {
        const ascending = Float64Array.from(unsorted).sort();
        const place = firstFrom(ascending, least);
        expect(ascending.slice(0, place).every((value) => value < least)).toBe(true);
        expect(ascending.slice(place).every((value) => value >= least)).toBe(true);
      }),
    );
  });
});
