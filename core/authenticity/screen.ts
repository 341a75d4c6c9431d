import type { CriterionResult } from '../month.ts';
import { firstFrom } from '../search.ts';
import { burstStarts } from './burst.ts';
import { identicalWeeks } from './counts.ts';
import { isOutsideHours } from './hours.ts';
import type { MonthRows } from './monthRows.ts';
import { isRegular } from './regular.ts';
import { INTERVAL_MAX_S, INTERVAL_MIN_S } from './steady.ts';

/**
 * Which months are read event by event. A month near its threshold is read where anything can be
 * found in it: there, few events decide. One that meets its rule many times over is where it may
 * depend on what is in doubt (`mayDepend`), or where the shape of its use as a whole is odd.
 */
export const MARGIN_NEAR = 3;

/**
 * Whether a look at the events finds anything: false only where `findingsOfUse` finds nothing in
 * the month by itself. What is copied from others, and months in a row, are not looked at here.
 * @param weeks the judged weeks, as they are counted
 */
export function mayFind(
  rows: MonthRows,
  weeks: readonly SecondSpan[],
  criteria: readonly CriterionResult[],
): boolean {
  return (
    rows.lateEvents + rows.aheadEvents + rows.markedEvents > 0 ||
    burstStarts(rows.acts) > 0 ||
    isOutsideHours(rows.acts) ||
    identicalWeeks(
      weeks.map((week) => eventsIn(rows.seconds, week)),
      criteria,
    ) !== null ||
    isRegular(rows)
  );
}

/** Whole seconds since the epoch, the last exclusive. */
export interface SecondSpan {
  readonly from: number;
  readonly until: number;
}

function eventsIn(seconds: Int32Array, { from, until }: SecondSpan): number {
  let events = 0;
  for (const second of seconds) if (second >= from && second < until) events += 1;
  return events;
}

/** How the use of a month is spread, over the acts of whole seconds. */
export interface UseShape {
  readonly events: number;
  readonly acts: number;
  /** Received more than three days after it happened. */
  readonly lateEvents: number;
  /** Acts that begin an hour as full as a burst. */
  readonly burstStarts: number;
  /** Deviation over mean of the intervals of a working session; 0 where there is none. */
  readonly variation: number;
  /** The share of the most frequent length among those intervals. */
  readonly modeShare: number;
  /** Events by an actor or from an address that several firms have. */
  readonly markedEvents: number;
}

/** From half on a finding is `low`, also where the month does not depend on it. */
const SHARE_MIN = 0.5;
/** The steadiest month of the real logs has 0.65. */
const VARIATION_MAX = 0.5;
/** The most even one has 0.17; a timer among as much other use has more. */
const MODE_SHARE_MIN = 0.25;

export function isWorthALook(shape: UseShape): boolean {
  const { events, acts } = shape;
  return (
    shape.lateEvents >= events * SHARE_MIN ||
    shape.markedEvents >= events * SHARE_MIN ||
    (shape.burstStarts > 0 && (shape.burstStarts + 11) * 2 >= acts) ||
    isEven(shape)
  );
}

function isEven({ variation, modeShare }: Pick<UseShape, 'variation' | 'modeShare'>): boolean {
  return (variation > 0 && variation < VARIATION_MAX) || modeShare >= MODE_SHARE_MIN;
}

/** Fewer intervals of one week are even by chance. */
const WEEK_INTERVALS_MIN = 10;

/**
 * Whether a week is as even as a timer makes it, where a criterion is weekly: beside three busy weeks
 * the one that it fills does not show in the whole month.
 */
export function hasEvenWeek(
  { acts }: MonthRows,
  weeks: readonly SecondSpan[],
  criteria: readonly CriterionResult[],
): boolean {
  if (criteria.every((c) => c.per !== 'week')) return false;
  return weeks.some(({ from, until }) => {
    const week = intervalsOf(acts.subarray(firstFrom(acts, from), firstFrom(acts, until)));
    return week.count >= WEEK_INTERVALS_MIN && isEven(week);
  });
}

/** @param rows of at least one event */
export function shapeOf(rows: MonthRows): UseShape {
  const { variation, modeShare } = intervalsOf(rows.acts);
  return {
    events: rows.seconds.length,
    acts: rows.acts.length,
    lateEvents: rows.lateEvents,
    burstStarts: burstStarts(rows.acts),
    variation,
    modeShare,
    markedEvents: rows.markedEvents,
  };
}

interface Intervals extends Pick<UseShape, 'variation' | 'modeShare'> {
  readonly count: number;
}

function intervalsOf(acts: Int32Array): Intervals {
  const modes = new Int32Array(MODE_MAX + 1);
  let [count, sum, squares, most] = [0, 0, 0, 0];
  for (let i = 1; i < acts.length; i += 1) {
    const apart = (acts[i] ?? 0) - (acts[i - 1] ?? 0);
    if (apart < INTERVAL_MIN_S || apart > INTERVAL_MAX_S) continue;
    count += 1;
    sum += apart;
    squares += apart * apart;
    const mode = modeOf(apart);
    const like = (modes[mode] ?? 0) + 1;
    modes[mode] = like;
    if (like > most) most = like;
  }
  if (count === 0) return { count, variation: 0, modeShare: 0 };
  const variation = count < 2 ? 0 : Math.sqrt(Math.max(0, count * squares - sum * sum)) / sum;
  return { count, variation, modeShare: most / count };
}

/** Lengths that a timer which is a little off gives are one. */
function modeOf(apart: number): number {
  return Math.floor(Math.log(apart) / 0.015);
}
const MODE_MAX = modeOf(INTERVAL_MAX_S);
