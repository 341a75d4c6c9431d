import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { insertLines } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, instantCell } from './text.ts';

/** One answered request of events. */
export interface Batch {
  readonly batchId: string;
  readonly vendorId: string;
  readonly keyId: string;
  readonly receivedAtMs: number;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly simulated: boolean;
}

/** A batch with the number of its first accepted event; 0 where it has none. */
export interface NumberedBatch extends Batch {
  readonly firstSeq: number;
}

export async function insertBatches(
  db: Database,
  batches: readonly NumberedBatch[],
): Promise<void> {
  if (batches.length === 0) return;
  const lines = batches.map((b) =>
    [
      b.batchId,
      b.vendorId,
      b.keyId,
      instantCell(b.receivedAtMs),
      b.received,
      b.accepted,
      b.rejected,
      b.simulated ? 1 : 0,
      b.firstSeq,
    ]
      .map(cell)
      .join('\t'),
  );
  await insertLines(db, 'batches_v1', COLUMNS, lines);
}

export async function findBatch(db: Database, batchId: string): Promise<Batch | undefined> {
  const [row] = await batchById(db, { batchId });
  if (row === undefined) return undefined;
  return {
    batchId,
    vendorId: row.vendor_id,
    keyId: row.key_id,
    receivedAtMs: row.received_ms,
    received: row.received,
    accepted: row.accepted,
    rejected: row.rejected,
    simulated: row.simulated === 1,
  };
}

const COLUMNS = [
  'batch_id',
  'vendor_id',
  'key_id',
  'received_at',
  'received',
  'accepted',
  'rejected',
  'simulated',
  'first_seq',
];

const batchById = defineQuery({
  name: 'batches.byId',
  sql: `SELECT vendor_id, key_id, toUnixTimestamp64Milli(received_at) AS received_ms,
      received, accepted, rejected, simulated
    FROM batches_v1 WHERE batch_id = {batchId:String} LIMIT 1`,
  row: z.strictObject({
    vendor_id: z.string(),
    key_id: z.string(),
    received_ms: integerColumn,
    received: countColumn,
    accepted: countColumn,
    rejected: countColumn,
    simulated: z.int(),
  }),
});
