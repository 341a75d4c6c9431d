import { z } from 'zod';
import type { UseShape } from '../core/authenticity/screen.ts';
import type { UseEvent } from '../core/authenticity/use.ts';
import type { Database } from './clickhouse.ts';
import { COUNTED, instant } from './counted.ts';
import { countColumn, defineQuery } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/**
 * The use of single months that findings of authenticity are made of; a query serves any number of
 * them. Their shape is an aggregate; single events are read only of months that a look is worth.
 */
export interface UseSpan {
  readonly smeId: string;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the span. */
  readonly receivedBeforeMs: number;
}

/** A span with the actors and addresses that several firms have in its own weeks. */
export interface MarkedSpan extends UseSpan {
  /** Spans of the same weeks give the same array: it is sent once. */
  readonly marks: readonly string[];
}

/**
 * The shape of each span, in the order asked; null where it has no event. Only a span's own marks
 * are counted in it, whatever others are asked beside it.
 */
export async function readShapes(
  db: Database,
  solutionId: string,
  spans: readonly MarkedSpan[],
): Promise<(UseShape | null)[]> {
  const shapes: (UseShape | null)[] = spans.map(() => null);
  if (spans.length === 0) return shapes;
  for (const row of await shapeRows(db, { solutionId, spans })) {
    shapes[row.i] = {
      events: row.events,
      acts: row.acts,
      lateEvents: row.late,
      burstStarts: row.burst_starts,
      variation: row.variation,
      modeShare: row.mode_share,
      markedEvents: row.marked,
    };
  }
  return shapes;
}

/** The counted events of each span, ascending by time, in the order asked. */
export async function readUse(
  db: Database,
  solutionId: string,
  spans: readonly UseSpan[],
): Promise<UseEvent[][]> {
  const uses: UseEvent[][] = spans.map(() => []);
  if (spans.length === 0) return uses;
  for (const row of await useRows(db, { solutionId, spans })) {
    uses[row.i] = row.events.map(([atMs, receivedAtMs, actor, address, action]) => ({
      atMs,
      receivedAtMs,
      actor,
      address: address === '0' ? null : address,
      action,
    }));
  }
  return uses;
}

const shapeRows = defineQuery({
  name: 'authenticity.shapes',
  sql: (p: { solutionId: string; spans: readonly MarkedSpan[] }) => `SELECT i,
      count() AS events,
      ${markedOf(p.spans)} AS marked,
      countIf(received_at > occurred_at + INTERVAL 3 DAY) AS late,
      arrayCompact(arraySort(groupArray(toUInt32(toUnixTimestamp(occurred_at))))) AS seconds,
      length(seconds) AS acts,
      arrayCount((a, b) -> b - a < 3600, seconds, arrayResize(arraySlice(seconds, 12), acts, 4294967295))
        AS burst_starts,
      arrayFilter(d -> d BETWEEN 30 AND 21600, arrayDifference(seconds)) AS apart,
      if(length(apart) < 2, 0, arrayReduce('stddevPop', apart) / arrayAvg(apart)) AS variation,
      if(empty(apart), 0, arrayMax(arrayEnumerateUniq(arrayMap(d -> toInt32(log(d) / 0.015), apart)))
        / length(apart)) AS mode_share
    FROM ${eventsOf(p.solutionId, p.spans, 'occurred_at, received_at, actor, address')}
    GROUP BY i`,
  row: z.object({
    // Its arrays come too, and are of no use here.
    i: countColumn,
    events: countColumn,
    late: countColumn,
    marked: countColumn,
    acts: countColumn,
    burst_starts: countColumn,
    variation: z.number(),
    mode_share: z.number(),
  }),
});

const useRows = defineQuery({
  name: 'authenticity.events',
  sql: (p: { solutionId: string; spans: readonly UseSpan[] }) => `SELECT i,
      arraySort(groupArray((toUnixTimestamp64Milli(occurred_at),
        toUnixTimestamp64Milli(received_at), toString(actor), toString(address),
        toString(action), seq))) AS events
    FROM ${eventsOf(p.solutionId, p.spans, 'occurred_at, received_at, actor, address, action, seq')}
    GROUP BY i
    SETTINGS output_format_json_quote_64bit_integers = 0`,
  row: z.strictObject({
    i: countColumn,
    events: z.array(z.tuple([z.int(), z.int(), z.string(), z.string(), z.string(), z.int()])),
  }),
});

/** How many events are of a mark of their own span. */
function markedOf(spans: readonly MarkedSpan[]): string {
  const sets = [...new Set(spans.map((s) => s.marks))];
  const marks = sets.flatMap((set, at) => set.map((mark) => `${at}\t${mark}`));
  if (marks.length === 0) return '0';
  const rows = `(SELECT of, mark FROM ${inlineRows('of UInt32, mark UInt64', marks)})`;
  const of = `toUInt32([${spans.map((s) => sets.indexOf(s.marks)).join()}][i + 1])`;
  return `countIf((${of}, actor) IN ${rows} OR (${of}, address) IN ${rows})`;
}

function eventsOf(solutionId: string, spans: readonly UseSpan[], columns: string): string {
  const rows = spans.map((s, i) =>
    [i, cell(s.smeId), s.startMs, s.endExclusiveMs, s.receivedBeforeMs].join('\t'),
  );
  const asked = inlineRows(
    'i UInt32, sme_id String, start Int64, end_exclusive Int64, received_before Int64',
    rows,
  );
  const from = spans.reduce((least, s) => Math.min(least, s.startMs), Infinity);
  const until = spans.reduce((most, s) => Math.max(most, s.endExclusiveMs), -Infinity);
  return `(
      SELECT sme_id, ${columns} FROM events_v1
      WHERE solution_id = ${literal(solutionId)}
        AND sme_id IN (SELECT sme_id FROM ${asked})
        AND occurred_at >= ${instant(from)} AND occurred_at < ${instant(until)} AND ${COUNTED}
    ) AS e
    JOIN (
      SELECT i, sme_id, fromUnixTimestamp64Milli(start, 'UTC') AS starts,
        fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends,
        fromUnixTimestamp64Milli(received_before, 'UTC') AS received_before
      FROM ${asked}
    ) AS w ON e.sme_id = w.sme_id
    WHERE occurred_at >= w.starts AND occurred_at < w.ends AND received_at < w.received_before`;
}
