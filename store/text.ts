/** Text forms of values for statements whose rows travel inside the SQL. */

/** One cell of TabSeparated; null is `\N`. */
export function cell(value: string | number | bigint | null): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return String(value);
  return NEEDS_ESCAPE.test(value) ? value.replace(ESCAPES, (c) => ESCAPED[c] ?? c) : value;
}

/** The value of a cell of text or number; null for `\N`. */
export function uncell(text: string): string | null {
  if (text === '\\N') return null;
  return text.includes('\\') ? text.replace(ESCAPE, (_, c) => UNESCAPED[c] ?? c) : text;
}

/** An instant, ms since the epoch, as a DateTime64(3, 'UTC') cell. */
export function instantCell(instantMs: number): string {
  if (instantMs >= TEN_DIGITS_MS && instantMs < 10 * TEN_DIGITS_MS && Number.isInteger(instantMs)) {
    const seconds = Math.floor(instantMs / 1000);
    return `${seconds}.${MILLIS[instantMs - seconds * 1000]}`;
  }
  const iso = new Date(instantMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
}

/** A string literal of SQL. */
export function literal(value: string): string {
  return `'${value.replace(/[\\']/g, (c) => `\\${c}`)}'`;
}

/** Rows as a table expression, for joins and IN: `columns` as in `id UInt32, name String`. */
export function inlineRows(columns: string, rows: readonly string[]): string {
  return `format(TabSeparated, ${literal(columns)}, ${literal(`${rows.join('\n')}\n`)})`;
}

/** What stands behind IN: literals where they are few, which the engine reads more cheaply. */
export function idSet(ids: readonly string[]): string {
  return ids.length <= IDS_AS_LITERALS_MAX
    ? `(${ids.map(literal).join(', ')})`
    : `(SELECT id FROM ${inlineRows('id String', ids.map(cell))})`;
}

const IDS_AS_LITERALS_MAX = 100;
const NEEDS_ESCAPE = /[\\\t\n\r\0\b\f]/;
const ESCAPES = /[\\\t\n\r\0\b\f]/g;
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
};
const ESCAPE = /\\(.)/gs;
const UNESCAPED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPED).map(([c, escaped]) => [escaped.slice(1), c]),
);
/** Three digits each. */
const MILLIS = Array.from({ length: 1_000 }, (_, ms) => String(ms).padStart(3, '0'));
/** From here on seconds since the epoch have ten digits, which the engine reads as such. */
const TEN_DIGITS_MS = 1e12;
