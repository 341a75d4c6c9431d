import { z } from 'zod';
import { COUNTED_ROLES } from '../core/event.ts';
import type { UsageCount } from '../core/judge.ts';
import { CRITERIA_MAX, LOGIN } from '../core/normalFlow.ts';
import type { Database } from './clickhouse.ts';
import { instant, literals } from './counted.ts';
import { type Piece, piecesOf, type Schedule } from './countPieces.ts';
import { type Slots, slotsOf } from './countSlots.ts';
import { storeFailure } from './failure.ts';
import { defineQuery } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/**
 * Counting: how much counted use lies in each window of time of each firm. One query serves
 * thousands of firms of any solutions, so that a national month closes in few queries.
 */
export interface CountRequest {
  readonly solutionId: string;
  readonly smeId: string;
  /** Requests that are counted alike share the object: it is told apart by identity. */
  readonly actions: CountedActions;
  /** Shared where firms have the same: equal lists are looked at once. */
  readonly windows: readonly CountWindow[];
}

export interface CountWindow {
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the window. */
  readonly receivedBeforeMs: number;
}

/** What counts, of one version of a solution. */
export interface CountedActions {
  /**
   * Every interaction that counts; logins always do. Another action is in `events`, the log of the
   * firm's own people, and in no metric.
   */
  readonly interactions: readonly string[];
  /** Narrower sets of interactions that criteria ask for, each counted by itself; `CRITERIA_MAX`. */
  readonly subsets: readonly (readonly string[])[];
}

/**
 * The counts of every request's windows, in the order asked. Windows without use are zero because
 * the query answered, never because it failed: a failure throws.
 */
export async function countUse(
  db: Database,
  requests: readonly CountRequest[],
): Promise<UsageCount[][]> {
  const counts = requests.map(({ windows, actions }) => {
    const zero = { ...NONE, subsets: actions.subsets.map(() => 0) };
    return windows.map((): UsageCount => zero);
  });
  for (const piece of piecesOf(requests)) {
    const columns = COLUMNS + Math.max(0, ...piece.profiles.map((p) => p.subsets.length));
    for (const row of await countRows(db, { piece })) {
      for (let at = 0; at < row.c.length; at += columns) {
        place(counts, piece, row.f, row.c.slice(at, at + columns));
      }
    }
  }
  return counts;
}

const NONE = { logins: 0, interactions: 0, activeUsers: 0, events: 0 };
/** The window's place, logins, interactions, active users, events; then one a subset. */
const COLUMNS = 5;

/** Puts the count of one window of a firm where it was asked for. */
function place(
  counts: UsageCount[][],
  piece: Piece,
  f: number,
  [window, logins, interactions, activeUsers, events, ...subsets]: readonly number[],
): void {
  const firm = piece.firms[f];
  const asked = firm?.asked.findLast((a) => a.firstWindow <= (window ?? -1));
  const into = counts[asked?.request ?? -1];
  const at = (window ?? -1) - (asked?.firstWindow ?? 0);
  if (
    firm === undefined ||
    into?.[at] === undefined ||
    logins === undefined ||
    interactions === undefined ||
    activeUsers === undefined ||
    events === undefined
  ) {
    throw storeFailure('counts.windows answered an unknown window');
  }
  const asksSubsets = piece.profiles[firm.profile]?.subsets.length ?? 0;
  into[at] = {
    logins,
    interactions,
    activeUsers,
    events,
    subsets: subsets.slice(0, asksSubsets),
  };
}

const countRows = defineQuery({
  name: 'counts.windows',
  sql: countSql,
  row: z.strictObject({ f: z.int().min(0), c: z.array(z.int().min(0)) }),
});

/**
 * Each event finds its firm by a join, the slot between two edges of any schedule by its time, and
 * with both its cell; the people of a cell are a set, so that a month and its weeks are the sets of
 * their cells together and no event is looked at twice. Counts are whole numbers below 2^53: a
 * larger one is refused, not rounded.
 */
function countSql({ piece }: { readonly piece: Piece }): string {
  const { slots, lanes, cellOf, cutoffs, windowsOf } = tablesOf(piece.schedules);
  const { actions, flags } = flagsOf(piece);
  const stride = cutoffs.length;
  const firms = piece.firms.map((f, i) =>
    [i, cell(f.smeId), f.solution, f.profile, f.schedule].join('\t'),
  );
  const joined = inlineRows(
    'f UInt32, sme_id String, solution UInt32, profile UInt32, schedule UInt32',
    firms,
  );
  const subsetCount = Math.max(0, ...piece.profiles.map((p) => p.subsets.length));
  const subsets = Array.from({ length: subsetCount }, (_, s) => s);
  const table = (values: readonly number[], type: string) =>
    `CAST([${values.join(',')}] AS Array(${type}))`;
  const slot = slots.of('toUnixTimestamp64Milli(e.occurred_at)');
  const lane = lanes === 1 ? '0' : `arrayJoin([${Array.from({ length: lanes }, (_, l) => l)}])`;
  return `SELECT f, arrayFlatten(groupArray([w, logins, interactions, users, events${subsets.map((s) => `, s${s}`).join('')}])) AS c
    FROM (
      SELECT intDiv(k, ${stride}) AS f,
        arrayJoin(CAST([${windowsOf.map((w) => `[${w.join(',')}]`).join(',')}] AS Array(Array(UInt32)))[k % ${stride} + 1]) AS w,
        sum(cell_logins) AS logins, sum(cell_interactions) AS interactions,
        uniqExactIfMerge(cell_users) AS users, sum(cell_events) AS events
        ${subsets.map((s) => `, sum(cell_s${s}) AS s${s}`).join('')}
      FROM (
        SELECT f * toUInt64(${stride}) + cell AS k,
          countIf(bitAnd(flag, 1) != 0) AS cell_logins,
          countIf(bitAnd(flag, 2) != 0) AS cell_interactions,
          uniqExactIfState(actor, bitAnd(flag, 3) != 0) AS cell_users,
          count() AS cell_events
          ${subsets.map((s) => `, countIf(bitAnd(flag, ${4 << s}) != 0) AS cell_s${s}`).join('')}
        FROM (
          SELECT w.f AS f, e.actor AS actor, toUnixTimestamp64Milli(e.received_at) AS received,
            ${table(flags, 'UInt32')}[w.profile * ${actions.length + 1} + transform(e.action, [${literals(actions)}], [${actions.map((_, i) => i + 1).join(',')}], 0) + 1] AS flag,
            ${table(cellOf, 'UInt32')}[(w.schedule * ${lanes} + ${lane}) * ${slots.count} + ${slot} + 1] AS cell
          FROM events_v1 AS e
          INNER JOIN ${joined} AS w ON e.sme_id = w.sme_id
          WHERE e.solution_id IN (${literals(piece.solutions)})
            AND indexHint(${firmsHint(piece)})
            AND e.occurred_at >= ${instant(slots.fromMs)}
            AND e.occurred_at < ${instant(slots.untilMs)}
            AND e.actor_role IN (${literals(COUNTED_ROLES)})
            AND e.seq NOT IN (SELECT seq FROM superseded_v1)
            ${piece.solutions.length === 1 ? '' : `AND transform(e.solution_id, [${literals(piece.solutions)}], [${piece.solutions.map((_, i) => i + 1).join(',')}], 0) = w.solution + 1`}
        )
        WHERE cell > 0 AND received < ${table(cutoffs, 'Int64')}[cell + 1]
        GROUP BY k
      )
      GROUP BY f, w
    )
    GROUP BY f
    SETTINGS output_format_json_quote_64bit_integers = 0, join_algorithm = 'hash'`;
}

/** What of the log has to be looked at: the firms by name where they are few, else from and to. */
function firmsHint({ firms }: Piece): string {
  const smes = firms.map((f) => f.smeId).sort();
  if (smes.length <= FIRMS_BY_NAME_MAX) return `e.sme_id IN (${literals(smes)})`;
  const [first = '', last = ''] = [smes[0], smes.at(-1)];
  return `e.sme_id >= ${literal(first)} AND e.sme_id <= ${literal(last)}`;
}

/** Beyond it the names cost more than the rows between that they spare. */
const FIRMS_BY_NAME_MAX = 500;

interface Tables {
  readonly slots: Slots;
  readonly lanes: number;
  /** The cell at a schedule, lane and slot; 0 for none. */
  readonly cellOf: readonly number[];
  /** By cell; 0, none, exists for no event. */
  readonly cutoffs: readonly number[];
  readonly windowsOf: readonly (readonly number[])[];
}

function tablesOf(schedules: readonly Schedule[]): Tables {
  const all = schedules.flatMap((s) => s.cells);
  const slots = slotsOf(all.flatMap((c) => [c.startMs, c.endExclusiveMs]));
  const lanes = all.reduce((most, c) => Math.max(most, c.lane + 1), 1);
  const cellOf = new Array<number>(schedules.length * lanes * slots.count).fill(0);
  const cutoffs = [0];
  const windowsOf: (readonly number[])[] = [[]];
  schedules.forEach((schedule, s) => {
    for (const c of schedule.cells) {
      const row = (s * lanes + c.lane) * slots.count;
      const [from, until] = [slots.at(c.startMs), slots.at(c.endExclusiveMs)];
      cellOf.fill(cutoffs.length, row + from, row + until);
      cutoffs.push(c.receivedBeforeMs);
      windowsOf.push(c.windows);
    }
  });
  return { slots, lanes, cellOf, cutoffs, windowsOf };
}

/**
 * What each action is under each profile: a bit for logins, interactions and each subset.
 * @throws RangeError where a profile has more subsets than a rule has criteria
 */
function flagsOf({ profiles }: Piece) {
  if (profiles.some((p) => p.subsets.length > CRITERIA_MAX)) {
    throw new RangeError(`more than ${CRITERIA_MAX} sets of interactions are asked for`);
  }
  const named = profiles.flatMap((p) => [...p.interactions, ...p.subsets.flat()]);
  const actions = [...new Set([LOGIN, ...named])];
  const flags = profiles.flatMap(({ interactions, subsets }) => {
    const sets = [[LOGIN], interactions, ...subsets].map((names) => new Set(names));
    const flagOf = (action: string) =>
      sets.reduce((flag, names, bit) => (names.has(action) ? flag | (1 << bit) : flag), 0);
    return [0, ...actions.map(flagOf)];
  });
  return { actions, flags };
}
