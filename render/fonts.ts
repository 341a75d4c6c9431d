import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GlobalFonts } from '@napi-rs/canvas';
import { glyphsOf, type HasGlyph } from './glyphs.ts';
import { FONT_FAMILY } from './page.ts';

const FILES = [
  '@expo-google-fonts/noto-sans-tc/400Regular/NotoSansTC_400Regular.ttf',
  '@expo-google-fonts/noto-sans-tc/700Bold/NotoSansTC_700Bold.ttf',
] as const;

/**
 * Makes both weights of the package's Chinese font known to the canvas and says what they can draw.
 * Fonts belong to the process: threads that come later find them there.
 */
export function loadFonts(): HasGlyph {
  const { resolve } = createRequire(import.meta.url);
  const known = GlobalFonts.has(FONT_FAMILY);
  const coverage = FILES.map((name) => {
    const path = resolve(name);
    if (!known && GlobalFonts.registerFromPath(path, FONT_FAMILY) === null) {
      throw new Error(`the font ${name} cannot be read: install the dependencies again`);
    }
    const bytes = readFileSync(path);
    return glyphsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  return (codePoint) => coverage.every((has) => has(codePoint));
}
