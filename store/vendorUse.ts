import { z } from 'zod';
import type { OriginalAct } from '../core/authenticity/copied.ts';
import type { Database } from './clickhouse.ts';
import { COUNTED, instant, literals, OWN_PEOPLE } from './counted.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';

/** What the firms of one vendor have in common, whichever months are asked for. */

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

/** The firms with use in each week, by its number; of more than the most, any one more than it. */
export async function readFirms(
  db: Database,
  scope: VendorScope,
  firmsMax: number,
): Promise<Map<number, string[]>> {
  const rows = await firmRows(db, { ...scope, firmsMax });
  return new Map(rows.map((row) => [row.week, row.firms]));
}

/** How many firms have use in each week, by its number. */
export async function countFirms(db: Database, scope: VendorScope): Promise<Map<number, number>> {
  const rows = await firmCountRows(db, scope);
  return new Map(rows.map((row) => [row.week, row.count]));
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

/** Week by week: of a large vendor only the first firms of each are read. */
const firmRows = defineQuery({
  name: 'authenticity.firms',
  sql: (p: VendorScope & { firmsMax: number }) => {
    const first = weekNumber(p.startMs);
    const weeks = Array.from({ length: weekNumber(p.endExclusiveMs) - first }, (_, i) => first + i);
    const firmsOf = (week: number) =>
      within({ ...p, startMs: weekStartMs(week), endExclusiveMs: weekStartMs(week + 1) });
    return weeks
      .map(
        (week) => `SELECT toInt32(${week}) AS week, arraySort(groupArray(sme_id)) AS firms
        FROM (SELECT DISTINCT sme_id FROM events_v1 WHERE ${firmsOf(week)} LIMIT ${p.firmsMax + 1})`,
      )
      .join(' UNION ALL ');
  },
  row: z.strictObject({ week: z.int(), firms: z.array(z.string()) }),
});

const firmCountRows = defineQuery({
  name: 'authenticity.firmCounts',
  sql: (p: VendorScope) => `SELECT ${WEEK} AS week, uniqExact(sme_id) AS count
    FROM events_v1 WHERE ${within(p)}
    GROUP BY week ORDER BY week`,
  row: z.strictObject({ week: z.int(), count: countColumn }),
});

/** Few marks are of more than one firm: those are picked first, and the weeks are of them alone. */
const sharedRows = defineQuery({
  name: 'authenticity.shared',
  sql: (p: VendorScope & { firmsMin: number }) => `SELECT kind, toString(m) AS mark, week,
      uniqExact(sme_id) AS firms
    FROM (${['actor', 'address']
      .map(
        (kind) => `SELECT sme_id, ${WEEK} AS week, '${kind}' AS kind, ${kind} AS m
        FROM events_v1 WHERE ${within(p)} AND ${kind} IN (
          SELECT ${kind} FROM events_v1 WHERE ${among(p)} AND ${kind} != 0
          GROUP BY ${kind} HAVING min(sme_id) != max(sme_id))`,
      )
      .join(' UNION ALL ')})
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
 * use between does not hide it. Work and memory grow with the firms, not with their pairs: a rhythm
 * that many have in a week says nothing, and of a dense week a part of the rhythms is enough, the
 * same part in every firm. Each week is judged by itself and those before it: what else lies in the
 * scope changes nothing.
 */
const likeRows = defineQuery({
  name: 'authenticity.alike',
  sql: (p: VendorScope & { weeksBack: number }) => `SELECT x.1 AS sme_id, x.2 AS week, other
    FROM (
      SELECT groupArrayArray(arrayMap(f -> (f.1, week, f.2), firms)) AS found, arrayJoin(found) AS x,
        arrayJoin(arrayDistinct(arrayMap(y -> y.1, arrayFilter(
          y -> y.1 != x.1 AND y.2 <= x.2 AND y.2 >= x.2 - ${p.weeksBack}, found)))) AS other
      FROM (
        SELECT r.1 AS rhythm, r.2 AS week,
          groupUniqArray(${RHYTHM_FIRMS_MAX + 1})((sme_id, r.3)) AS firms
        FROM (${rhythmsOfFirms(p)})
        ARRAY JOIN rhythms AS r
        GROUP BY rhythm, week HAVING length(firms) <= ${RHYTHM_FIRMS_MAX}
      )
      GROUP BY rhythm HAVING length(found) > 1
    )
    GROUP BY sme_id, week, other HAVING count() >= any(x.3)
    ORDER BY sme_id, week, count() DESC, other LIMIT ${FIRMS_ALIKE_MAX} BY sme_id, week
    SETTINGS max_block_size = ${FIRMS_AT_ONCE}, max_bytes_before_external_group_by = ${SPILL_BYTES}`,
  row: z.strictObject({ sme_id: z.string(), week: z.int(), other: z.string() }),
});

/**
 * Of each firm its rhythms: hash, week, and how many of that week must be alike. A firm with little
 * use in the scope has its rhythms too: how much it has depends on how long the scope is.
 */
function rhythmsOfFirms(p: VendorScope): string {
  return `SELECT sme_id,
      arrayCompact(arraySort(groupArray(toInt32(intDiv(toUnixTimestamp(occurred_at), 600))))) AS cells,
      greatest(toInt64(length(cells)) - 2, 0) AS threes, greatest(threes - 1, 0) AS fours,
      arraySlice(cells, 1, fours) AS a, arraySlice(cells, 2, fours) AS b,
      arraySlice(cells, 3, fours) AS c, arraySlice(cells, 4, fours) AS d,
      arrayFilter(r -> r.1 != 0, arrayConcat(
        ${rhythm('arraySlice(cells, 1, threes)', 'arraySlice(cells, 2, threes)', 'arraySlice(cells, 3, threes)')},
        ${rhythm('a', 'b', 'd')}, ${rhythm('a', 'c', 'd')})) AS every,
      arrayReduce('sumMap', arrayMap(r -> map(r.2, toUInt32(1)), every)) AS in_week,
      arrayMap(r -> (r.1, r.2,
        toUInt32(exp2(greatest(0, floor(log2(in_week[r.2] / ${DENSE_RHYTHMS})))))), every) AS thinned,
      arrayMap(r -> (r.1, r.2,
        toUInt32(greatest(${RHYTHMS_MIN}, in_week[r.2] / r.3 * ${RHYTHMS_SHARE_MIN}))),
        arrayFilter(r -> bitAnd(r.1, r.3 - 1) = 0, thinned)) AS rhythms
    FROM events_v1 WHERE ${within(p)}
    GROUP BY sme_id`;
}

/** Rhythms alike in one week that make two firms worth comparing; one is alike by chance. */
const RHYTHMS_MIN = 2;
/** Of dense use more are alike by chance: so much of the week's must be. */
const RHYTHMS_SHARE_MIN = 0.25;
/** The firms most alike in a week; each is compared act by act. */
const FIRMS_ALIKE_MAX = 3;
/** A rhythm that more firms have in one week is one by chance: all with all would be compared. */
const RHYTHM_FIRMS_MAX = 12;
/** Firms whose rhythms are unfolded at once: each has thousands. */
const FIRMS_AT_ONCE = 4_096;
/** Rhythms beyond it wait on disk. */
const SPILL_BYTES = 400_000_000;
/** With twice as many in a week every second rhythm is looked at, and so on. */
const DENSE_RHYTHMS = 36;
/** A rhythm so short is every firm's; one longer than a week would reach beyond what is read. */
const RHYTHM_CELLS_MIN = 6;
const WEEK_CELLS = 1_008;

/** Each rhythm with the week of its end; 0 where it is none. */
function rhythm(first: string, second: string, third: string): string {
  return `arrayMap((x, y, z) ->
    (if(z - x BETWEEN ${RHYTHM_CELLS_MIN} AND ${WEEK_CELLS}, cityHash64(y - x, z - y), 0),
    toInt32(intDiv(z - 528, ${WEEK_CELLS}))), ${first}, ${second}, ${third})`;
}

/** As `weekNumber`; of cells of ten minutes, 528 are before the first Monday and 1,008 a week. */
export const WEEK = 'toInt32(intDiv(toUnixTimestamp(occurred_at) - 316800, 604800))';

/** The use that counts. */
export function within(p: VendorScope): string {
  return `${among(p)}
    ${p.delayMaxMs === null ? '' : `AND received_at < occurred_at + INTERVAL ${Math.round(p.delayMaxMs / 1_000)} SECOND`}
    AND ${COUNTED}`;
}

/** The same and a little more: also what came late, and what another event took the place of. */
export function among(p: VendorScope): string {
  return `solution_id IN (${literals(p.solutionIds)})
    AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
    AND ${OWN_PEOPLE}`;
}
