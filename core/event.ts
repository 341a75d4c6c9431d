import { z } from 'zod';
import {
  ACTION_CHARS_MAX,
  ATTRIBUTE_KEY_CHARS_MAX,
  ATTRIBUTE_VALUE_CHARS_MAX,
  ATTRIBUTES_MAX,
  ID_CHARS_MAX,
  TEXT_CHARS_MAX,
} from './limits.ts';
import { parseInstant } from './time.ts';

/** A usage event (使用紀錄): one action by one person in the solution, with its time. */

/** Only the firm's own people count: owner and staff [000 四(七); 002 附表4]. */
export const ACTOR_ROLES = ['owner', 'staff', 'consumer', 'vendor', 'system'] as const;
export type ActorRole = (typeof ACTOR_ROLES)[number];
/** Of an event that names none. */
export const DEFAULT_ROLE: ActorRole = 'staff';
export const COUNTED_ROLES = ['owner', 'staff'] as const satisfies readonly ActorRole[];

/** Why an event is refused, in the order in which the first that applies is answered. */
export const REJECT_CODES = [
  'too_large',
  'malformed',
  'unknown_field',
  'missing_field',
  'invalid_field',
  'unknown_solution',
  'unknown_sme',
  'unknown_action',
  'future_timestamp',
  'too_old',
] as const;
export type RejectCode = (typeof REJECT_CODES)[number];

/** An event as validated: every field present, times as instants (ms). */
export interface UsageEvent {
  readonly id: string;
  readonly solutionId: string;
  readonly smeId: string;
  readonly actorId: string;
  readonly actorRole: ActorRole;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly source: string | null;
  readonly seq: number | null;
  readonly sessionId: string | null;
  readonly resource: string | null;
  readonly ip: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

export interface EventFault {
  readonly code: RejectCode;
  /** For the sender; names the field, never repeats its value. */
  readonly detail: string;
}

/**
 * Characters are Unicode code points; NUL and lone surrogates are no text.
 * @param min, max the admitted number of characters, both inclusive
 */
export function isText(text: string, min: number, max: number): boolean {
  return hasLength(text, min, max) && isPlain(text);
}

/**
 * Whether an unknown field's name may be kept and told: one of another form, such as an address, may
 * be a person's.
 */
export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name);
}

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Text as `isText` admits it. */
function textSchema(min: number, max: number) {
  return z
    .string({ error: 'must be text' })
    .refine((s) => hasLength(s, min, max), { message: `must have ${min} to ${max} characters` })
    .refine(isPlain, { message: 'must be well-formed text without NUL' });
}

/**
 * The wire shape of one event; documents and validates it. Every message stands after the name of
 * its field and never repeats the value. A null stands for an absent value: it is admitted where
 * the field is optional. `__proto__` and its kin are refused before, at every depth.
 */
export const eventSchema = z.strictObject({
  id: textSchema(1, ID_CHARS_MAX),
  solutionId: textSchema(1, TEXT_CHARS_MAX),
  smeId: z.string({ error: 'must be text' }).regex(/^\d{8}$/, 'must be 8 digits'),
  actorId: textSchema(1, ID_CHARS_MAX),
  actorRole: z.enum(ACTOR_ROLES, { error: `must be one of ${ACTOR_ROLES.join(', ')}` }).nullish(),
  action: textSchema(1, ACTION_CHARS_MAX),
  occurredAt: z
    .string({ error: 'must be text' })
    .refine((s) => parseInstant(s) !== undefined, {
      message: 'must be an RFC 3339 time with an offset, such as 2023-04-15T09:30:00+08:00',
    })
    .meta({ format: 'date-time' }),
  source: textSchema(1, TEXT_CHARS_MAX).nullish(),
  seq: z
    .int({ error: 'must be a whole number' })
    .min(0, { error: 'must not be negative' })
    .nullish(),
  sessionId: textSchema(1, TEXT_CHARS_MAX).nullish(),
  resource: textSchema(1, TEXT_CHARS_MAX).nullish(),
  ip: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' }).nullish(),
  attributes: z
    .record(textSchema(1, ATTRIBUTE_KEY_CHARS_MAX), textSchema(0, ATTRIBUTE_VALUE_CHARS_MAX), {
      error: 'must be an object of short texts',
    })
    .refine((a) => Object.keys(a).length <= ATTRIBUTES_MAX, {
      message: `must have at most ${ATTRIBUTES_MAX} entries`,
    })
    .nullish(),
});

/** One event as `eventSchema` admits it. */
export type EventBody = z.infer<typeof eventSchema>;

/** The event of a body that `eventSchema` admits; its time as an instant, the role resolved. */
export function eventOf(body: EventBody, occurredAtMs: number): UsageEvent {
  return {
    id: body.id,
    solutionId: body.solutionId,
    smeId: body.smeId,
    actorId: body.actorId,
    actorRole: body.actorRole ?? DEFAULT_ROLE,
    action: body.action,
    occurredAtMs,
    source: body.source ?? null,
    seq: body.seq ?? null,
    sessionId: body.sessionId ?? null,
    resource: body.resource ?? null,
    ip: body.ip ?? null,
    attributes: body.attributes ?? null,
  };
}

function isPlain(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A code point takes one or two code units, so most lengths need no counting. */
function hasLength(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > max * 2) return false;
  if (text.length <= max && min <= 1) return true;
  const points = [...text].length;
  return points >= min && points <= max;
}
