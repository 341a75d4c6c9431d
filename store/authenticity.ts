import { z } from 'zod';
import type { OriginalAct } from '../core/authenticity/copied.ts';
import type { UseShape } from '../core/authenticity/screen.ts';
import type { UseEvent } from '../core/authenticity/use.ts';
import { COUNTED_ROLES } from '../core/event.ts';
import type { Database } from './clickhouse.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/**
 * What findings of authenticity are made of. Every query serves any number of firms at once. The
 * screen and what firms share are aggregates; single events are read only of months that a look is
 * worth.
 */
export interface UseSpan {
  readonly smeId: string;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the span. */
  readonly receivedBeforeMs: number;
}

/** The shape of each span, in the order asked; null where it has no event. */
export async function readShapes(
  db: Database,
  solutionId: string,
  spans: readonly UseSpan[],
  marks: readonly string[],
): Promise<(UseShape | null)[]> {
  const shapes: (UseShape | null)[] = spans.map(() => null);
  if (spans.length === 0) return shapes;
  for (const row of await shapeRows(db, { solutionId, spans, marks })) {
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

/** What firms did, act by act, ascending; what came apart is an act of its own. */
export async function readActs(
  db: Database,
  scope: VendorScope,
  smeIds: readonly string[],
): Promise<Map<string, OriginalAct[]>> {
  if (smeIds.length === 0) return new Map();
  const rows = await actRows(db, { ...scope, smeIds });
  return new Map(
    rows.map((row) => [
      row.sme_id,
      row.acts.map(([second, receivedAtMs, actions]) => ({ second, receivedAtMs, actions })),
    ]),
  );
}

/** The firms with use in a week. */
export interface FirmsOfWeek {
  readonly count: number;
  /** Which, ascending; one more than the most asked for where there are more. */
  readonly some: readonly string[];
}

/** The firms with use in each week, by its number. */
export async function readFirms(
  db: Database,
  scope: VendorScope,
  firmsMax: number,
): Promise<Map<number, FirmsOfWeek>> {
  const rows = await firmRows(db, { ...scope, firmsMax });
  return new Map(rows.map((row) => [row.week, { count: row.count, some: row.firms }]));
}

/** The log of one vendor's firms over whole weeks. */
export interface VendorScope extends Record<string, unknown> {
  readonly solutionIds: readonly string[];
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /**
   * Only events that came within so long after they happened: what is said of other firms must not
   * depend on what came later. Null where the reader leaves out by itself what came later.
   */
  readonly delayMaxMs: number | null;
}

/** An actor or address that several firms have in one week, by the number of the week. */
export interface SharedMark {
  readonly kind: 'actor' | 'address';
  readonly mark: string;
  readonly week: number;
  readonly firms: number;
}

export async function readSharedMarks(
  db: Database,
  scope: VendorScope,
  firmsMin: number,
): Promise<SharedMark[]> {
  return sharedRows(db, { ...scope, firmsMin });
}

/** In one week, parts of the use of two firms have the same rhythm: worth comparing act by act. */
export interface LikeFirms {
  readonly smeId: string;
  readonly week: number;
  /** Its part lies in the same week, or up to `weeksBack` before. */
  readonly otherSmeId: string;
}

export async function readLikeFirms(
  db: Database,
  scope: VendorScope,
  weeksBack: number,
): Promise<LikeFirms[]> {
  const rows = await likeRows(db, { ...scope, weeksBack });
  return rows.map((r) => ({ smeId: r.sme_id, week: r.week, otherSmeId: r.other }));
}

/** Weeks are numbered, Monday to Sunday in Taipei, from the first Monday after the epoch. */
export function weekNumber(instantMs: number): number {
  return Math.floor((instantMs - FIRST_MONDAY_MS) / WEEK_MS);
}

export function weekStartMs(week: number): number {
  return week * WEEK_MS + FIRST_MONDAY_MS;
}

const WEEK_MS = 7 * 86_400_000;
/** 1970-01-05 00:00 in Taipei. */
const FIRST_MONDAY_MS = 4 * 86_400_000 - 8 * 3_600_000;

const shapeRows = defineQuery({
  name: 'authenticity.shapes',
  sql: (p: {
    solutionId: string;
    spans: readonly UseSpan[];
    marks: readonly string[];
  }) => `SELECT i,
      count() AS events,
      ${p.marks.length === 0 ? '0' : `countIf(${marked(p.marks)})`} AS marked,
      countIf(received_at > occurred_at + INTERVAL 3 DAY) AS late,
      arraySort(groupUniqArray(toUInt32(toUnixTimestamp(occurred_at)))) AS seconds,
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
    GROUP BY i`,
  row: z.strictObject({
    i: countColumn,
    events: z.array(
      z.tuple([integerColumn, integerColumn, z.string(), z.string(), z.string(), countColumn]),
    ),
  }),
});

const actRows = defineQuery({
  name: 'authenticity.acts',
  sql: (p: VendorScope & { smeIds: readonly string[] }) => `SELECT sme_id,
      arraySort(groupArray((second, received, actions))) AS acts
    FROM (
      SELECT sme_id, toUInt32(toUnixTimestamp(occurred_at)) AS second,
        toUnixTimestamp64Milli(received_at) AS received,
        arraySort(groupArray(toString(action))) AS actions
      FROM events_v1
      WHERE ${within(p)} AND sme_id IN (${literals(p.smeIds)})
      GROUP BY sme_id, second, received
    )
    GROUP BY sme_id ORDER BY sme_id`,
  row: z.strictObject({
    sme_id: z.string(),
    acts: z.array(z.tuple([countColumn, integerColumn, z.array(z.string())])),
  }),
});

const firmRows = defineQuery({
  name: 'authenticity.firms',
  sql: (p: VendorScope & { firmsMax: number }) => `SELECT ${WEEK} AS week,
      uniqExact(sme_id) AS count, arraySort(groupUniqArray(${p.firmsMax + 1})(sme_id)) AS firms
    FROM events_v1 WHERE ${within(p)}
    GROUP BY week ORDER BY week`,
  row: z.strictObject({ week: z.int(), count: countColumn, firms: z.array(z.string()) }),
});

const sharedRows = defineQuery({
  name: 'authenticity.shared',
  sql: (p: VendorScope & { firmsMin: number }) => `SELECT kind, toString(m) AS mark, week,
      uniqExact(sme_id) AS firms
    FROM (
      SELECT sme_id, ${WEEK} AS week,
        arrayJoin([('actor', actor), ('address', address)]) AS x, x.1 AS kind, x.2 AS m
      FROM events_v1 WHERE ${within(p)}
    )
    WHERE m != 0
    GROUP BY kind, m, week HAVING firms >= ${p.firmsMin} ORDER BY kind, m, week`,
  row: z.strictObject({
    kind: z.enum(['actor', 'address']),
    mark: z.string(),
    week: z.int(),
    firms: countColumn,
  }),
});

/**
 * The rhythm of a stream: the gaps between neighbouring ten minutes of use. It is the same however
 * the stream is moved, and survives a little noise; one ten minutes may be skipped, so that other
 * use between does not hide it.
 */
const likeRows = defineQuery({
  name: 'authenticity.alike',
  sql: (p: VendorScope & { weeksBack: number }) => `SELECT x.1 AS sme_id, x.2 AS week, other
    FROM (
      SELECT arraySort(groupUniqArray((sme_id, week))) AS found, arrayJoin(found) AS x,
        arrayFirst(y -> y.1 != x.1 AND y.2 <= x.2 AND y.2 >= x.2 - ${p.weeksBack}, found).1 AS other
      FROM (
        SELECT sme_id, r.2 AS week, r.1 AS rhythm
        FROM (
          SELECT sme_id, arraySort(groupUniqArray(toInt32(intDiv(toUnixTimestamp(occurred_at), 600))))
              AS all_cells, length(all_cells) AS n,
            arraySlice(all_cells, 1, n - 3) AS a, arraySlice(all_cells, 2, n - 3) AS b,
            arraySlice(all_cells, 3, n - 3) AS c, arraySlice(all_cells, 4, n - 3) AS d
          FROM events_v1 WHERE ${within(p)}
          GROUP BY sme_id HAVING n > 5
        )
        ARRAY JOIN arrayConcat(${rhythm('a', 'b', 'c')}, ${rhythm('a', 'b', 'd')},
          ${rhythm('a', 'c', 'd')}) AS r
        WHERE r.1 != 0
      )
      GROUP BY rhythm HAVING length(found) > 1
    )
    WHERE other != ''
    GROUP BY sme_id, week, other HAVING count() >= ${RHYTHMS_MIN} ORDER BY sme_id, week, other`,
  row: z.strictObject({ sme_id: z.string(), week: z.int(), other: z.string() }),
});

/** Rhythms alike in one week that make two firms worth comparing; one is alike by chance. */
const RHYTHMS_MIN = 2;

/** Each rhythm with the week of its end; 0 where it is so short that every firm has it. */
function rhythm(first: string, second: string, third: string): string {
  return `arrayMap((x, y, z) -> (if(z - x < 6, 0, cityHash64(y - x, z - y)),
    toInt32(intDiv(z - 528, 1008))), ${first}, ${second}, ${third})`;
}

/** As `weekNumber`; of cells of ten minutes, 528 are before the first Monday and 1,008 a week. */
const WEEK = 'toInt32(intDiv(toUnixTimestamp(occurred_at) - 316800, 604800))';

function marked(marks: readonly string[]): string {
  const rows = `(SELECT mark FROM ${inlineRows('mark UInt64', [...marks])})`;
  return `actor IN ${rows} OR address IN ${rows}`;
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

function within(p: VendorScope): string {
  return `solution_id IN (${literals(p.solutionIds)})
    AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
    ${p.delayMaxMs === null ? '' : `AND received_at < occurred_at + INTERVAL ${Math.round(p.delayMaxMs / 1_000)} SECOND`}
    AND ${COUNTED}`;
}

function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
}

function literals(values: readonly string[]): string {
  return values.map(literal).join(', ');
}

const COUNTED = `actor_role IN (${literals(COUNTED_ROLES)})
  AND events_v1.seq NOT IN (SELECT seq FROM superseded_v1)`;
