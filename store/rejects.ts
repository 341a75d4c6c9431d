import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { instantCell } from './text.ts';

/** A refused event, or an id that came back with other content, kept for its vendor to mend. */
export interface Reject {
  readonly batchId: string;
  readonly vendorId: string;
  readonly index: number;
  readonly id: string | null;
  readonly code: string;
  readonly detail: string;
  readonly receivedAtMs: number;
  /** The event as sent, personal fields as pseudonyms, JSON; empty where it could not be read. */
  readonly event: string;
}

/** Where a page of rejects starts: after this row. */
export interface RejectCursor {
  readonly receivedAtMs: number;
  readonly batchId: string;
  readonly index: number;
}

export async function insertRejects(db: Database, rejects: readonly Reject[]): Promise<void> {
  const rows = rejects.map((r) => [
    r.batchId,
    r.vendorId,
    r.index,
    r.id,
    r.code,
    r.detail,
    r.event,
    instantCell(r.receivedAtMs),
  ]);
  await insertRows(db.writer, 'rejects_v1', COLUMNS, rows);
}

/** Rejects of one vendor, or of all, in the order of receipt; one that was written twice once. */
export async function listRejects(
  db: Database,
  page: {
    readonly vendorId: string | null;
    readonly after: RejectCursor | null;
    readonly limit: number;
  },
): Promise<Reject[]> {
  const rows = await rejectPage(db, {
    vendorId: page.vendorId ?? '',
    afterMs: page.after?.receivedAtMs ?? -1,
    afterBatch: page.after?.batchId ?? '',
    afterIndex: page.after?.index ?? 0,
    limit: page.limit,
  });
  return rows.map((row) => ({
    batchId: row.batch_id,
    vendorId: row.vendor_id,
    index: row.event_index,
    id: row.event_id,
    code: row.code,
    detail: row.detail,
    receivedAtMs: row.received_ms,
    event: row.event,
  }));
}

const COLUMNS = [
  'batch_id',
  'vendor_id',
  'event_index',
  'event_id',
  'code',
  'detail',
  'event',
  'received_at',
];

const rejectPage = defineQuery({
  name: 'rejects.page',
  sql: `SELECT batch_id, vendor_id, event_index, event_id, code, detail,
      toUnixTimestamp64Milli(received_at) AS received_ms, event
    FROM rejects_v1
    WHERE ({vendorId:String} = '' OR vendor_id = {vendorId:String})
      AND (received_ms, batch_id, event_index)
        > ({afterMs:Int64}, {afterBatch:String}, {afterIndex:UInt32})
    ORDER BY received_ms, batch_id, event_index
    LIMIT 1 BY batch_id, event_index
    LIMIT {limit:UInt32}`,
  row: z.strictObject({
    batch_id: z.string(),
    vendor_id: z.string(),
    event_index: countColumn,
    event_id: z.string().nullable(),
    code: z.string(),
    detail: z.string(),
    received_ms: integerColumn,
    event: z.string(),
  }),
});
