import type { z } from 'zod';
import { eventSchema, isFieldName, type UsageEvent } from '../core/event.ts';
import { EVENT_BYTES_MAX, REFUSED_SHORT_CHARS_MAX } from '../core/limits.ts';
import { pseudonymText } from '../core/pseudonym.ts';
import { eventCells, eventText } from '../store/eventText.ts';
import { type EventRow, rowTail } from '../store/stagedRow.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** An accepted event as the tail of its row. */
export function toRow(event: UsageEvent, vendorId: string, pseudonyms: Pseudonyms): string {
  const text = eventText({
    solutionId: event.solutionId,
    smeId: event.smeId,
    actor: pseudonyms.actor(vendorId, event.actorId),
    actorRole: event.actorRole,
    action: event.action,
    occurredAtMs: event.occurredAtMs,
    source: event.source ?? '',
    sourceSeq: event.seq,
    sessionId: event.sessionId ?? '',
    resource: event.resource ?? '',
    attributes: event.attributes === null ? '' : sortedJson(event.attributes),
    address: event.ip === null ? '0' : pseudonyms.address(vendorId, event.ip),
  });
  return rowTail({ eventId: event.id, text });
}

/** An accepted event as its vendor sent it, pseudonyms in place of persons. */
export function describeRow({ eventId, text }: Pick<EventRow, 'eventId' | 'text'>): string {
  const cells = eventCells(text);
  const { source, source_seq: seq, session_id: sessionId, resource, attributes, address } = cells;
  return JSON.stringify({
    id: eventId,
    solutionId: cells['solution_id'],
    smeId: cells['sme_id'],
    actorId: pseudonymOf(cells['actor']),
    actorRole: cells['actor_role'],
    action: cells['action'],
    occurredAt: new Date(instantOf(cells['occurred_at'] ?? '')).toISOString(),
    ...(source === '' ? {} : { source }),
    ...(seq === null ? {} : { seq: Number(seq) }),
    ...(sessionId === '' ? {} : { sessionId }),
    ...(resource === '' ? {} : { resource }),
    ...(address === '0' ? {} : { ip: pseudonymOf(address) }),
    ...(attributes === '' ? {} : { attributes: JSON.parse(attributes ?? '') }),
  });
}

/**
 * A refused event as it may be kept: known fields, persons as pseudonyms. Left out are the values of
 * unknown fields, and those that their field does not admit: a shifted column may hold a person.
 * Empty where it was no object or is too large to keep.
 * @param isBrief of known fields alone, and short values alone
 */
export function describeRefused(
  value: unknown,
  vendorId: string,
  pseudonyms: Pseudonyms,
  isBrief = false,
): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  const kept: [string, unknown][] = [];
  for (const [field, content] of Object.entries(value)) {
    const shape = SHAPES.get(field);
    if (shape === undefined) {
      if (isFieldName(field) && !isBrief) kept.push([field, null]);
    } else if (!PERSONAL_FIELDS.has(field)) {
      const isKept = shape.safeParse(content).success && !(isBrief && isLong(content));
      kept.push([field, isKept ? content : null]);
    } else if (typeof content === 'string' && content !== '') {
      const kind = field === 'ip' ? 'address' : 'actor';
      kept.push([field, pseudonymOf(pseudonyms[kind](vendorId, content))]);
    } else kept.push([field, null]);
  }
  const text = JSON.stringify(Object.fromEntries(kept));
  return text.length > EVENT_BYTES_MAX ? '' : text;
}

function isLong(content: unknown): boolean {
  return (JSON.stringify(content)?.length ?? 0) > REFUSED_SHORT_CHARS_MAX;
}

const PERSONAL_FIELDS = new Set(['actorId', 'ip']);
const SHAPES = new Map<string, z.ZodType>(Object.entries(eventSchema.shape));

/** The instant of a cell of `eventText`, ms. */
function instantOf(text: string): number {
  return text.includes('-')
    ? Date.parse(`${text.replace(' ', 'T')}Z`)
    : Number(text.replace('.', ''));
}

function pseudonymOf(decimal: string | null | undefined): string {
  return pseudonymText(BigInt(decimal ?? ''));
}

function sortedJson(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(attributes).sort(byKey)));
}

function byKey(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1;
}
