import { isUtf8 } from 'node:buffer';
import { FlowproofError } from '../../core/errors.ts';
import { startOf } from './jsonCursor.ts';

/** One row as it lies in its bytes [RFC 4180]. */
export interface CsvRow {
  readonly start: number;
  /** Before the line end. */
  readonly endExclusive: number;
  /** The size of its cells and the commas between them, without the quotes around and in them. */
  readonly bytes: number;
  readonly cells: number;
  readonly isQuoted: boolean;
}

/**
 * The rows of a body, in order, lines without a character left out. A row costs its bytes and no
 * more: its cells are made by `cellsOf`, when its size is known. Line ends are CRLF, LF and CR, also
 * mixed; between quotes they are text.
 * @throws FlowproofError `unreadable_body` where a quote is misplaced or not closed: no row behind
 * it can be told
 */
export function* rowsOf(body: Buffer): Generator<CsvRow> {
  let at = startOf(body);
  for (;;) {
    while (body[at] === CR || body[at] === LF) at += 1;
    if (at >= body.length) return;
    const row = rowAt(body, at);
    yield row;
    at = row.endExclusive;
  }
}

/** The cells as text; undefined where the row is not UTF-8. */
export function cellsOf(body: Buffer, row: CsvRow, isText: boolean): string[] | undefined {
  const { start, endExclusive } = row;
  if (!isText && !isUtf8(body.subarray(start, endExclusive))) return undefined;
  const text = body.toString('utf8', start, endExclusive);
  return row.isQuoted ? unquoted(text) : text.split(',');
}

const [QUOTE, COMMA, CR, LF] = [0x22, 0x2c, 0x0d, 0x0a] as const;

function rowAt(body: Buffer, start: number): CsvRow {
  let [at, cells, marks] = [start, 1, 0];
  let isCellStart = true;
  for (; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      if (!isCellStart) throw misplaced(body, at);
      const { end, doubled } = quotedAt(body, at);
      marks += 2 + doubled;
      at = end;
      isCellStart = false;
    } else if (byte === COMMA) {
      cells += 1;
      isCellStart = true;
    } else if (byte === LF || byte === CR) break;
    else isCellStart = false;
  }
  const bytes = at - start - marks;
  return { start, endExclusive: at, bytes, cells, isQuoted: marks > 0 };
}

/** The place of the closing quote, behind which a cell must end, and how many quotes are doubled. */
function quotedAt(body: Buffer, start: number): { end: number; doubled: number } {
  let doubled = 0;
  for (let at = start + 1; at < body.length; at += 1) {
    if (body[at] !== QUOTE) continue;
    const next = body[at + 1];
    if (next !== QUOTE) {
      const isEnd = next === undefined || next === COMMA || next === CR || next === LF;
      if (!isEnd) throw misplaced(body, at);
      return { end: at, doubled };
    }
    doubled += 1;
    at += 1;
  }
  throw misplaced(body, start);
}

/** The quotes were checked with the row. */
function unquoted(text: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    let end = text.indexOf(',', at);
    if (end === -1) end = text.length;
    if (text.charCodeAt(at) !== QUOTE) {
      cells.push(text.slice(at, end));
      at = end;
      continue;
    }
    let close = text.indexOf('"', at + 1);
    while (text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2);
    cells.push(text.slice(at + 1, close).replaceAll('""', '"'));
    at = close + 1;
  }
  return cells;
}

function misplaced(body: Buffer, position: number): FlowproofError {
  const line = 1 + lineEndsBefore(body, position);
  const detail = `the body is not valid CSV: a quote is misplaced or not closed at line ${line}`;
  return new FlowproofError('unreadable_body', detail);
}

/** Looked at as bytes: a body of nothing but line ends is as many lines as it has bytes. */
function lineEndsBefore(body: Buffer, position: number): number {
  let ends = 0;
  for (let at = 0; at < position; at += 1) {
    const byte = body[at];
    if (byte === LF || (byte === CR && body[at + 1] !== LF)) ends += 1;
  }
  return ends;
}
