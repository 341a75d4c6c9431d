import type { UsageChart } from '../core/chart.ts';
import { type CivilDate, parseCivilDate } from '../core/time.ts';
import { weeksBetween } from './dates.ts';
import type { Box } from './page.ts';

/** The time axis: one cell a week, Monday to Monday, so that a week's middle lies in its month. */
export interface Timeline {
  readonly plot: Box;
  readonly firstMonday: CivilDate;
  readonly weekCount: number;
  /** Pixels of a week. */
  readonly cell: number;
}

/** Throws a RangeError where the chart has no week or no month: there is nothing to draw. */
export function timelineOf(chart: UsageChart, plot: Box): Timeline {
  const first = chart.weeks[0]?.start;
  const last = chart.weeks.at(-1)?.endExclusive;
  if (first === undefined || last === undefined || chart.months.length === 0) {
    throw new RangeError('a usage record needs at least one week and one month');
  }
  const weekCount = weeksBetween(checked(first), checked(last));
  if (!Number.isInteger(weekCount) || weekCount !== chart.weeks.length) {
    throw new RangeError('the weeks of a usage record follow each other, Monday to Monday');
  }
  return { plot, firstMonday: first, weekCount, cell: (plot.right - plot.left) / weekCount };
}

/** The pixel of the start of a day. */
export function xOf(timeline: Timeline, date: CivilDate): number {
  return timeline.plot.left + weeksBetween(timeline.firstMonday, date) * timeline.cell;
}

function checked(date: CivilDate): CivilDate {
  if (parseCivilDate(date) === undefined)
    throw new RangeError('a week is no pair of calendar days');
  return date;
}
