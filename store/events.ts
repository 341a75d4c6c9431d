import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { contentColumn } from './content.ts';
import { TEXT_COLUMNS } from './eventText.ts';
import { storeFailure } from './failure.ts';
import { insertLines } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { withRows } from './rowFiles.ts';
import { batchCells, type EventRow, rowTail, STAGED_COLUMNS, stagedRow } from './stagedRow.ts';
import { cell, instantCell } from './text.ts';

/**
 * Events that stand, and the identities behind them. `events_v1` holds one row an identity, the
 * first accepted; `event_ids_v1` answers whether an identity is known. An event's row is written
 * before its identity: what a crash leaves between is an event whose range is loaded again.
 */

export interface KnownIdentity {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly content: string;
}

/** One key for a Map; vendor ids hold no space. */
export function identityKey(vendorId: string, eventId: string): string {
  return `${vendorId} ${eventId}`;
}

/** What stands under each identity, by `identityKey`; unknown ones are absent. */
export async function findIdentities(
  db: Database,
  identities: readonly { readonly vendorId: string; readonly eventId: string }[],
): Promise<Map<string, KnownIdentity>> {
  if (identities.length === 0) return new Map();
  const lines = identities.map((i) => `${cell(i.vendorId)}\t${cell(i.eventId)}`);
  const columns = 'vendor_id String, event_id String';
  const rows = await withRows(db, columns, lines, (asked) => identityRows(db, { asked }));
  return new Map(
    rows.map((r) => [
      identityKey(r.vendor_id, r.event_id),
      { seq: r.seq, receivedAtMs: r.received_ms, content: r.content },
    ]),
  );
}

/**
 * Which of the rows are stored already, by their sequence numbers. Looked up by their place in the
 * table: the cost is that of the rows asked, not that of all that is stored.
 */
export async function findStored(db: Database, rows: readonly EventRow[]): Promise<Set<number>> {
  if (rows.length === 0) return new Set();
  const places = rows.map(({ seq, text }) => {
    const cells = text.split('\t', OCCURRED_CELL + 1);
    return `${cells[0]}\t${cells[1]}\t${cells[OCCURRED_CELL]}\t${seq}`;
  });
  const stored = await withRows(db, PLACE_COLUMNS, places, (asked) => storedRows(db, { asked }));
  return new Set(stored.map((row) => row.seq));
}

/**
 * Throws while an insert of ours still runs: one whose answer was lost may end later, and what it
 * stores is not there to be seen yet.
 */
export async function assertNoInsertRuns(db: Database): Promise<void> {
  const [row] = await runningInserts(db, {});
  if (row?.inserts !== 0) throw storeFailure('an insert without an answer still runs');
}

/**
 * Durable when it resolves; where it throws, some months of the rows may be stored.
 * @param supersedes by sequence number: the stored event whose place a row takes
 */
export async function insertEvents(
  db: Database,
  rows: readonly EventRow[],
  supersedes: ReadonlyMap<number, number> = new Map(),
): Promise<void> {
  if (rows.length === 0) return;
  const lines = eventLines(rows, supersedes);
  await insertLines(db, 'events_v1', EVENT_COLUMNS, lines, tokenOf(rows));
}

/** The rows as TabSeparated lines of `EVENT_COLUMNS`. */
function eventLines(rows: readonly EventRow[], supersedes: ReadonlyMap<number, number>): string[] {
  let batch: EventRow | undefined;
  let common = '';
  return rows.map((row) => {
    if (row.batchId !== batch?.batchId || row.receivedAtMs !== batch.receivedAtMs) {
      batch = row;
      common = batchCells(row);
    }
    const replaced = supersedes.get(row.seq) ?? '\\N';
    return `${stagedRow(row.seq, common, rowTail(row))}\t${row.content}\t${replaced}`;
  });
}

export async function insertIdentities(
  db: Database,
  rows: readonly EventRow[],
  supersedes: ReadonlyMap<number, number> = new Map(),
): Promise<void> {
  if (rows.length === 0) return;
  if (supersedes.size > 0) {
    const lines = [...supersedes].map(([by, seq]) => `${seq}\t${by}`);
    await insertLines(db, 'superseded_v1', ['seq', 'by_seq'], lines);
  }
  const lines: string[] = [];
  let receivedAtMs = Number.NaN;
  let received = '';
  for (const row of rows) {
    if (row.receivedAtMs !== receivedAtMs) {
      receivedAtMs = row.receivedAtMs;
      received = instantCell(receivedAtMs);
    }
    const { vendorId, eventId, seq, content } = row;
    lines.push(`${cell(vendorId)}\t${cell(eventId)}\t${seq}\t${received}\t${content}`);
  }
  await insertLines(db, 'event_ids_v1', IDENTITY_COLUMNS, lines, tokenOf(rows));
}

/**
 * Makes known the events of a range that a crash left without identities, where its part of the
 * spool is gone and nothing loads it again. Ranges come in the order of their numbers, so it is the
 * last ones that lack them, and where no insert runs any more those are all. Reads the numbers of all
 * that is stored.
 */
export async function reconcileIdentities(db: Database): Promise<void> {
  try {
    for (const query of RECONCILE) {
      await db.writer.command({
        query,
        clickhouse_settings: { log_comment: 'events.reconcile' },
      });
    }
  } catch (cause) {
    throw storeFailure('identities could not be reconciled', cause);
  }
}

/** The highest sequence number ever stored, and the latest received time; 0 for an empty store. */
export async function lastStored(db: Database): Promise<{ seq: number; receivedAtMs: number }> {
  const [row] = await lastStoredRow(db, {});
  if (row === undefined) throw storeFailure('events.last answered no row');
  return { seq: row.seq, receivedAtMs: row.received_ms };
}

export const EVENT_COLUMNS = [...STAGED_COLUMNS, 'content', 'supersedes'];
export const IDENTITY_COLUMNS = ['vendor_id', 'event_id', 'seq', 'received_at', 'content'];
const PLACE_COLUMNS =
  "solution_id String, sme_id String, occurred_at DateTime64(3, 'UTC'), seq UInt64";
const OCCURRED_CELL = TEXT_COLUMNS.indexOf('occurred_at');

/** What one insert of rows is known by, should it come twice. */
function tokenOf(rows: readonly EventRow[]): string {
  const [first, last] = [rows[0], rows.at(-1)];
  return `${first?.batchId} ${first?.seq} ${last?.batchId} ${last?.seq} ${rows.length}`;
}

/** Both are idempotent: what is known already is left out. */
const RECONCILE = [
  `INSERT INTO event_ids_v1 (vendor_id, event_id, seq, received_at, content)
   SELECT vendor_id, event_id, seq, received_at, content FROM events_v1
   WHERE seq > (SELECT max(seq) FROM event_ids_v1)`,
  `INSERT INTO superseded_v1 (seq, by_seq)
   SELECT assumeNotNull(supersedes), seq FROM events_v1
   WHERE supersedes IS NOT NULL AND seq NOT IN (SELECT by_seq FROM superseded_v1)`,
];

const identityRows = defineQuery({
  name: 'events.identities',
  sql: (p: { asked: string }) =>
    `SELECT vendor_id, event_id,
        argMin(seq, (received_at, seq)) AS seq,
        toUnixTimestamp64Milli(min(received_at)) AS received_ms,
        toString(argMin(content, (received_at, event_ids_v1.seq))) AS content
      FROM event_ids_v1
      WHERE (vendor_id, event_id) IN (SELECT vendor_id, event_id FROM ${p.asked})
      GROUP BY vendor_id, event_id`,
  row: z.strictObject({
    vendor_id: z.string(),
    event_id: z.string(),
    seq: countColumn,
    received_ms: integerColumn,
    content: contentColumn,
  }),
});

const lastStoredRow = defineQuery({
  name: 'events.last',
  sql: `SELECT max(seq) AS seq, toUnixTimestamp64Milli(max(received_at)) AS received_ms FROM events_v1`,
  row: z.strictObject({ seq: countColumn, received_ms: integerColumn }),
});

const storedRows = defineQuery({
  name: 'events.stored',
  sql: (p: { asked: string }) =>
    `SELECT seq FROM events_v1 WHERE (solution_id, sme_id, occurred_at, seq) IN
      (SELECT solution_id, sme_id, occurred_at, seq FROM ${p.asked})`,
  row: z.strictObject({ seq: countColumn }),
});

const runningInserts = defineQuery({
  name: 'events.running',
  sql: `SELECT count() AS inserts FROM system.processes
    WHERE Settings['log_comment'] IN ('insert events_v1', 'insert event_ids_v1')`,
  row: z.strictObject({ inserts: countColumn }),
});
