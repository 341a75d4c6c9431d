import { FlowproofError } from '../../core/errors.ts';
import type { OfferedRow } from '../../ingest/identity.ts';
import { ReceivedTimes } from '../../ingest/receivedTimes.ts';
import { RowTails } from '../../ingest/rowTails.ts';
import {
  decodeBatch,
  encodeBatch,
  type PendingBatch,
  type SpooledBatch,
} from '../../ingest/spoolBatch.ts';
import type { BatchWriter, EventWriter } from '../../ingest/writer.ts';
import type { Database } from '../../store/clickhouse.ts';
import * as store from '../../store/events.ts';
import { eventText } from '../../store/eventText.ts';
import { type EventRow, readStagedRow, stagedRow } from '../../store/stagedRow.ts';
import { refusedIn } from './rejects.ts';

/** An event as tests say it, field by field; the store takes it as text. */
export interface StoredEvent {
  readonly seq: number;
  readonly vendorId: string;
  readonly solutionId: string;
  readonly smeId: string;
  readonly eventId: string;
  /** Keyed pseudonym, 64 bits. */
  readonly actor: bigint;
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly source: string;
  readonly sourceSeq: number | null;
  readonly sessionId: string;
  readonly resource: string;
  readonly address: bigint;
  readonly attributes: string;
  readonly content: bigint;
  readonly batchId: string;
  readonly supersedes: number | null;
}

export function rowOf(event: StoredEvent): EventRow {
  const { seq, vendorId, eventId, batchId, receivedAtMs, content, ...fields } = event;
  const { actor, address } = fields;
  return {
    seq,
    vendorId,
    eventId,
    batchId,
    receivedAtMs,
    content: String(content),
    text: eventText({ ...fields, actor: String(actor), address: String(address) }),
  };
}

export async function insertEvents(db: Database, events: readonly StoredEvent[]): Promise<void> {
  await store.insertEvents(db, events.map(rowOf), supersedesOf(events));
}

export async function insertIdentities(
  db: Database,
  events: readonly StoredEvent[],
): Promise<void> {
  await store.insertIdentities(db, events.map(rowOf), supersedesOf(events));
}

function supersedesOf(events: readonly StoredEvent[]): Map<number, number> {
  return new Map(
    events.flatMap(({ seq, supersedes }) => (supersedes === null ? [] : [[seq, supersedes]])),
  );
}

/**
 * Numbers batches as the spool would, and stores each at once: no file between. One that failed is
 * stored before the next, as the loader does; its sender is refused as the spool would.
 */
export function directWriter(writer: EventWriter, firstSeq: number): BatchWriter {
  let nextSeq = firstSeq;
  let waiting: SpooledBatch[] = [];
  return {
    async write(pending) {
      waiting.push(spooledOf(pending, nextSeq));
      nextSeq += pending.rows.length;
      try {
        await writer.writeRange(waiting);
      } catch (cause) {
        throw new FlowproofError('ingest_unavailable', 'Not stored.', { retryAfterS: 2, cause });
      }
      waiting = [];
    },
  };
}

/** As the spool hands it on when its first event has that number. */
export function spooledOf(pending: PendingBatch, firstSeq: number): SpooledBatch {
  const place = { segment: 1, offset: 64 };
  const payload = encodeBatch(pending, firstSeq);
  const rows = pending.rows.length;
  return decodeBatch({ payload, firstSeq, rows, start: place, end: place });
}

/** The tails of rows from their texts. */
export function tailsOf(texts: readonly string[]): RowTails {
  const tails = new RowTails(0);
  for (const text of texts) tails.add(text);
  return tails;
}

/** The tails of rows as text, read back. */
export function rowsIn(rows: RowTails): Pick<EventRow, 'eventId' | 'text'>[] {
  return Array.from({ length: rows.length }, (_, row) => {
    const tail = Buffer.alloc(rows.bytes);
    const { eventId, text } = readStagedRow(
      stagedRow(0, 'vendor\tbatch\treceived', tail.toString('utf8', 0, rows.copy(row, tail, 0))),
    );
    return { eventId, text };
  });
}

/** The events of a batch, each at its place, when the first has that number; so is its content. */
export function offeredOf(pending: PendingBatch, firstSeq: number): OfferedRow[] {
  const { batch, rows, rejects } = pending;
  const { vendorId, batchId, receivedAtMs } = batch;
  const refused = new Set(refusedIn(rejects).map((reject) => reject.index));
  const places = Array.from({ length: batch.received }, (_, i) => i).filter((i) => !refused.has(i));
  return rowsIn(rows).map((row, i): OfferedRow => {
    const common = { vendorId, batchId, receivedAtMs };
    const [seq, index] = [firstSeq + i, places[i] ?? Number.NaN];
    return { ...row, ...common, seq, index, content: String(seq) };
  });
}

/** Received times of a store in which nothing was received yet. */
export function timesOf(clock: () => number): ReceivedTimes {
  return new ReceivedTimes({ clock, lastReceivedAtMs: 0, onClockBehind: () => undefined });
}
