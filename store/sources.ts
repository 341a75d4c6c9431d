import { z } from 'zod';
import type { Stretch } from '../core/sources.ts';
import { LAST_MS } from '../core/time.ts';
import type { Database } from './clickhouse.ts';
import { standing } from './counted.ts';
import { MEMORY, type Memory, settingsOf } from './memory.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/** What sends, by the vendor's own name; empty where events carry a number and no name. */
export interface SourceKey {
  readonly vendorId: string;
  readonly source: string;
}

/** Received in this time, the end exclusive. */
export interface ReceivedWithin {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface SourceCount extends SourceKey {
  /** Events that stand, with and without a number. */
  readonly events: number;
  readonly unnumbered: number;
  readonly firstReceivedMs: number;
  readonly lastReceivedMs: number;
}

/** Sources of one vendor, or of all, by vendor and name. */
export async function pageOfSources(
  db: Database,
  question: ReceivedWithin & {
    readonly vendorId: string | null;
    readonly after: SourceKey | null;
    readonly limit: number;
  },
  memory: Memory = MEMORY,
): Promise<SourceCount[]> {
  const rows = await sourceRows(db, { question, memory });
  return rows.map((row) => ({
    vendorId: row.vendor_id,
    source: row.source,
    events: row.events,
    unnumbered: row.unnumbered,
    firstReceivedMs: row.first_received_ms,
    lastReceivedMs: row.last_received_ms,
  }));
}

/**
 * The stretches of these sources, by source and then in the order of receipt; at most `limit`, so
 * that the last source of a full answer may lack some.
 */
export async function stretchesOf(
  db: Database,
  question: ReceivedWithin & { readonly keys: readonly SourceKey[]; readonly limit: number },
  memory: Memory = MEMORY,
): Promise<(SourceKey & Stretch)[]> {
  if (question.keys.length === 0) return [];
  const stretches: (SourceKey & Stretch)[] = [];
  let first: z.output<typeof edgeRow> | undefined;
  for (const edge of await edgeRows(db, { question, memory })) {
    if (edge.begins === 1) first = edge;
    if (edge.ends === 1 && first !== undefined) stretches.push(stretchOf(first, edge));
  }
  return stretches.slice(0, question.limit);
}

function stretchOf(
  first: z.output<typeof edgeRow>,
  last: z.output<typeof edgeRow>,
): SourceKey & Stretch {
  return {
    vendorId: first.vendor_id,
    source: first.source,
    fromSeq: first.n,
    toSeq: last.n,
    firstReceivedMs: first.received_ms,
    lastReceivedMs: last.received_ms,
    firstOccurredMs: first.occurred_ms,
    lastOccurredMs: last.occurred_ms,
  };
}

/** Numbers that came with a refused event or a conflict, ascending, each once; so many a source. */
export async function refusedNumbersOf(
  db: Database,
  question: ReceivedWithin & { readonly keys: readonly SourceKey[]; readonly limitEach: number },
  memory: Memory = MEMORY,
): Promise<(SourceKey & { readonly seq: number })[]> {
  if (question.keys.length === 0) return [];
  const rows = await refusedRows(db, { question, memory });
  return rows.map((row) => ({ vendorId: row.vendor_id, source: row.source, seq: row.n }));
}

type Bounded = { readonly memory: Memory };

/** An event is received at the earliest so long before it happened; keeps later months unread. */
const AHEAD_MS = 60 * 60_000;

function receivedWithin({ fromMs, untilMs }: ReceivedWithin): string {
  const at = (ms: number) => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`;
  const until = Math.min(untilMs, LAST_MS);
  return `received_at >= ${at(Math.max(0, fromMs))} AND received_at < ${at(until)}`;
}

function happenedBy({ untilMs }: ReceivedWithin): string {
  const ms = Math.trunc(Math.min(untilMs + AHEAD_MS, LAST_MS));
  return `occurred_at < fromUnixTimestamp64Milli(${ms}, 'UTC')`;
}

function among(keys: readonly SourceKey[]): string {
  const rows = keys.map(({ vendorId, source }) => `${cell(vendorId)}\t${cell(source)}`);
  const vendors = [...new Set(keys.map(({ vendorId }) => literal(vendorId)))].join(', ');
  const asked = inlineRows('vendor_id String, source String', rows);
  return `vendor_id IN (${vendors})
    AND (vendor_id, source) IN (SELECT vendor_id, source FROM ${asked})`;
}

const key = { vendor_id: z.string(), source: z.string() };

const sourceRows = defineQuery({
  name: 'sources.page',
  sql: ({ question, memory }: { question: Parameters<typeof pageOfSources>[1] } & Bounded) => {
    const { vendorId, after, limit } = question;
    const asked = inlineRows('vendor_id String, source String', [
      `${cell(after?.vendorId ?? '')}\t${cell(after?.source ?? '')}`,
    ]);
    return `SELECT vendor_id, source, count() AS events, countIf(source_seq IS NULL) AS unnumbered,
        toUnixTimestamp64Milli(min(received_at)) AS first_received_ms,
        toUnixTimestamp64Milli(max(received_at)) AS last_received_ms
      FROM events_v1
      WHERE ${vendorId === null ? '1' : `vendor_id = ${literal(vendorId)}`}
        AND ${receivedWithin(question)} AND ${happenedBy(question)}
        AND (source != '' OR source_seq IS NOT NULL)
        AND ${after === null ? '1' : `(toString(vendor_id), source) > (SELECT (vendor_id, source) FROM ${asked})`}
        AND ${standing()}
      GROUP BY vendor_id, source
      ORDER BY toString(vendor_id), source
      LIMIT ${limit}
      SETTINGS ${settingsOf(memory)}`;
  },
  row: z.strictObject({
    ...key,
    events: countColumn,
    unnumbered: countColumn,
    first_received_ms: integerColumn,
    last_received_ms: integerColumn,
  }),
});

const edgeRow = z.strictObject({
  ...key,
  n: countColumn,
  received_ms: integerColumn,
  occurred_ms: integerColumn,
  begins: z.int(),
  ends: z.int(),
});

/** The first and the last number of each stretch: no more than its neighbours is held of a number. */
const edgeRows = defineQuery({
  name: 'sources.stretches',
  sql: ({ question, memory }: { question: Parameters<typeof stretchesOf>[1] } & Bounded) =>
    `SELECT vendor_id, source, n,
        toUnixTimestamp64Milli(received_at) AS received_ms,
        toUnixTimestamp64Milli(occurred_at) AS occurred_ms,
        begins, ends
      FROM (
        SELECT vendor_id, source, assumeNotNull(source_seq) AS n, received_at, occurred_at, seq,
          ifNull(lagInFrame(source_seq) OVER beside + 1 != source_seq, 1) AS begins,
          ifNull(leadInFrame(source_seq) OVER beside != source_seq + 1, 1) AS ends
        FROM (
          SELECT vendor_id, source, source_seq, received_at, occurred_at, seq FROM events_v1
          WHERE ${among(question.keys)} AND ${receivedWithin(question)} AND ${happenedBy(question)}
            AND source_seq IS NOT NULL AND ${standing()}
        )
        WINDOW beside AS (PARTITION BY vendor_id, source ORDER BY received_at, seq
          ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
      )
      WHERE begins OR ends
      ORDER BY toString(vendor_id), source, received_at, seq
      LIMIT ${2 * question.limit}
      SETTINGS ${settingsOf(memory)}`,
  row: edgeRow,
});

const refusedRows = defineQuery({
  name: 'sources.refused',
  sql: ({ question, memory }: { question: Parameters<typeof refusedNumbersOf>[1] } & Bounded) =>
    `SELECT vendor_id, source, n
      FROM (
        SELECT vendor_id, JSONExtractString(event, 'source') AS source,
          JSONExtract(event, 'seq', 'Nullable(UInt64)') AS n
        FROM rejects_v1 WHERE ${receivedWithin(question)}
      )
      WHERE ${among(question.keys)} AND n <= ${Number.MAX_SAFE_INTEGER}
      GROUP BY vendor_id, source, n
      ORDER BY vendor_id, source, n
      LIMIT ${question.limitEach} BY vendor_id, source
      SETTINGS ${settingsOf(memory)}`,
  row: z.strictObject({ ...key, n: countColumn }),
});
