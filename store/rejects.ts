import { z } from 'zod';
import { LAST_MS } from '../core/time.ts';
import type { Database } from './clickhouse.ts';
import { insertLines } from './insert.ts';
import { MEMORY, type Memory, settingsOf } from './memory.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, instantCell, literal } from './text.ts';

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
  if (rejects.length === 0) return;
  const lines = rejects.map((r) => {
    const at = instantCell(r.receivedAtMs);
    const cells = [r.batchId, r.vendorId, r.index, r.id, r.code, r.detail, r.event, at];
    return cells.map(cell).join('\t');
  });
  await insertLines(db, 'rejects_v1', COLUMNS, lines);
}

/** What a page of rejects is asked for. */
export interface RejectQuestion {
  readonly vendorId: string | null;
  readonly after: RejectCursor | null;
  readonly limit: number;
}

/** Rejects of one vendor, or of all, in the order of receipt; one that was written twice once. */
export async function listRejects(
  db: Database,
  question: RejectQuestion,
  memory: Memory = MEMORY,
): Promise<Reject[]> {
  const rows = await rejectPage(db, { question, memory });
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

/** Of the whole list, one by one; each on a column as it is stored, or the table is read whole. */
function conditionsOf({ vendorId, after }: RejectQuestion): string[] {
  return [
    ...(vendorId === null ? [] : [`vendor_id = ${literal(vendorId)}`]),
    ...(after === null ? [] : behind(after)),
  ];
}

/** The time also by itself: of a pair the engine does not find the place in the table. */
function behind({ receivedAtMs, batchId, index }: RejectCursor): string[] {
  const ms = Math.min(Math.max(0, receivedAtMs), LAST_MS);
  const at = `fromUnixTimestamp64Milli(${ms}, 'UTC')`;
  const last = inlineRows('b String, i UInt32', [`${cell(batchId)}\t${index}`]);
  return [
    `received_at >= ${at}`,
    `(received_at > ${at} OR (batch_id, event_index) > (SELECT (b, i) FROM ${last}))`,
  ];
}

const KEY = 'received_at, batch_id, event_index';

/** The page is picked by its keys: the events themselves, which are large, are read for it alone. */
const rejectPage = defineQuery({
  name: 'rejects.page',
  sql: ({ question, memory }: { question: RejectQuestion; memory: Memory }) => {
    const conditions = conditionsOf(question).map((condition) => `AND ${condition}`);
    return `SELECT batch_id, vendor_id, event_index, event_id, code, detail,
        toUnixTimestamp64Milli(received_at) AS received_ms, event
      FROM rejects_v1
      WHERE (vendor_id, ${KEY}) IN (
        SELECT vendor_id, ${KEY} FROM rejects_v1
        WHERE 1 ${conditions.join(' ')}
        ORDER BY ${KEY}
        LIMIT 1 BY batch_id, event_index
        LIMIT ${question.limit}
      )
      ORDER BY ${KEY}
      LIMIT 1 BY batch_id, event_index
      SETTINGS ${settingsOf(memory)}`;
  },
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
