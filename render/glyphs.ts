/** Which characters a TrueType font can draw, read from its `cmap` table. */

const SEGMENTED_COVERAGE = 12;
const GROUP_BYTES = 12;

/** True for a code point that the font has. */
export type HasGlyph = (codePoint: number) => boolean;

/** Stands for a character that the font lacks, as typesetters do (下駄). */
export const MISSING_SIGN = '〓';

/**
 * What the file covers by its format 12 subtable, the one that reaches beyond the first 65,536
 * characters. Throws a RangeError where the font has none.
 */
export function glyphsOf(font: DataView): HasGlyph {
  const cmap = tableOffset(font, 'cmap');
  const subtables = Array.from(
    { length: font.getUint16(cmap + 2) },
    (_, i) => cmap + font.getUint32(cmap + 4 + i * 8 + 4),
  );
  const at = subtables.find((offset) => font.getUint16(offset) === SEGMENTED_COVERAGE);
  if (at === undefined) throw new RangeError('the font has no format 12 character map');
  const groups = Array.from({ length: font.getUint32(at + 12) }, (_, i) => {
    const group = at + 16 + i * GROUP_BYTES;
    return [font.getUint32(group), font.getUint32(group + 4)] as const;
  });
  return (codePoint) => covers(groups, codePoint);
}

/**
 * The text with 〓 for what the font lacks: else the machine's own fonts would be asked, and the
 * same record would look different elsewhere.
 */
export function drawable(words: string, hasGlyph: HasGlyph): string {
  let result = '';
  for (const char of words) result += hasGlyph(char.codePointAt(0) ?? 0) ? char : MISSING_SIGN;
  return result;
}

/** Groups are sorted and do not overlap. */
function covers(groups: readonly (readonly [number, number])[], codePoint: number): boolean {
  let [low, high] = [0, groups.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = groups[middle] ?? [0, -1];
    if (codePoint < first) high = middle - 1;
    else if (codePoint > last) low = middle + 1;
    else return true;
  }
  return false;
}

function tableOffset(font: DataView, tag: string): number {
  for (let i = 0; i < font.getUint16(4); i += 1) {
    const entry = 12 + i * 16;
    const name = [0, 1, 2, 3].map((k) => String.fromCharCode(font.getUint8(entry + k))).join('');
    if (name === tag) return font.getUint32(entry + 8);
  }
  throw new RangeError(`the font has no ${tag} table`);
}
