import { isUtf8 } from 'node:buffer';
import { FlowproofError } from '../../core/errors.ts';
import { EVENT_BYTES_MAX } from '../../core/limits.ts';
import { type CsvRow, cellsOf, rowsOf } from './csvRows.ts';
import { malformed, type ParsedItem, type Progress, tooLarge } from './item.ts';

const ATTRIBUTE = 'attributes.';
const DIGITS = /^\d{1,16}$/;

/**
 * A header row with the names of the fields, then one event a row [RFC 4180]. An empty cell is an
 * absent value; `attributes.<key>` holds one attribute. A row fails by itself, except where its
 * quotes are broken: then no row behind it can be told.
 */
export function* decodeCsv(body: Buffer, progress: Progress): Generator<ParsedItem> {
  const isText = isUtf8(body);
  let header: readonly string[] | undefined;
  for (const row of rowsOf(body)) {
    if (header === undefined) header = headerOf(body, row, isText);
    else yield itemOfRow(body, row, header, isText);
    progress.bytes = row.endExclusive;
  }
}

function headerOf(body: Buffer, row: CsvRow, isText: boolean): string[] {
  if (row.bytes > EVENT_BYTES_MAX) {
    const detail = `the header row is larger than ${EVENT_BYTES_MAX} bytes`;
    throw new FlowproofError('unreadable_body', detail);
  }
  const names = cellsOf(body, row, isText);
  if (names === undefined || names.some((name) => name.includes('\0'))) {
    throw new FlowproofError('unreadable_body', 'the header row is not UTF-8');
  }
  if (new Set(names).size !== names.length) {
    throw new FlowproofError('unreadable_body', 'the header row names a column twice');
  }
  return names;
}

function itemOfRow(
  body: Buffer,
  row: CsvRow,
  header: readonly string[],
  isText: boolean,
): ParsedItem {
  if (row.bytes > EVENT_BYTES_MAX) return tooLarge();
  if (row.cells !== header.length) {
    return malformed(`the row has ${row.cells} cells where the header has ${header.length}`);
  }
  const cells = cellsOf(body, row, isText);
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
      event[name] = name === 'seq' ? numberOf(cell) : cell;
    }
  }
  if (attributes !== undefined) event['attributes'] ??= attributes;
  return event;
}

/** A whole number that is held exactly; any other text stays, and is refused with its event. */
function numberOf(cell: string): number | string {
  const number = DIGITS.test(cell) ? Number(cell) : Number.NaN;
  return Number.isSafeInteger(number) ? number : cell;
}
