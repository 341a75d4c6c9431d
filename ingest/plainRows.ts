import { ACTOR_ROLES, DEFAULT_ROLE } from '../core/event.ts';
import { instantIn } from '../core/time.ts';
import { instantCell } from '../store/text.ts';
import type { Judge } from './accept.ts';
import type { ByteCache } from './byteCache.ts';
import { FIELD, type Field, type PlainEvent } from './decode/plainEvent.ts';
import { isIp } from './decode/readEvent.ts';
import type { VendorTexts } from './pseudonyms.ts';
import type { RowTails } from './rowTails.ts';

/**
 * Rows of plain events, made of the bytes that came: what a plain event says needs no escape in a row
 * either. The row is the one that `toRow` makes of the same event.
 */
export class PlainRows {
  readonly #judge: Judge;
  readonly #texts: VendorTexts;

  constructor(judge: Judge, texts: VendorTexts) {
    this.#judge = judge;
    this.#texts = texts;
  }

  /** Adds the row; false where the event is not one that is accepted, and why is told by its value. */
  add(event: PlainEvent, rows: RowTails): boolean {
    const { body, starts, ends } = event;
    if (!REQUIRED.every((field) => event.has(field))) return false;
    const occurredAtMs = instantIn(
      body,
      starts[FIELD.occurredAt] ?? 0,
      ends[FIELD.occurredAt] ?? 0,
    );
    if (occurredAtMs === undefined) return false;
    const [solutionId, smeId] = [
      this.#name(event, FIELD.solutionId),
      this.#name(event, FIELD.smeId),
    ];
    const action = this.#name(event, FIELD.action);
    const role = event.has(FIELD.actorRole) ? this.#name(event, FIELD.actorRole) : DEFAULT_ROLE;
    const hasAddress = event.has(FIELD.ip);
    if (!ROLES.has(role) || (hasAddress && !isIp(event.text(FIELD.ip)))) return false;
    // A firm that is registered has an id of eight digits.
    if (!this.#judge.admits({ solutionId, smeId, action, occurredAtMs })) return false;
    const { actors, addresses } = this.#texts;
    const actor = valueAt(actors, event, FIELD.actorId);
    const address = hasAddress ? valueAt(addresses, event, FIELD.ip) : NO_ADDRESS;
    const out = rows.room(event.endExclusive - event.start + CELLS_BYTES_MAX);
    let at = rows.bytes;
    at = copied(event, FIELD.id, out, at);
    at = copied(event, FIELD.solutionId, out, at);
    at = copied(event, FIELD.smeId, out, at);
    at = written(actor, out, at);
    at = written(role, out, at);
    at = copied(event, FIELD.action, out, at);
    at = written(instantCell(occurredAtMs), out, at);
    at = copied(event, FIELD.source, out, at);
    at = event.has(FIELD.seq) ? copied(event, FIELD.seq, out, at) : written(NO_NUMBER, out, at);
    at = copied(event, FIELD.sessionId, out, at);
    at = copied(event, FIELD.resource, out, at);
    at = written(NO_ATTRIBUTES, out, at);
    rows.end(written(address, out, at) - 1);
    return true;
  }

  #name(event: PlainEvent, field: Field): string {
    return valueAt(this.#texts.names, event, field);
  }
}

function valueAt(cache: ByteCache<string>, event: PlainEvent, field: Field): string {
  return cache.of(event.body, event.starts[field] ?? 0, event.ends[field] ?? 0);
}

/** A cell as the event has it, or empty, and the tab behind it. */
function copied(event: PlainEvent, field: Field, out: Buffer, start: number): number {
  let to = start;
  if (event.has(field)) {
    const { body } = event;
    const end = event.ends[field] ?? 0;
    for (let from = event.starts[field] ?? 0; from < end; from += 1) {
      out[to] = body[from] ?? 0;
      to += 1;
    }
  }
  out[to] = TAB;
  return to + 1;
}

/** A cell of ASCII, and the tab behind it. */
function written(cell: string, out: Buffer, start: number): number {
  for (let i = 0; i < cell.length; i += 1) out[start + i] = cell.charCodeAt(i);
  out[start + cell.length] = TAB;
  return start + cell.length + 1;
}

const REQUIRED = [
  FIELD.id,
  FIELD.solutionId,
  FIELD.smeId,
  FIELD.actorId,
  FIELD.action,
  FIELD.occurredAt,
] as const;
const ROLES: ReadonlySet<string> = new Set(ACTOR_ROLES);
const [NO_ADDRESS, NO_NUMBER, NO_ATTRIBUTES] = ['0', '\\N', ''] as const;
const TAB = 0x09;
/** Two pseudonyms, a time, a role, marks and tabs: what a row has beside bytes of its event. */
export const CELLS_BYTES_MAX = 128;
