import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { eventSchema, isFieldName, type UsageEvent } from '../core/event.ts';
import { EVENT_BYTES_MAX } from '../core/limits.ts';
import { pseudonymText } from '../core/pseudonym.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** The stored row of an accepted event, without what the writer decides: sequence and standing. */
export type EventRow = Omit<StoredEvent, 'seq' | 'supersedes'>;

export interface RowContext {
  readonly vendorId: string;
  readonly batchId: string;
  readonly receivedAtMs: number;
  readonly pseudonyms: Pseudonyms;
}

export function toRow(event: UsageEvent, context: RowContext): EventRow {
  const { vendorId, batchId, receivedAtMs, pseudonyms } = context;
  const row = {
    vendorId,
    solutionId: event.solutionId,
    smeId: event.smeId,
    eventId: event.id,
    actor: pseudonyms.actor(vendorId, event.actorId),
    actorRole: event.actorRole,
    action: event.action,
    occurredAtMs: event.occurredAtMs,
    source: event.source ?? '',
    sourceSeq: event.seq,
    sessionId: event.sessionId ?? '',
    resource: event.resource ?? '',
    address: event.ip === null ? 0n : pseudonyms.address(vendorId, event.ip),
    attributes: event.attributes === null ? '' : sortedJson(event.attributes),
  };
  return { ...row, content: contentOf(row), batchId, receivedAtMs };
}

/** A stored event as its vendor sent it, pseudonyms in place of persons. */
export function describeRow(row: EventRow): string {
  return JSON.stringify({
    id: row.eventId,
    solutionId: row.solutionId,
    smeId: row.smeId,
    actorId: pseudonymText(row.actor),
    actorRole: row.actorRole,
    action: row.action,
    occurredAt: new Date(row.occurredAtMs).toISOString(),
    ...(row.source === '' ? {} : { source: row.source }),
    ...(row.sourceSeq === null ? {} : { seq: row.sourceSeq }),
    ...(row.sessionId === '' ? {} : { sessionId: row.sessionId }),
    ...(row.resource === '' ? {} : { resource: row.resource }),
    ...(row.address === 0n ? {} : { ip: pseudonymText(row.address) }),
    ...(row.attributes === '' ? {} : { attributes: JSON.parse(row.attributes) }),
  });
}

/**
 * A refused event as it may be kept: known fields, persons as pseudonyms. Left out are the values of
 * unknown fields, and those that their field does not admit: a shifted column may hold a person.
 * Empty where it was no object or is too large to keep.
 */
export function describeRefused(value: unknown, vendorId: string, pseudonyms: Pseudonyms): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  const kept: [string, unknown][] = [];
  for (const [field, content] of Object.entries(value)) {
    const shape = SHAPES.get(field);
    if (shape === undefined) {
      if (isFieldName(field)) kept.push([field, null]);
    } else if (!PERSONAL_FIELDS.has(field)) {
      kept.push([field, shape.safeParse(content).success ? content : null]);
    } else if (typeof content === 'string' && content !== '') {
      const kind = field === 'ip' ? 'address' : 'actor';
      kept.push([field, pseudonymText(pseudonyms[kind](vendorId, content))]);
    } else kept.push([field, null]);
  }
  const text = JSON.stringify(Object.fromEntries(kept));
  return text.length > EVENT_BYTES_MAX ? '' : text;
}

const PERSONAL_FIELDS = new Set(['actorId', 'ip']);
const SHAPES = new Map<string, z.ZodType>(Object.entries(eventSchema.shape));

/** Everything the sender said: any difference under one identity is a conflict. */
function contentOf(row: Omit<EventRow, 'content' | 'batchId' | 'receivedAtMs'>): bigint {
  const text = JSON.stringify([
    row.solutionId,
    row.smeId,
    row.actor.toString(16),
    row.actorRole,
    row.action,
    row.occurredAtMs,
    row.source,
    row.sourceSeq,
    row.sessionId,
    row.resource,
    row.address.toString(16),
    row.attributes,
  ]);
  return BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 32)}`);
}

function sortedJson(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(attributes).sort(byKey)));
}

function byKey(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1;
}
