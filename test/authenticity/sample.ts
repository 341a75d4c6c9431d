import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import { parseInstant } from '../../core/time.ts';
import { Judge } from '../../ingest/accept.ts';
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
    const judge = new Judge({ vendorId, receivedAtMs, registry });
    for (const [index, value] of (events as unknown[]).entries()) {
      const judged = judge.judge(index, value);
      if (!('event' in judged)) continue;
      const { id: eventId, actorId, ip, solutionId, smeId, actorRole, action } = judged.event;
      const key = `${vendorId} ${eventId}`;
      const standing = known.get(key)?.receivedAtMs ?? Number.POSITIVE_INFINITY;
      if (standing <= receivedAtMs) continue;
      const { occurredAtMs } = judged.event;
      const what = { solutionId, smeId, eventId, actorRole, action, occurredAtMs, receivedAtMs };
      const actor = pseudonym(vendorId, actorId);
      const address = ip === null ? 0n : pseudonym(vendorId, `address ${ip}`);
      known.set(key, storedEvent({ vendorId, actor, address, ...what }));
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
