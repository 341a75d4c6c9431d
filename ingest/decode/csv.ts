import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import { type DecodedItem, malformed, tooLarge } from './item.ts';

const ATTRIBUTE = 'attributes.';
/** In a body that is not UTF-8 throughout, a character stands for a byte until its row is judged. */
type Encoding = 'utf8' | 'latin1';
const DIGITS = /^\d{1,15}$/;

/**
 * A header row with the names of the fields, then one event a row [RFC 4180]. An empty cell is an
 * absent value; `attributes.<key>` holds one attribute. A row fails by itself, except where its
 * quotes are broken: then no row behind it can be told.
 */
export function decodeCsv(body: Buffer): DecodedItem[] {
  const encoding = isUtf8(body) ? 'utf8' : 'latin1';
  const [first, ...rows] = rowsOf(body, encoding);
  if (first === undefined) return [];
  const header = headerOf(textsOf(first, encoding));
  return rows.map((cells) => itemOfRow(header, cells, encoding));
}

/** The parser's own error may repeat a cell, so it is not kept, not even for the log. */
function rowsOf(body: Buffer, encoding: Encoding): string[][] {
  try {
    return parse(body, {
      bom: true,
      encoding,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      to: 1 + BATCH_EVENTS_MAX + 1,
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause['lines'] === 'number' ? ` at line ${cause['lines']}` : '';
    const detail = `the body is not valid CSV: a quote is misplaced or not closed${line}`;
    throw new FlowproofError('unreadable_body', detail);
  }
}

/** The cells as text; undefined where a cell is not UTF-8. */
function textsOf(cells: string[], encoding: Encoding): string[] | undefined {
  if (encoding === 'utf8') return cells;
  const binary = cells.map((cell) => Buffer.from(cell, 'latin1'));
  return binary.every((cell) => isUtf8(cell)) ? binary.map(String) : undefined;
}

function headerOf(names: string[] | undefined): string[] {
  if (names === undefined || names.some((name) => name.includes('\0'))) {
    throw new FlowproofError('unreadable_body', 'the header row is not UTF-8');
  }
  if (new Set(names).size !== names.length) {
    throw new FlowproofError('unreadable_body', 'the header row names a column twice');
  }
  return names;
}

function itemOfRow(header: readonly string[], row: string[], encoding: Encoding): DecodedItem {
  const bytes = row.reduce((sum, cell) => sum + Buffer.byteLength(cell, encoding), row.length - 1);
  if (bytes > EVENT_BYTES_MAX) return tooLarge();
  if (row.length !== header.length) {
    return malformed(`the row has ${row.length} cells where the header has ${header.length}`);
  }
  const cells = textsOf(row, encoding);
  return cells === undefined
    ? malformed('the row is not UTF-8')
    : { value: eventOfRow(header, cells) };
}

/** Without a prototype, a column of any name is a plain key. */
function eventOfRow(header: readonly string[], cells: readonly string[]): unknown {
  const event: Record<string, unknown> = Object.create(null);
  let attributes: Record<string, string> | undefined;
  for (const [i, name] of header.entries()) {
    const cell = cells[i] ?? '';
    if (cell === '') continue;
    if (name.startsWith(ATTRIBUTE)) {
      attributes ??= Object.create(null) as Record<string, string>;
      attributes[name.slice(ATTRIBUTE.length)] = cell;
    } else {
      event[name] = name === 'seq' && DIGITS.test(cell) ? Number(cell) : cell;
    }
  }
  if (attributes !== undefined) event['attributes'] ??= attributes;
  return event;
}
