import { isUtf8 } from 'node:buffer';
import { FlowproofError } from '../../core/errors.ts';

/** One JSON value as it lies in its bytes, not parsed: brackets and texts alone were looked at. */
export interface Extent {
  readonly start: number;
  readonly endExclusive: number;
  /** Its size as sent, without white space between its parts. */
  readonly bytes: number;
  /** Brackets in brackets; 0 = a text, a number, true, false or null. */
  readonly levels: number;
  /** Of one byte a character, which is read twice as fast. */
  readonly isAscii: boolean;
}

const BOM = Buffer.from('\uFEFF');
export const BRACE = { open: 0x7b, close: 0x7d } as const;
export const BRACKET = { open: 0x5b, close: 0x5d } as const;
type Brackets = typeof BRACE | typeof BRACKET;

/**
 * Walks over JSON bytes value by value, so that nothing is parsed before its size is known. What it
 * skips is held to its brackets and texts alone; who takes a value parses it.
 * Every method throws FlowproofError `unreadable_body` where the bytes are no JSON.
 */
export class JsonCursor {
  readonly body: Buffer;
  at: number;

  /** At the first byte after a byte order mark. */
  constructor(body: Buffer) {
    if (!isUtf8(body)) throw new FlowproofError('unreadable_body', 'the body is not UTF-8');
    this.body = body;
    this.at = startOf(body);
  }

  /** Steps into an object or array, where one begins here; else stays. */
  enter({ open }: Brackets): boolean {
    if (this.#peek() !== open) return false;
    this.at += 1;
    return true;
  }

  /**
   * Steps to the next member, or out behind the last.
   * @param isFirst no member of it was visited yet
   */
  next({ close }: Brackets, isFirst: boolean): boolean {
    const byte = this.#peek();
    if (byte === close) this.at += 1;
    else if (isFirst && this.at < this.body.length) return true;
    else if (byte === COMMA) this.at += 1;
    else throw noJson(this.at);
    return byte !== close;
  }

  /** The name of a member of an object; its value is next. */
  key(): string {
    if (this.#peek() !== QUOTE) throw noJson(this.at);
    const end = endOfText(this.body, this.at);
    const name = parseExtent(this.body, { start: this.at, endExclusive: end, isAscii: false });
    this.at = end;
    if (this.#peek() !== COLON) throw noJson(this.at);
    this.at += 1;
    return String(name);
  }

  /** Where the next value begins. */
  start(): number {
    this.#peek();
    return this.at;
  }

  /** The value that begins here; the cursor is behind it. */
  value(): Extent {
    this.#peek();
    const extent = extentAt(this.body, this.at, this.body.length);
    if (extent === undefined || extent.bytes === 0) throw noJson(extent?.start);
    this.at = extent.endExclusive;
    return extent;
  }

  /** Nothing but white space may be left. */
  end(): void {
    this.#peek();
    if (this.at < this.body.length) throw noJson(this.at);
  }

  #peek(): number | undefined {
    const { body } = this;
    let { at } = this;
    while (at < body.length && CLASS[body[at] ?? 0] === BLANK) at += 1;
    this.at = at;
    return body[at];
  }
}

/** Behind a byte order mark. */
export function startOf(body: Buffer): number {
  return body.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
}

/**
 * The extent of the value that begins at `start`, up to a comma or a bracket that is not its own, or
 * the limit; undefined where a bracket or a text is not closed there.
 */
export function extentAt(body: Buffer, start: number, limit: number): Extent | undefined {
  let [at, depth, levels, blanks, bits] = [start, 0, 0, 0, 0];
  for (; at < limit; at += 1) {
    const byte = body[at] ?? 0;
    const kind = CLASS[byte];
    bits |= byte;
    if (kind === PLAIN) continue;
    if (kind === BLANK) blanks += 1;
    else if (kind === TEXT) {
      for (at += 1; at < limit; at += 1) {
        const inside = body[at] ?? 0;
        if (inside === QUOTE) break;
        bits |= inside;
        if (inside === BACKSLASH) at += 1;
      }
      if (at >= limit) return undefined;
    } else if (kind === OPEN) {
      depth += 1;
      if (depth > levels) levels = depth;
    } else if (depth === 0) break;
    else if (kind === CLOSE) depth -= 1;
  }
  if (depth > 0) return undefined;
  return { start, endExclusive: at, bytes: at - start - blanks, levels, isAscii: bits < 0x80 };
}

type ExtentOfText = Pick<Extent, 'start' | 'endExclusive' | 'isAscii'>;

export function textOf(body: Buffer, { start, endExclusive, isAscii }: ExtentOfText): string {
  return body.toString(isAscii ? 'latin1' : 'utf8', start, endExclusive);
}

/** How the body's text is changed before it is parsed. */
export type Prepare = (text: string) => string;

/**
 * The value of an extent. `__proto__` and its kin pass as plain keys: they are the fault of one
 * event and must not fail its neighbours, so they are refused where the event is read. The parser's
 * own error may repeat the text: its position alone is kept, also for the log.
 */
export function parseExtent(body: Buffer, extent: ExtentOfText, prepare?: Prepare): unknown {
  const text = textOf(body, extent);
  try {
    return JSON.parse(prepare === undefined ? text : prepare(text));
  } catch (cause) {
    const at =
      cause instanceof Error ? / at position (\d+)(?= \(line|$)/.exec(cause.message) : null;
    throw noJson(at === null ? undefined : extent.start + Number(at[1]));
  }
}

function noJson(position?: number): FlowproofError {
  const at = position === undefined ? '' : ` at position ${position}`;
  return new FlowproofError('unreadable_body', `the body is not valid JSON${at}`);
}

function endOfText(body: Buffer, start: number): number {
  let at = start + 1;
  for (; at < body.length && body[at] !== QUOTE; at += 1) if (body[at] === BACKSLASH) at += 1;
  return Math.min(at + 1, body.length);
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a] as const;
const [PLAIN, BLANK, TEXT, OPEN, CLOSE, SEPARATOR] = [0, 1, 2, 3, 4, 5] as const;
/** What each byte is outside of texts. */
const CLASS = new Uint8Array(256);
for (const byte of [0x20, 0x09, 0x0a, 0x0d]) CLASS[byte] = BLANK;
for (const { open, close } of [BRACE, BRACKET]) [CLASS[open], CLASS[close]] = [OPEN, CLOSE];
[CLASS[QUOTE], CLASS[COMMA]] = [TEXT, SEPARATOR];
