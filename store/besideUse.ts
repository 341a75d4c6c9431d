import { z } from 'zod';
import { CLOCK_AHEAD_MAX_MS } from '../core/limits.ts';
import type { Database } from './clickhouse.ts';
import { counted, instant, literals, READ_BESIDE } from './counted.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows } from './text.ts';

/** What the log says of a firm beside a month's own use; a query serves any number of months. */
export interface FirmSpan {
  readonly vendorId: string;
  readonly solutionId: string;
  readonly smeId: string;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only what was received before this instant exists for the span. */
  readonly receivedBeforeMs: number;
}

/**
 * Versions that were refused because their id stood with other content, by the time that they claim,
 * in the order asked; one that came again counts once.
 */
export async function countConflicts(db: Database, spans: readonly FirmSpan[]): Promise<number[]> {
  const counts = spans.map(() => 0);
  if (spans.length === 0) return counts;
  // Few vendors have any: the months of the others are not asked for.
  const rows = await vendorRows(db, { spans });
  const vendors = new Set(rows.map((row) => row.vendor_id));
  const asked = spans.flatMap((span, i) => (vendors.has(span.vendorId) ? [{ span, i }] : []));
  if (asked.length === 0) return counts;
  for (const row of await conflictRows(db, { spans: asked.map(({ span }) => span) })) {
    const found = asked[row.i];
    if (found !== undefined) counts[found.i] = row.versions;
  }
  return counts;
}

export interface SpanUse {
  readonly events: number;
  readonly firstMs: number;
}

/** The counted use in each span, in the order asked; null where there is none. */
export async function readSpanUses(
  db: Database,
  spans: readonly FirmSpan[],
): Promise<(SpanUse | null)[]> {
  const uses: (SpanUse | null)[] = spans.map(() => null);
  if (spans.length === 0) return uses;
  // Nearly all have none: the first event of a firm, of whatever kind, says so more cheaply.
  const firsts = new Map(
    (await firstRows(db, { spans })).map((r) => [firmKey(r.solution_id, r.sme_id), r.first_ms]),
  );
  const used = spans.flatMap((span, i) => {
    const firstMs = firsts.get(firmKey(span.solutionId, span.smeId)) ?? Infinity;
    return firstMs < span.endExclusiveMs ? [{ span, i }] : [];
  });
  if (used.length === 0) return uses;
  for (const row of await spanUseRows(db, { spans: used.map(({ span }) => span) })) {
    const asked = used[row.i];
    if (asked !== undefined) uses[asked.i] = { events: row.events, firstMs: row.first_ms };
  }
  return uses;
}

const vendorRows = defineQuery({
  name: 'authenticity.conflictVendors',
  sql: (p: { spans: readonly FirmSpan[] }) =>
    `SELECT DISTINCT vendor_id FROM rejects_v1 WHERE ${conflictsOf(p.spans)}`,
  row: z.strictObject({ vendor_id: z.string() }),
});

const conflictRows = defineQuery({
  name: 'authenticity.conflicts',
  sql: (p: { spans: readonly FirmSpan[] }) => `SELECT i, uniqExact(id, event) AS versions
    FROM (
      SELECT vendor_id, JSONExtractString(event, 'solutionId') AS solution_id,
        JSONExtractString(event, 'smeId') AS sme_id, assumeNotNull(event_id) AS id, event,
        parseDateTime64BestEffortOrZero(JSONExtractString(event, 'occurredAt'), 3, 'UTC')
          AS claimed, received_at
      FROM rejects_v1
      WHERE ${conflictsOf(p.spans)}
    ) AS e
    JOIN ${asked(p.spans)} AS w
      ON e.vendor_id = w.vendor_id AND e.solution_id = w.solution_id AND e.sme_id = w.sme_id
    WHERE claimed >= w.starts AND claimed < w.ends AND received_at < w.received_before
    GROUP BY i`,
  row: z.strictObject({ i: countColumn, versions: countColumn }),
});

const firstRows = defineQuery({
  name: 'authenticity.first',
  sql: (p: { spans: readonly FirmSpan[] }) => `SELECT solution_id, sme_id,
      toUnixTimestamp64Milli(min(occurred_at)) AS first_ms
    FROM events_v1
    WHERE solution_id IN (${literals(distinct(p.spans, (s) => s.solutionId))})
      AND sme_id IN (SELECT sme_id FROM ${smesOf(p.spans)})
      AND occurred_at >= ${instant(earliest(p.spans))}
      AND occurred_at < ${instant(latestEnd(p.spans))}
    GROUP BY solution_id, sme_id
    SETTINGS ${READ_BESIDE}`,
  row: z.strictObject({ solution_id: z.string(), sme_id: z.string(), first_ms: integerColumn }),
});

const spanUseRows = defineQuery({
  name: 'authenticity.before',
  sql: (p: { spans: readonly FirmSpan[] }) => `SELECT i, count() AS events,
      toUnixTimestamp64Milli(min(occurred_at)) AS first_ms
    FROM (
      SELECT solution_id, sme_id, occurred_at, received_at FROM events_v1
      WHERE solution_id IN (${literals(distinct(p.spans, (s) => s.solutionId))})
        AND sme_id IN (SELECT sme_id FROM ${smesOf(p.spans)})
        AND occurred_at >= ${instant(earliest(p.spans))}
        AND occurred_at < ${instant(latestEnd(p.spans))}
        AND ${counted()}
    ) AS e
    JOIN ${asked(p.spans)} AS w ON e.solution_id = w.solution_id AND e.sme_id = w.sme_id
    WHERE occurred_at >= w.starts AND occurred_at < w.ends AND received_at < w.received_before
    GROUP BY i`,
  row: z.strictObject({ i: countColumn, events: countColumn, first_ms: integerColumn }),
});

function conflictsOf(spans: readonly FirmSpan[]): string {
  return `vendor_id IN (${literals(distinct(spans, (s) => s.vendorId))})
        AND code = 'id_conflict'
        AND received_at >= ${instant(earliest(spans) - CLOCK_AHEAD_MAX_MS)}`;
}

function asked(spans: readonly FirmSpan[]): string {
  const rows = spans.map((s, i) => {
    const names = [s.vendorId, s.solutionId, s.smeId].map(cell);
    return [i, ...names, s.startMs, s.endExclusiveMs, s.receivedBeforeMs].join('\t');
  });
  const columns = `i UInt32, vendor_id String, solution_id String, sme_id String, start Int64,
    end_exclusive Int64, before Int64`;
  return `(
      SELECT i, vendor_id, solution_id, sme_id, fromUnixTimestamp64Milli(start, 'UTC') AS starts,
        fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends,
        fromUnixTimestamp64Milli(before, 'UTC') AS received_before
      FROM ${inlineRows(columns, rows)}
    )`;
}

function smesOf(spans: readonly FirmSpan[]): string {
  return inlineRows('sme_id String', distinct(spans, (s) => s.smeId).map(cell));
}

function firmKey(solutionId: string, smeId: string): string {
  return `${smeId} ${solutionId}`;
}

function earliest(spans: readonly FirmSpan[]): number {
  return spans.reduce((least, s) => Math.min(least, s.startMs), Infinity);
}

function latestEnd(spans: readonly FirmSpan[]): number {
  return spans.reduce((most, s) => Math.max(most, s.endExclusiveMs), -Infinity);
}

function distinct(spans: readonly FirmSpan[], of: (span: FirmSpan) => string): string[] {
  return [...new Set(spans.map(of))];
}
