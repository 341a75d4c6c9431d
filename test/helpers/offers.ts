import type { PendingBatch } from '../../ingest/spoolBatch.ts';
import { rejectTail } from '../../store/rejects.ts';
import { rowTail } from '../../store/stagedRow.ts';
import { rowOf, type StoredEvent, tailsOf } from './storedEvents.ts';
import { storedEvent } from './world.ts';

let batches = 0;

/** A request as the writer gets it: its events, and how many others were refused. */
export function offer(events: readonly Partial<StoredEvent>[], refused = 0): PendingBatch {
  batches += 1;
  const [batchId, vendorId, receivedAtMs] = [
    `batch-${batches}`,
    events[0]?.vendorId ?? 'v',
    events[0]?.receivedAtMs ?? 2_000_000_000_000,
  ];
  return {
    batch: {
      batchId,
      vendorId,
      keyId: 'k',
      receivedAtMs,
      received: events.length + refused,
      accepted: events.length,
      rejected: refused,
      simulated: false,
    },
    rows: tailsOf(
      events.map((fields) => {
        const event = storedEvent(fields);
        // The engine makes the content of all that is said: what tests call another, is another.
        return rowTail(rowOf({ ...event, sessionId: `content ${event.content}` }));
      }),
    ),
    rejects: tailsOf(
      Array.from({ length: refused }, (_, i) =>
        rejectTail({
          index: events.length + i,
          id: null,
          code: 'malformed',
          detail: 'd',
          event: '',
        }),
      ),
    ),
  };
}
