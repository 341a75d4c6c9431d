import { z } from 'zod';
import { COUNTED_ROLES } from '../core/event.ts';
import type { UsageCount } from '../core/judge.ts';
import { LOGIN, type Per } from '../core/normalFlow.ts';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { countColumn, defineQuery } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/**
 * Counting: how much counted use lies in each window of time of each firm. One query serves any
 * number of firms of one solution, so that a national month closes in few queries.
 */
export interface CountWindow {
  readonly smeId: string;
  readonly kind: Per;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the window. */
  readonly receivedBeforeMs: number;
}

/** What counts, of one version of a solution. */
export interface CountedActions {
  readonly solutionId: string;
  /**
   * Every interaction that counts; logins always do. Another action is in `events`, the log of the
   * firm's own people, and in no metric.
   */
  readonly interactions: readonly string[];
  /** Narrower sets of interactions that criteria ask for, each counted by itself. */
  readonly subsets: readonly (readonly string[])[];
}

/**
 * The count of every window, in the order asked. Windows without use are zero because the query
 * answered, never because it failed: a failure throws.
 */
export async function countWindows(
  db: Database,
  actions: CountedActions,
  windows: readonly CountWindow[],
): Promise<UsageCount[]> {
  if (windows.length === 0) return [];
  const zero: UsageCount = {
    logins: 0,
    interactions: 0,
    activeUsers: 0,
    events: 0,
    subsets: actions.subsets.map(() => 0),
  };
  const counts: UsageCount[] = windows.map(() => zero);
  for (const row of await countRows(db, { actions, windows })) {
    if (row.i >= counts.length) throw storeFailure('counts.windows answered an unknown window');
    counts[row.i] = {
      logins: row.logins,
      interactions: row.interactions,
      activeUsers: row.active_users,
      events: row.events,
      subsets: row.subsets,
    };
  }
  return counts;
}

const countRows = defineQuery({
  name: 'counts.windows',
  sql: countSql,
  row: z.strictObject({
    i: z.int().min(0),
    logins: countColumn,
    interactions: countColumn,
    active_users: countColumn,
    events: countColumn,
    subsets: z.array(countColumn),
  }),
});

/**
 * Each event is looked up once in each lane: the latest window of its firm that starts not after
 * it. Windows of a lane never overlap, so an event falls into at most one of each.
 */
function countSql(p: {
  readonly actions: CountedActions;
  readonly windows: readonly CountWindow[];
}): string {
  const lanes = assignLanes(p.windows);
  const rows = p.windows.map((w, i) =>
    [i, lanes[i], cell(w.smeId), w.startMs, w.endExclusiveMs, w.receivedBeforeMs].join('\t'),
  );
  const asked = inlineRows(
    'i UInt32, lane String, sme_id String, start Int64, end_exclusive Int64, received_before Int64',
    rows,
  );
  // Not Math.min(...): a piece of day cycles has more windows than a call may have arguments.
  const from = p.windows.reduce((least, w) => Math.min(least, w.startMs), Infinity);
  const until = p.windows.reduce((most, w) => Math.max(most, w.endExclusiveMs), -Infinity);
  const received = p.windows.reduce((most, w) => Math.max(most, w.receivedBeforeMs), -Infinity);
  const smes = [...new Set(p.windows.map((w) => w.smeId))].map((s) => literal(s)).join(', ');
  const interactions = literals(p.actions.interactions);
  const measured = literals([LOGIN, ...p.actions.interactions]);
  const subsets = p.actions.subsets.map((s) => `countIf(action IN (${literals(s)}))`);
  return `SELECT w.i AS i,
      countIf(action = ${literal(LOGIN)}) AS logins,
      countIf(action IN (${interactions})) AS interactions,
      uniqExactIf(actor, action IN (${measured})) AS active_users,
      count() AS events,
      ${subsets.length === 0 ? 'emptyArrayUInt64()' : `[${subsets.join(', ')}]`} AS subsets
    FROM (
      SELECT sme_id, actor, action, occurred_at, received_at,
        arrayJoin([${literals([...new Set(lanes)])}]) AS lane
      FROM events_v1
      WHERE solution_id = ${literal(p.actions.solutionId)}
        AND sme_id IN (${smes})
        AND occurred_at >= ${instant(from)} AND occurred_at < ${instant(until)}
        AND received_at < ${instant(received)}
        AND actor_role IN (${literals(COUNTED_ROLES)})
        AND seq NOT IN (SELECT seq FROM superseded_v1)
    ) AS e
    ASOF JOIN (
      SELECT i, lane, sme_id,
        fromUnixTimestamp64Milli(start, 'UTC') AS starts,
        fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends,
        fromUnixTimestamp64Milli(received_before, 'UTC') AS received_before
      FROM ${asked}
    ) AS w ON e.lane = w.lane AND e.sme_id = w.sme_id AND e.occurred_at >= w.starts
    WHERE e.occurred_at < w.ends AND e.received_at < w.received_before
    GROUP BY i`;
}

/** A lane a window such that windows of one firm in one lane never overlap. */
function assignLanes(windows: readonly CountWindow[]): string[] {
  const lanes: string[] = windows.map(() => '');
  const ends = new Map<string, number[]>();
  const inOrder = windows.map((w, i) => ({ w, i })).sort((a, b) => a.w.startMs - b.w.startMs);
  for (const { w, i } of inOrder) {
    const key = `${w.smeId} ${w.kind}`;
    const taken = ends.get(key) ?? [];
    const free = taken.findIndex((end) => end <= w.startMs);
    const lane = free === -1 ? taken.length : free;
    taken[lane] = w.endExclusiveMs;
    ends.set(key, taken);
    lanes[i] = `${w.kind}${lane}`;
  }
  return lanes;
}

function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
}

function literals(values: readonly string[]): string {
  return values.map(literal).join(', ');
}
