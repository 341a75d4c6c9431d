import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { insertLines } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, instantCell } from './text.ts';

/**
 * Events that stand, and the identities behind them. `events_v1` holds one row an identity, the
 * first accepted; `event_ids_v1` answers whether an identity is known. An event's row is written
 * before its identity: a crash between leaves an event that `reconcile` makes known again, never an
 * identity without its event.
 */
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
  /** Keyed pseudonym; 0 = none was sent. */
  readonly address: bigint;
  /** JSON, or empty. */
  readonly attributes: string;
  /** 128 bits over everything the sender said of the event. */
  readonly content: bigint;
  readonly batchId: string;
  /** The stored event that this one, received earlier under the same identity, takes the place of. */
  readonly supersedes: number | null;
}

export interface KnownIdentity {
  readonly seq: number;
  readonly receivedAtMs: number;
  readonly content: bigint;
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
  const rows = await identityRows(db, { identities });
  return new Map(
    rows.map((r) => [
      identityKey(r.vendor_id, r.event_id),
      { seq: r.seq, receivedAtMs: r.received_ms, content: BigInt(r.content) },
    ]),
  );
}

/** Durable when it resolves; where it throws, some months of the rows may be stored. */
export async function insertEvents(db: Database, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  await insertLines(db.writer, 'events_v1', EVENT_COLUMNS, events.map(eventLine));
}

export async function insertIdentities(
  db: Database,
  events: readonly StoredEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const superseding = events.filter((e) => e.supersedes !== null);
  if (superseding.length > 0) {
    const lines = superseding.map((e) => `${e.supersedes}\t${e.seq}`);
    await insertLines(db.writer, 'superseded_v1', ['seq', 'by_seq'], lines);
  }
  const lines = events.map(
    (e) =>
      `${cell(e.vendorId)}\t${cell(e.eventId)}\t${e.seq}\t${instantCell(e.receivedAtMs)}\t${e.content}`,
  );
  await insertLines(db.writer, 'event_ids_v1', IDENTITY_COLUMNS, lines);
}

/** Makes known every stored event whose identity a crash kept from being written. */
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

const EVENT_COLUMNS = [
  'seq',
  'vendor_id',
  'solution_id',
  'sme_id',
  'event_id',
  'actor',
  'actor_role',
  'action',
  'occurred_at',
  'received_at',
  'source',
  'source_seq',
  'session_id',
  'resource',
  'address',
  'attributes',
  'content',
  'batch_id',
  'supersedes',
];
const IDENTITY_COLUMNS = ['vendor_id', 'event_id', 'seq', 'received_at', 'content'];

function eventLine(e: StoredEvent): string {
  return [
    e.seq,
    cell(e.vendorId),
    cell(e.solutionId),
    e.smeId,
    cell(e.eventId),
    e.actor,
    e.actorRole,
    cell(e.action),
    instantCell(e.occurredAtMs),
    instantCell(e.receivedAtMs),
    cell(e.source),
    cell(e.sourceSeq),
    cell(e.sessionId),
    cell(e.resource),
    e.address,
    cell(e.attributes),
    e.content,
    e.batchId,
    cell(e.supersedes),
  ].join('\t');
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
  sql: (p: { identities: readonly { vendorId: string; eventId: string }[] }) => {
    const rows = p.identities.map((i) => `${cell(i.vendorId)}\t${cell(i.eventId)}`);
    const asked = inlineRows('vendor_id String, event_id String', rows);
    return `SELECT vendor_id, event_id,
        argMin(seq, (received_at, seq)) AS seq,
        toUnixTimestamp64Milli(min(received_at)) AS received_ms,
        toString(argMin(content, (received_at, event_ids_v1.seq))) AS content
      FROM event_ids_v1
      WHERE (vendor_id, event_id) IN (SELECT vendor_id, event_id FROM ${asked})
      GROUP BY vendor_id, event_id`;
  },
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
