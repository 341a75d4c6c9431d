import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { insertLines } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { withRows } from './rowFiles.ts';
import { cell, instantCell, uncell } from './text.ts';

/**
 * Events that stand, and the identities behind them. `events_v1` holds one row an identity, the
 * first accepted; `event_ids_v1` answers whether an identity is known. An event's row is written
 * before its identity: what a crash leaves between is an event whose range is loaded again.
 */

/** What the sender said of an event beside its id, persons as pseudonyms. */
export interface EventFields {
  readonly solutionId: string;
  readonly smeId: string;
  /** Keyed pseudonym, 64 bits, decimal. */
  readonly actor: string;
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly source: string;
  readonly sourceSeq: number | null;
  readonly sessionId: string;
  readonly resource: string;
  /** JSON, or empty. */
  readonly attributes: string;
  /** Keyed pseudonym, decimal; 0 = none was sent. */
  readonly address: string;
}

/** An event on its way into the store: most of it is text already, made once, on acceptance. */
export interface EventRow {
  readonly seq: number;
  readonly vendorId: string;
  readonly eventId: string;
  readonly batchId: string;
  readonly receivedAtMs: number;
  /** 128 bits over everything the sender said of the event, decimal. */
  readonly content: string;
  /** The fields as `eventText` writes them. */
  readonly text: string;
}

export interface KnownIdentity {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly content: string;
}

/**
 * The fields as cells of a TabSeparated row. The digest of an event's content is of this text:
 * another form of it makes every event that is sent again a conflict.
 */
export function eventText(e: EventFields): string {
  return `${cell(e.solutionId)}\t${e.smeId}\t${e.actor}\t${e.actorRole}\t${cell(e.action)}\t${instantCell(e.occurredAtMs)}\t${cell(e.source)}\t${e.sourceSeq ?? '\\N'}\t${cell(e.sessionId)}\t${cell(e.resource)}\t${cell(e.attributes)}\t${e.address}`;
}

/** The cells of `eventText` by their columns, unescaped; null for an absent number. */
export function eventCells(text: string): Readonly<Record<string, string | null>> {
  const cells = text.split('\t').map(uncell);
  return Object.fromEntries(TEXT_COLUMNS.map((column, i) => [column, cells[i] ?? null]));
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
    const replaced = supersedes.size === 0 ? undefined : supersedes.get(row.seq);
    return `${row.seq}\t${replaced ?? '\\N'}\t${common}\t${cell(row.eventId)}\t${row.content}\t${row.text}`;
  });
}

/** The cells that all events of a request share. */
export function batchCells(batch: Pick<EventRow, 'vendorId' | 'batchId' | 'receivedAtMs'>): string {
  return `${cell(batch.vendorId)}\t${cell(batch.batchId)}\t${instantCell(batch.receivedAtMs)}`;
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
 * Makes known the events of a range that a crash left without identities, where its spool is gone
 * and nothing loads it again. Ranges come in the order of their numbers, so it is the last ones that
 * lack them. Reads the numbers of all that is stored.
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

/** In the order of `eventText`; the last is never empty or free text. */
export const TEXT_COLUMNS = [
  'solution_id',
  'sme_id',
  'actor',
  'actor_role',
  'action',
  'occurred_at',
  'source',
  'source_seq',
  'session_id',
  'resource',
  'attributes',
  'address',
];
export const EVENT_COLUMNS = [
  'seq',
  'supersedes',
  'vendor_id',
  'batch_id',
  'received_at',
  'event_id',
  'content',
  ...TEXT_COLUMNS,
];
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
    content: z.string().regex(/^\d+$/),
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
