import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, firstFit, fitText, textWidth, wrapText } from '../../render/text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('text that fits', () => {
  it('cuts at the first character that does not fit, never within one', () => {
    expect(fitText('統一編號', 48, 12)).toBe('統一編號');
    expect(fitText('統一編號', 47.9, 12)).toBe('統一…');
    expect(fitText('𠮷𠮷𠮷', 24, 12)).toBe('𠮷…');
  });

  it('is never wider than asked, whatever the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 20, max: 400 }), (words, width) => {
        const clean = cleanText(words);
        expect(textWidth(fitText(clean, width, 12), 12)).toBeLessThanOrEqual(width);
        for (const line of wrapText(clean, width, 12, 2)) {
          expect(textWidth(line, 12)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  it('wraps without losing a character where there is room, and marks what is cut', () => {
    const words = '建立銷貨單、查詢庫存，並盤點 stock items 與列印報表。';
    const lines = wrapText(words, 120, 12, 9);
    expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
    expect(lines.length).toBeGreaterThan(2);
    const cut = wrapText(words, 120, 12, 2);
    expect(cut).toHaveLength(2);
    expect(cut[1]?.endsWith('…')).toBe(true);
  });

  it('takes the fullest wording that fits, and none rather than one that does not', () => {
    expect(firstFit(['第1個月 達標 Met', '第1個月 達標', '達'], 72, 12)).toBe('第1個月 達標');
    expect(firstFit(['達標', '達'], 11.9, 12)).toBeUndefined();
  });
});

describe('text that is safe to draw', () => {
  it.each([
    ['a line break', '甲\n乙', '甲 乙'],
    ['a direction override', 'ab\u202Ecd', 'abcd'],
    ['a zero-width joiner', '甲\u200D乙', '甲乙'],
    ['stacked marks', 'e\u0301\u0302\u0303x', 'éx'],
    ['a lone surrogate', 'a\uD800b', 'ab'],
    ['a family emoji', '👨‍👩‍👧店', '👨店'],
  ])('%s can neither reorder nor overprint the record', (_, words, clean) => {
    expect(cleanText(words)).toBe(clean);
  });

  it('leaves one plain line of any text', () => {
    fc.assert(
      fc.property(anyText, (words) => {
        expect(cleanText(words)).not.toMatch(/[\p{Cc}\p{Cf}\p{M}\p{Cs}]/u);
      }),
    );
  });
});
