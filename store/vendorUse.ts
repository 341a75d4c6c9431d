import { z } from 'zod';
import type { OriginalAct } from '../core/authenticity/copied.ts';
import type { Database } from './clickhouse.ts';
import { COUNTED, instant, literals } from './counted.ts';
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

function within(p: VendorScope): string {
  return `solution_id IN (${literals(p.solutionIds)})
    AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
    ${p.delayMaxMs === null ? '' : `AND received_at < occurred_at + INTERVAL ${Math.round(p.delayMaxMs / 1_000)} SECOND`}
    AND ${COUNTED}`;
}
