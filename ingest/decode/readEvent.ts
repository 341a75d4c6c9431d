import { scan } from 'secure-json-parse';
import { z } from 'zod';
import {
  ACTOR_ROLES,
  type EventBody,
  type EventFault,
  eventOf,
  eventSchema,
  isFieldName,
  isText,
  type UsageEvent,
} from '../../core/event.ts';
import {
  ACTION_CHARS_MAX,
  ATTRIBUTE_KEY_CHARS_MAX,
  ATTRIBUTE_VALUE_CHARS_MAX,
  ATTRIBUTES_MAX,
  ID_CHARS_MAX,
  TEXT_CHARS_MAX,
} from '../../core/limits.ts';
import { parseInstant } from '../../core/time.ts';

export type ReadEvent =
  | { readonly event: UsageEvent; readonly fault: null }
  | { readonly event: null; readonly fault: EventFault };

/**
 * The event that a decoded value is, or why it is none: `malformed`, `unknown_field`,
 * `missing_field` or `invalid_field`, the first that applies. `eventSchema` decides; the ordinary
 * events, nearly all, are read directly, up to three times as fast.
 */
export function readEvent(value: unknown): ReadEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('malformed', 'the event is not an object');
  }
  const event = readOrdinary(value);
  return event === undefined ? readBySchema(value) : { event, fault: null };
}

/** The id by which a sender finds a refused event again: null where it carries no valid one. */
export function idOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id } = value as Fields;
  return typeof id === 'string' && isText(id, 1, ID_CHARS_MAX) ? id : null;
}

/** The same verdict at a bounded price: of too many attributes, one more than there may be. */
export function withFewAttributes(value: object): object {
  const { attributes } = value as Fields;
  if (typeof attributes !== 'object' || attributes === null) return value;
  const keys = Object.keys(attributes);
  if (keys.length <= ATTRIBUTES_MAX + 1) return value;
  const all = attributes as Readonly<Record<string, unknown>>;
  const few = keys.slice(0, ATTRIBUTES_MAX + 1).map((key) => [key, all[key]]);
  return { ...value, attributes: Object.fromEntries(few) };
}

type Fields = { readonly [Field in keyof EventBody]?: unknown };

const FIELDS: ReadonlySet<string> = new Set(Object.keys(eventSchema.shape));
const ROLES: ReadonlySet<unknown> = new Set(ACTOR_ROLES);
const SME_ID = /^\d{8}$/;
const ENTRIES_MESSAGE = `must hold texts of at most ${ATTRIBUTE_VALUE_CHARS_MAX} characters under keys of 1 to ${ATTRIBUTE_KEY_CHARS_MAX}`;
const NAMED_MAX = 5;

/** Admits nothing that the schema refuses; what it does not admit is left to the schema. */
function readOrdinary(value: object): UsageEvent | undefined {
  for (const key in value) if (!FIELDS.has(key)) return undefined;
  const body: Fields = value;
  if (typeof body.occurredAt !== 'string' || !isOrdinary(body)) return undefined;
  const occurredAtMs = parseInstant(body.occurredAt);
  return occurredAtMs === undefined ? undefined : eventOf(body as EventBody, occurredAtMs);
}

function isOrdinary(body: Fields): boolean {
  return (
    isShort(body.id, ID_CHARS_MAX) &&
    isShort(body.solutionId, TEXT_CHARS_MAX) &&
    typeof body.smeId === 'string' &&
    SME_ID.test(body.smeId) &&
    isShort(body.actorId, ID_CHARS_MAX) &&
    isShort(body.action, ACTION_CHARS_MAX) &&
    (body.actorRole === undefined || ROLES.has(body.actorRole)) &&
    (body.source === undefined || isShort(body.source, TEXT_CHARS_MAX)) &&
    (body.seq === undefined || (Number.isSafeInteger(body.seq) && Number(body.seq) >= 0)) &&
    (body.sessionId === undefined || isShort(body.sessionId, TEXT_CHARS_MAX)) &&
    (body.resource === undefined || isShort(body.resource, TEXT_CHARS_MAX)) &&
    (body.ip === undefined || (typeof body.ip === 'string' && isIp(body.ip))) &&
    (body.attributes === undefined || areShortTexts(body.attributes))
  );
}

function isShort(value: unknown, max: number): value is string {
  return typeof value === 'string' && isText(value, 1, max);
}

/** An IPv4 or IPv6 address, as the schema admits it. */
export function isIp(value: string): boolean {
  return z.regexes.ipv4.test(value) || z.regexes.ipv6.test(value);
}

function areShortTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  if (keys.length > ATTRIBUTES_MAX) return false;
  for (const key of keys) {
    const text: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (key === '__proto__' || !isText(key, 1, ATTRIBUTE_KEY_CHARS_MAX)) return false;
    if (typeof text !== 'string' || !isText(text, 0, ATTRIBUTE_VALUE_CHARS_MAX)) return false;
  }
  return true;
}

function readBySchema(value: object): ReadEvent {
  if (scan(value, { safe: true }) === null) {
    return refused('unknown_field', 'unknown field "__proto__" or "constructor.prototype"');
  }
  const unknown = Object.keys(value).filter((key) => !FIELDS.has(key));
  if (unknown.length > 0) return refused('unknown_field', `unknown field ${namesOf(unknown)}`);
  const read = eventSchema.safeParse(withFewAttributes(value));
  if (!read.success) return explained(read.error.issues, value);
  const occurredAtMs = parseInstant(read.data.occurredAt);
  if (occurredAtMs === undefined) throw new RangeError('the schema admitted a time that is none');
  return { event: eventOf(read.data, occurredAtMs), fault: null };
}

function explained(issues: readonly z.core.$ZodIssue[], value: Fields): ReadEvent {
  const messages = new Map<string, string>();
  for (const { path, message } of issues) {
    const field = String(path[0]);
    if (!messages.has(field)) messages.set(field, path.length > 1 ? ENTRIES_MESSAGE : message);
  }
  const missing = [...messages.keys()].filter((f) => (value[f as keyof Fields] ?? null) === null);
  if (missing.length > 0) return refused('missing_field', `missing ${missing.join(', ')}`);
  const details = [...messages].map(([field, message]) => `${field} ${message}`);
  return refused('invalid_field', details.join('; '));
}

/** A name is the sender's own text: quoted, cut and few. */
function namesOf(keys: readonly string[]): string {
  const names = keys
    .slice(0, NAMED_MAX)
    .map((key) => (isFieldName(key) ? JSON.stringify(key) : '(a name that is not shown)'));
  return keys.length > NAMED_MAX ? `${names.join(', ')}, …` : names.join(', ');
}

function refused(code: EventFault['code'], detail: string): ReadEvent {
  return { event: null, fault: { code, detail } };
}
