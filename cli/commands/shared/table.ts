/** Text in columns for a terminal, where a Chinese character takes two places. */

/** The first row is the header; columns of numbers stand to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const [header = [], ...body] = rows;
  const toRight = header.map((_, i) => body.length > 0 && body.every((row) => isNumber(row[i])));
  const texts = rows.map((row) => row.map((cell) => printable(String(cell))));
  const widths = header.map((_, i) => Math.max(...texts.map((row) => widthOf(row[i] ?? ''))));
  const lines = texts.map((row) =>
    row
      .map((text, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - widthOf(text));
        return toRight[i] === true ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return `${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
}

/** What others wrote cannot steer the terminal: control characters are shown as a mark. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{FFFD}');
}

/** Places on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

const WIDE =
  /[\u{1100}-\u{115F}\u{2E80}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{FFE0}-\u{FFE6}\u{20000}-\u{3FFFD}]/u;

function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || cell === '–';
}
