import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import { CLOCK_AHEAD_MAX_MS, OLDEST_EVENT_DATE } from '../../core/limits.ts';
import { interactionsOf, LOGIN } from '../../core/normalFlow.ts';
import { civilDate, parseInstant, startOfDay } from '../../core/time.ts';
import type { StoredEvent } from '../helpers/storedEvents.ts';
import { registryOf, storedEvent } from '../helpers/world.ts';

/** A data set of real use in the form of `samples/`, as it lies in the store after ingest. */
export interface Sample {
  readonly entries: readonly RegistryEntry[];
  readonly events: readonly StoredEvent[];
}

export function readSample(folder: string): Sample {
  const entries = lines(readFileSync(join(folder, 'registry.ndjson'), 'utf8')).map((line) => {
    const { kind, id, ...body } = JSON.parse(line);
    return registryEntrySchema.parse({ kind, id, body });
  });
  const registry = registryOf(entries);
  const batches = gunzipSync(readFileSync(join(folder, 'batches.ndjson.gz'))).toString('utf8');
  const known = new Map<string, StoredEvent>();
  for (const line of lines(batches)) {
    const { vendorId, receivedAt, events } = JSON.parse(line);
    const receivedAtMs = parseInstant(receivedAt) ?? Number.NaN;
    for (const event of events) {
      const occurredAtMs = parseInstant(event.occurredAt) ?? Number.NaN;
      const solution = registry.solution(event.solutionId);
      const actions = new Set([LOGIN, ...(solution?.versions ?? []).flatMap(interactionsOf)]);
      const accepted =
        solution?.vendorId === vendorId &&
        registry.sme(event.smeId) !== undefined &&
        actions.has(event.action) &&
        occurredAtMs <= receivedAtMs + CLOCK_AHEAD_MAX_MS &&
        occurredAtMs >= startOfDay(civilDate(OLDEST_EVENT_DATE));
      const key = `${vendorId} ${event.id}`;
      const standing = known.get(key)?.receivedAtMs ?? Number.POSITIVE_INFINITY;
      if (!accepted || standing <= receivedAtMs) continue;
      known.set(
        key,
        storedEvent({
          vendorId,
          solutionId: event.solutionId,
          smeId: event.smeId,
          eventId: event.id,
          actor: pseudonym(vendorId, event.actorId),
          actorRole: event.actorRole,
          action: event.action,
          occurredAtMs,
          receivedAtMs,
        }),
      );
    }
  }
  return { entries, events: [...known.values()] };
}

/** Stands for the keyed pseudonym: equal for equal names of one vendor. */
export function pseudonym(vendorId: string, name: string): bigint {
  return createHash('sha256').update(`${vendorId} ${name}`).digest().readBigUInt64BE() | 1n;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
