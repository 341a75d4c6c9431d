import { z } from 'zod';
import { REJECTS_BYTES_MAX, REJECTS_SEARCH_S } from '../core/limits.ts';
import { LAST_MS } from '../core/time.ts';
import type { Database } from './clickhouse.ts';
import { instant } from './counted.ts';
import { insertBytes } from './insert.ts';
import { MEMORY, type Memory, settingsOf } from './memory.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

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

/** A refused event without what it shares with its request. */
export type OwnReject = Omit<Reject, 'batchId' | 'vendorId' | 'receivedAtMs'>;

/** What is the refused event's own in its line, behind `batchCells` of its request. */
export function rejectTail(r: OwnReject): string {
  return [r.index, r.id, r.detail, r.event, r.code].map(cell).join('\t');
}

/** The places of refused events in their request, of whole lines. */
export function rejectIndexesIn(lines: Buffer): number[] {
  const texts = lines.toString('utf8').split('\n').slice(0, -1);
  return texts.map((text) => Number(text.split('\t', INDEX_CELL + 1)[INDEX_CELL]));
}

/** @param lines with their ends, in pieces; few pieces go to the engine at once */
export async function insertRejects(db: Database, lines: readonly Uint8Array[]): Promise<void> {
  let [pieces, bytes]: [Uint8Array[], number] = [[], 0];
  for (const piece of lines) {
    if (piece.length === 0) continue;
    if (bytes > 0 && bytes + piece.length > REJECTS_BYTES_MAX) {
      await insertBytes(db, 'rejects_v1', COLUMNS, pieces);
      [pieces, bytes] = [[], 0];
    }
    pieces.push(piece);
    bytes += piece.length;
  }
  if (bytes > 0) await insertBytes(db, 'rejects_v1', COLUMNS, pieces);
}

/** What a page of rejects is asked for. */
export interface RejectQuestion {
  readonly vendorId: string | null;
  readonly code?: string | undefined;
  /** Only what claims to be of this firm's use of a solution, in this time. */
  readonly claimed?: ClaimedUse | undefined;
  readonly after: RejectCursor | null;
  readonly limit: number;
}

/** What a refused event says of itself, where it could be read. */
export interface ClaimedUse {
  readonly solutionId: string;
  readonly smeId: string;
  /** Null: also what claims no time that can be read. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** The time that a refused event claims; 1970 where it cannot be read. */
export const CLAIMED_TIME = `parseDateTime64BestEffortOrZero(
  JSONExtractString(event, 'occurredAt'), 3, 'UTC')`;

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

/** As `batchCells` and `rejectTail` write them; the last is never empty or free text. */
const COLUMNS = [
  'vendor_id',
  'batch_id',
  'received_at',
  'event_index',
  'event_id',
  'detail',
  'event',
  'code',
];
const INDEX_CELL = COLUMNS.indexOf('event_index');

/**
 * Of the whole list, one by one; each on a column as it is stored, or the table is read whole. What an
 * event claims is read of those that are left.
 */
function conditionsOf({ vendorId, code, claimed, after }: RejectQuestion): string[] {
  return [
    ...(vendorId === null ? [] : [`vendor_id = ${literal(vendorId)}`]),
    ...(code === undefined ? [] : [`code = ${literal(code)}`]),
    ...(after === null ? [] : behind(after)),
    ...(claimed === undefined ? [] : claims(claimed)),
  ];
}

function claims({ solutionId, smeId, fromMs, untilMs }: ClaimedUse): string[] {
  return [
    `JSONExtractString(event, 'solutionId') = ${literal(solutionId)}`,
    `JSONExtractString(event, 'smeId') = ${literal(smeId)}`,
    ...(fromMs === null ? [] : [`${CLAIMED_TIME} >= ${instant(fromMs)}`]),
    ...(untilMs === null ? [] : [`${CLAIMED_TIME} < ${instant(untilMs)}`]),
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

/** All refused events of the vendor behind the cursor may be looked through for one page. */
const SEARCH_TIME = `, max_execution_time = ${REJECTS_SEARCH_S}`;

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
      SETTINGS ${settingsOf(memory)}${question.claimed === undefined ? '' : SEARCH_TIME}`;
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
