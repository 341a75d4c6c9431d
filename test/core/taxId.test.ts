import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTaxId } from '../../core/taxId.ts';

const vectors: Record<'valid' | 'invalid' | 'validUnderTheFormerDivisor', string[]> = JSON.parse(
  readFileSync(new URL('../fixtures/taiwan-ubn/vectors.json', import.meta.url), 'utf8'),
);

describe('unified business number', () => {
  it.each(vectors.valid)('admits %s', (id) => {
    expect(isTaxId(id)).toBe(true);
  });

  it.each(vectors.invalid)('refuses %s', (id) => {
    expect(isTaxId(id)).toBe(false);
  });

  it.each(vectors.validUnderTheFormerDivisor)('still admits %s, issued under divisor 10', (id) => {
    expect(isTaxId(id)).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['1234567 ', 'a space'],
    [' 12345675', 'a space before'],
    ['12345675\n', 'a line end'],
    ['１２３４５６７５', 'full-width digits'],
    ['1234567a', 'a letter'],
    ['-2345675', 'a sign'],
  ])('refuses %j: %s', (text) => {
    expect(isTaxId(text)).toBe(false);
  });

  it('admits two check digits in five behind a 7 in the seventh place, else one (I-40)', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9]{6}$/),
        fc.integer({ min: 0, max: 9 }),
        (head, seventh) => {
          const lasts = [0, 1, 2, 3, 4].filter((last) => isTaxId(`${head}${seventh}${last}`));
          expect(lasts).toHaveLength(seventh === 7 ? 2 : 1);
        },
      ),
    );
  });
});
