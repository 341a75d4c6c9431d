import type { PendingBatch } from '../../ingest/writer.ts';
import type { StoredEvent } from '../../store/events.ts';
import { storedEvent } from './world.ts';

let batches = 0;

/** A request as the writer gets it: its events, and how many others were refused. */
export function offer(events: readonly Partial<StoredEvent>[], refused = 0): PendingBatch {
  batches += 1;
  const [batchId, receivedAtMs] = [
    `batch-${batches}`,
    events[0]?.receivedAtMs ?? 2_000_000_000_000,
  ];
  return {
    batch: {
      batchId,
      vendorId: 'v',
      keyId: 'k',
      receivedAtMs,
      received: events.length + refused,
      accepted: events.length,
      rejected: refused,
      simulated: false,
    },
    rows: events.map((fields, index) => {
      const {
        seq: _seq,
        supersedes: _supersedes,
        ...row
      } = storedEvent({ receivedAtMs, ...fields, batchId });
      return { index, row };
    }),
    rejects: Array.from({ length: refused }, (_, i) => ({
      batchId,
      vendorId: 'v',
      index: events.length + i,
      id: null,
      code: 'malformed',
      detail: 'd',
      receivedAtMs,
      event: '',
    })),
  };
}
