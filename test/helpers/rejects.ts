import type { RowTails } from '../../ingest/rowTails.ts';
import type { PendingBatch } from '../../ingest/spoolBatch.ts';
import type { Database } from '../../store/clickhouse.ts';
import * as store from '../../store/rejects.ts';
import { batchCells } from '../../store/stagedRow.ts';
import { uncell } from '../../store/text.ts';

/** Refused events as the spool keeps them. */
export function rejectLines(rejects: readonly store.Reject[]): Buffer {
  return Buffer.from(rejects.map((r) => `${batchCells(r)}\t${store.rejectTail(r)}\n`).join(''));
}

/** Refused events in the store. */
export async function insertRejects(db: Database, rejects: readonly store.Reject[]): Promise<void> {
  await store.insertRejects(db, [rejectLines(rejects)]);
}

/** The refused events of a batch, read back. */
export function rejectsIn({ batch, rejects }: PendingBatch): store.Reject[] {
  const { batchId, vendorId, receivedAtMs } = batch;
  return refusedIn(rejects).map((refused) => ({ ...refused, batchId, vendorId, receivedAtMs }));
}

/** What is their own of refused events, read back. */
export function refusedIn(rejects: RowTails): store.OwnReject[] {
  const tail = Buffer.alloc(rejects.bytes);
  return Array.from({ length: rejects.length }, (_, row) => {
    const cells = tail
      .toString('utf8', 0, rejects.copy(row, tail, 0))
      .split('\t')
      .map(uncell);
    const [index, id = null, detail, event, code] = cells;
    return {
      index: Number(index),
      id,
      code: code ?? '',
      detail: detail ?? '',
      event: event ?? '',
    };
  });
}

/** What the store lists of one batch. */
export async function listedOf(db: Database, batchId: string): Promise<store.Reject[]> {
  const listed = await store.listRejects(db, { vendorId: null, after: null, limit: 1_000 });
  return listed.filter((reject) => reject.batchId === batchId);
}
