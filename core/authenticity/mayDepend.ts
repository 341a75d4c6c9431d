import { countedActionsOf, countWindows, countWindowsOf, flagsOf } from '../countUse.ts';
import type { CountedUse } from '../firmUse.ts';
import { countsOf, decideMonth } from '../judge.ts';
import { firstFrom } from '../search.ts';
import { isLate } from './backDated.ts';
import { burstActs, burstStarts } from './burst.ts';
import { PATTERN_FROM } from './doubt.ts';
import { type MonthRows, markedRow, type RowSpan } from './monthRows.ts';
import { isRegular } from './regular.ts';
import type { MonthUse } from './use.ts';

/** A month that was counted and is not read event by event yet. */
export interface MonthOfRows extends Pick<MonthUse, 'plan' | 'weeks' | 'endMs'> {
  readonly of: CountedUse;
  readonly rows: MonthRows;
  readonly span: RowSpan;
  /** Actors and addresses of several firms, decimal. */
  readonly marks: ReadonlySet<string>;
}

/**
 * Whether a month may depend on events that came late, are shared or crowded, alone or together with
 * those of a timer. However far it is above its threshold: what the rule needs may be one week.
 */
export function mayDepend(month: MonthOfRows): boolean {
  const { rows } = month;
  const few = rows.lateEvents + rows.markedEvents < PATTERN_FROM;
  if (few && burstStarts(rows.acts) === 0) return false;
  const doubted = placesInDoubt(month);
  if (doubted.length < PATTERN_FROM) return false;
  return !isMetWithout(month, doubted) || isRegular(rows);
}

/** The rows of them all, as `backDated`, `sharedActor`, `sharedAddress` and `bursts` have them. */
function placesInDoubt({ endMs, of, rows, span, marks }: MonthOfRows): number[] {
  const { atMs, receivedAtMs } = of.use;
  const [start, end] = [firstFrom(atMs, span.startMs), firstFrom(atMs, span.endExclusiveMs)];
  const isMarked = markedRow(of, marks);
  const inBurst = burstActs(rows.acts);
  const places: number[] = [];
  let act = 0;
  for (let i = start; i < end; i += 1) {
    const [at, received] = [atMs[i] ?? 0, receivedAtMs[i] ?? 0];
    if (received >= span.receivedBeforeMs) continue;
    while ((rows.acts[act] ?? Infinity) < Math.floor(at / 1_000)) act += 1;
    const isAfter = received >= endMs && isLate(at, received);
    if (isAfter || inBurst[act] === 1 || isMarked?.(i)) places.push(i);
  }
  return places;
}

/** Counted as if these rows had never come. */
function isMetWithout({ plan, weeks, of }: MonthOfRows, places: readonly number[]): boolean {
  const receivedAtMs = of.use.receivedAtMs.slice();
  for (const place of places) receivedAtMs[place] = Number.POSITIVE_INFINITY;
  const actions = countedActionsOf(plan.version);
  const counts = countWindows(
    { ...of.use, receivedAtMs },
    of.people,
    flagsOf(actions, of.use.names),
    countWindowsOf(plan.windows),
    actions.subsets.length,
  );
  const countOf = countsOf(plan, counts);
  return decideMonth(plan, weeks, countOf, Number.POSITIVE_INFINITY, 0).state === 'met';
}
