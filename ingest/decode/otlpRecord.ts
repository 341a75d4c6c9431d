import { FlowproofError } from '../../core/errors.ts';
import { eventSchema } from '../../core/event.ts';
import { OTLP_FIELDS_MAX } from '../../core/limits.ts';
import { isLargerThanEvent, itemOf, malformed, type ParsedItem, tooLarge } from './item.ts';
import { idOf } from './readEvent.ts';

/** Log attributes whose names begin so are fields of an event; all others are ignored. */
export const FIELD_PREFIX = 'flowproof.';

/** Values inside values: deeper ones are no part of any event and would exhaust the stack. */
const VALUE_LEVELS_MAX = 32;

/**
 * What a log record says of an event, whichever encoding carried it.
 * Values of attributes: texts, booleans, numbers (whole ones beyond 2^53 lose their last digits and
 * are then refused as unsafe), null for an empty value, arrays (bytes are an array of one base64
 * text) and objects without prototype.
 */
export interface LogRecord {
  /** Nanoseconds since the Unix epoch; 0 = absent. */
  readonly timeUnixNano: bigint;
  /** Those under `FIELD_PREFIX` alone, in order. */
  readonly attributes: readonly (readonly [name: string, value: unknown])[];
}

/** A record that cannot be read as the protocol writes it; the others are read all the same. */
export class MalformedRecord extends Error {}

/** The item of a record; what `read` throws is the fault of this record alone. */
export function itemOfRecord(read: () => LogRecord): ParsedItem {
  let record: LogRecord;
  try {
    record = read();
  } catch (cause) {
    const isOurs = cause instanceof MalformedRecord;
    return malformed(isOurs ? cause.message : 'the log record is not valid OTLP');
  }
  const event = eventOfRecord(record);
  return isLargerThanEvent(event) ? tooLarge(idOf(event)) : itemOf(event);
}

/** Bounds what may lie outside of records: groups without records are no events, but are work. */
export class FieldCount {
  #count = 0;

  /** @throws FlowproofError `body_too_large` beyond `OTLP_FIELDS_MAX` */
  add(): void {
    this.#count += 1;
    if (this.#count <= OTLP_FIELDS_MAX) return;
    const detail = `a request holds at most ${OTLP_FIELDS_MAX} fields outside of its records`;
    throw new FlowproofError('body_too_large', detail);
  }
}

/** Bounds the recursion over values. */
export function nextLevel(level: number): number {
  if (level >= VALUE_LEVELS_MAX) throw new MalformedRecord('the event is nested too deeply');
  return level + 1;
}

/** An object that takes a key of any name as its own. */
export function emptyObject(): Record<string, unknown> {
  return Object.create(null);
}

const NANOS_PER_MS = 1_000_000n;
const ENTRY_PREFIX = 'attributes.';
/** The time is the record's own and no attribute. */
const FIELDS: ReadonlySet<string> = new Set(
  Object.keys(eventSchema.shape).filter((field) => field !== 'occurredAt'),
);

/** A name that is no field stays as sent, and is refused where the event is read. */
function eventOfRecord({ timeUnixNano, attributes }: LogRecord): Record<string, unknown> {
  const event = emptyObject();
  let entries: Record<string, unknown> | undefined;
  for (const [name, value] of attributes) {
    const field = name.slice(FIELD_PREFIX.length);
    if (field.startsWith(ENTRY_PREFIX)) {
      entries ??= emptyObject();
      entries[field.slice(ENTRY_PREFIX.length)] = value;
    } else if (field === 'attributes' && isObject(value)) {
      entries = Object.assign(entries ?? emptyObject(), value);
    } else event[FIELDS.has(field) ? field : name] = value;
  }
  if (entries !== undefined) event['attributes'] ??= entries;
  if (timeUnixNano !== 0n) {
    event['occurredAt'] = new Date(Number(timeUnixNano / NANOS_PER_MS)).toISOString();
  }
  return event;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
