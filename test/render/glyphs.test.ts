import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { drawable, glyphsOf, MISSING_SIGN } from '../../render/glyphs.ts';

const path = createRequire(import.meta.url).resolve(
  '@expo-google-fonts/noto-sans-tc/400Regular/NotoSansTC_400Regular.ttf',
);
const bytes = readFileSync(path);
const hasGlyph = glyphsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));

describe('what the shipped font can draw', () => {
  it('has every character that the record itself uses', () => {
    const own = '企業使用紀錄資訊服務廠商雲端解決方案統一編號進行中待結達標未達無使用待審可核銷';
    expect(drawable(own, hasGlyph)).toBe(own);
    const signs = 'AZaz09（）「」：；，、。≥≤/–—…✓・｜%';
    expect(drawable(signs, hasGlyph)).toBe(signs);
    expect(drawable(MISSING_SIGN, hasGlyph)).toBe(MISSING_SIGN);
  });

  it('shows the sign for a missing character instead of asking the machine for it', () => {
    expect(drawable('甲😀乙한ب', hasGlyph)).toBe(`甲${MISSING_SIGN}乙${MISSING_SIGN.repeat(2)}`);
  });

  it('refuses a file that is no font', () => {
    expect(() => glyphsOf(new DataView(new ArrayBuffer(64)))).toThrow(RangeError);
  });
});
