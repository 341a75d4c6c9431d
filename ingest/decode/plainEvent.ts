import type { EventBody } from '../../core/event.ts';
import {
  ACTION_CHARS_MAX,
  EVENT_BYTES_MAX,
  ID_CHARS_MAX,
  TEXT_CHARS_MAX,
} from '../../core/limits.ts';
import { parseExtent } from './jsonCursor.ts';

/** The fields that a plain event may have, each with its place in `starts` and `ends`. */
export const FIELD = {
  id: 0,
  solutionId: 1,
  smeId: 2,
  actorId: 3,
  actorRole: 4,
  action: 5,
  occurredAt: 6,
  source: 7,
  seq: 8,
  sessionId: 9,
  resource: 10,
  ip: 11,
} as const satisfies Record<keyof Omit<EventBody, 'attributes'>, number>;
export type Field = (typeof FIELD)[keyof typeof FIELD];

/**
 * An event as nearly all are sent: an object of known fields, each once, texts without escapes. Where
 * its fields lie in the body is all that is read of it. What is not plain is no fault: it is parsed.
 */
export class PlainEvent {
  readonly body: Buffer;
  /** Of each field that it has, by its place: its first byte, without the quotes of a text. */
  readonly starts = new Int32Array(NAMES.length);
  /** Behind its last byte. */
  readonly ends = new Int32Array(NAMES.length);
  /** As an item of its body. */
  readonly item = { plain: this } as const;
  start = 0;
  endExclusive = 0;
  /** A bit for each field. */
  #fields = 0;
  #limit = 0;

  /** @param body UTF-8 */
  constructor(body: Buffer) {
    this.body = body;
  }

  has(field: Field): boolean {
    return (this.#fields & (1 << field)) !== 0;
  }

  /** A field that it has. */
  text(field: Field): string {
    return this.body.toString('utf8', this.starts[field], this.ends[field]);
  }

  /** What it is, parsed. */
  value(): unknown {
    const { body, start, endExclusive } = this;
    return parseExtent(body, { start, endExclusive, isAscii: false });
  }

  /**
   * Takes the place of the event before; false where none that is plain begins here. No more is
   * looked at than an event may be large.
   * @param limit it ends there or before
   */
  read(start: number, limit: number): boolean {
    const { body } = this;
    this.start = start;
    this.#limit = Math.min(limit, start + EVENT_BYTES_MAX);
    this.#fields = 0;
    if (start >= limit || body[start] !== OPEN) return false;
    for (let at = start + 1; ; at += 1) {
      at = this.#member(this.#behindBlanks(at));
      if (at === NOT_PLAIN) return false;
      at = this.#behindBlanks(at);
      if (at >= this.#limit) return false;
      if (body[at] === COMMA) continue;
      this.endExclusive = at + 1;
      return body[at] === CLOSE;
    }
  }

  /** @returns the first byte behind the member */
  #member(start: number): number {
    const { body } = this;
    const nameEnd = this.#endOfText(start);
    const field = nameEnd === NOT_PLAIN ? NO_FIELD : fieldAt(body, start + 1, nameEnd);
    if (field === NO_FIELD || (this.#fields & (1 << field)) !== 0) return NOT_PLAIN;
    this.#fields |= 1 << field;
    const colon = this.#behindBlanks(nameEnd + 1);
    if (body[colon] !== COLON) return NOT_PLAIN;
    const valueStart = this.#behindBlanks(colon + 1);
    if (field === FIELD.seq) return this.#place(field, valueStart, endOfNumber(body, valueStart));
    const end = this.#endOfText(valueStart);
    const bytes = end - valueStart - 1;
    if (end === NOT_PLAIN || bytes === 0 || bytes > (BYTES_MAX[field] ?? 0)) return NOT_PLAIN;
    this.#place(field, valueStart + 1, end);
    return end + 1;
  }

  /** The closing quote of a text without escapes that begins here. */
  #endOfText(start: number): number {
    const { body } = this;
    const limit = this.#limit;
    if (body[start] !== QUOTE) return NOT_PLAIN;
    for (let at = start + 1; at < limit; at += 1) {
      const kind = IN_TEXT[body[at] ?? 0];
      if (kind !== PLAIN) return kind === END ? at : NOT_PLAIN;
    }
    return NOT_PLAIN;
  }

  #behindBlanks(start: number): number {
    const { body } = this;
    const limit = this.#limit;
    let at = start;
    while (at < limit && IS_BLANK[body[at] ?? 0] === 1) at += 1;
    return at;
  }

  #place(field: number, start: number, end: number): number {
    this.starts[field] = start;
    this.ends[field] = end;
    return end;
  }
}

/** Behind a whole number in its shortest form, of digits that a double holds exactly. */
function endOfNumber(body: Buffer, start: number): number {
  let at = start;
  while (at - start <= EXACT_DIGITS && isDigit(body[at])) at += 1;
  const digits = at - start;
  if (digits === 0 || digits > EXACT_DIGITS || (digits > 1 && body[start] === ZERO)) {
    return NOT_PLAIN;
  }
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

/** The field of that name: its length and its last byte tell which it can be. */
function fieldAt(body: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length > NAME_BYTES_MAX) return NO_FIELD;
  const field = PLACES[length * 256 + (body[end - 1] ?? 0)] ?? NO_FIELD;
  const name = NAMES[field];
  if (name === undefined) return NO_FIELD;
  for (let i = 0; i < length; i += 1) if (name[i] !== body[start + i]) return NO_FIELD;
  return field;
}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, CLOSE] = [0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d];
const [SPACE, ZERO] = [0x20, 0x30] as const;
const [NOT_PLAIN, NO_FIELD] = [-1, -1] as const;
const EXACT_DIGITS = 15;
const NAMES: readonly Buffer[] = Object.keys(FIELD).map((name) => Buffer.from(name));
const NAME_BYTES_MAX = Math.max(...NAMES.map((name) => name.length));
const PLACES = new Int8Array((NAME_BYTES_MAX + 1) * 256).fill(NO_FIELD);
for (const [field, name] of NAMES.entries()) {
  PLACES[name.length * 256 + (name.at(-1) ?? 0)] = field;
}
/** What a byte is within a text. */
const [PLAIN, END, OTHER] = [0, 1, 2] as const;
const IN_TEXT = new Uint8Array(256).fill(OTHER, 0, SPACE);
[IN_TEXT[QUOTE], IN_TEXT[BACKSLASH]] = [END, OTHER];
const IS_BLANK = new Uint8Array(256);
for (const byte of [SPACE, 0x09, 0x0a, 0x0d]) IS_BLANK[byte] = 1;
/** A text of so many bytes has no more characters than its field admits. */
const BYTES_MAX = new Int32Array(NAMES.length).fill(TEXT_CHARS_MAX);
for (const field of [FIELD.id, FIELD.actorId]) BYTES_MAX[field] = ID_CHARS_MAX;
BYTES_MAX[FIELD.action] = ACTION_CHARS_MAX;
