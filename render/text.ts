/**
 * Text that fits. Widths are the font's own for ASCII and an upper estimate for the rest, so layout
 * needs no canvas and nothing drawn is wider than measured here.
 */

const FIRST = 32;
const REGULAR = [
  224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555,
  555, 555, 555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589,
  552, 689, 728, 293, 535, 646, 543, 812, 723, 742, 633, 742, 635, 596, 599, 721, 575, 878, 573,
  531, 603, 338, 392, 338, 555, 559, 606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552,
  284, 926, 610, 606, 620, 620, 388, 468, 377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
];
const BOLD = [
  227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 387, 590, 590, 590,
  590, 590, 590, 590, 590, 590, 590, 325, 325, 590, 590, 590, 514, 1007, 641, 681, 656, 714, 615,
  585, 717, 757, 330, 568, 686, 578, 853, 749, 770, 667, 770, 682, 624, 625, 748, 619, 915, 627,
  580, 613, 378, 387, 378, 590, 567, 626, 591, 644, 527, 644, 581, 372, 597, 640, 304, 306, 604,
  315, 964, 641, 626, 644, 644, 437, 495, 421, 637, 576, 863, 562, 574, 511, 378, 296, 378, 590,
];
const EN_DASH = 0x2013;
const EN_DASH_EM = 544;
const FULL_EM = 1000;

const ELLIPSIS = '…';
const CLOSING = /^[，。、；：！？）」』》〉】,.;:!?)\]]$/;
const WORD = /[A-Za-z0-9_'-]+|\s+|./gsu;
const GRAPHEMES = new Intl.Segmenter('zh-Hant', { granularity: 'grapheme' });

/** Pixels, never less than drawn. */
export function textWidth(words: string, size: number, bold = false): number {
  const table = bold ? BOLD : REGULAR;
  let thousandths = 0;
  for (const char of words) {
    const code = char.codePointAt(0) ?? 0;
    thousandths += code === EN_DASH ? EN_DASH_EM : (table[code - FIRST] ?? FULL_EM);
  }
  return (thousandths * size) / 1000;
}

/**
 * One line without controls, direction marks, joiners and combining marks: a name can neither
 * reorder nor overprint the record. An emoji of several code points becomes its first.
 */
export function cleanText(words: string): string {
  const flat = words.replace(/[\s\p{Cc}]+/gu, ' ').normalize('NFC');
  const single = [...GRAPHEMES.segment(flat)].map(({ segment }) =>
    /\p{Extended_Pictographic}/u.test(segment) ? (segment.match(/./su)?.[0] ?? '') : segment,
  );
  return single
    .join('')
    .replace(/[\p{M}\p{Cf}\p{Cs}]/gu, '')
    .trim();
}

/** The text, cut with … where it is wider than `width` pixels. */
export function fitText(words: string, width: number, size: number, bold = false): string {
  if (textWidth(words, size, bold) <= width) return words;
  const room = width - textWidth(ELLIPSIS, size, bold);
  let kept = '';
  let used = 0;
  for (const char of words) {
    used += textWidth(char, size, bold);
    if (used > room) break;
    kept += char;
  }
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** The first wording that fits; undefined when none does. Give the fullest first. */
export function firstFit(
  wordings: readonly string[],
  width: number,
  size: number,
  bold = false,
): string | undefined {
  return wordings.find((words) => textWidth(words, size, bold) <= width);
}

/** At most `linesMax` lines; Chinese breaks anywhere but before closing marks, the last is cut. */
export function wrapText(words: string, width: number, size: number, linesMax: number): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let rest = words;
  for (const token of words.match(WORD) ?? []) {
    if (line.length > 0 && textWidth(line.join('') + token, size) > width) {
      if (lines.length === linesMax - 1) break;
      const carried = CLOSING.test(token) && line.length > 1 ? line.splice(-1) : [];
      rest = rest.slice(line.join('').length);
      lines.push(line.join('').trimEnd());
      line = carried;
    }
    line.push(token);
  }
  return [...lines, rest.trim()].map((l) => fitText(l, width, size)).filter((l) => l !== '');
}
