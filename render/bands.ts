import type { ChartMonth, UsageChart } from '../core/chart.ts';
import { type CivilDate, civilDate, DAY_MS, parseInstant, startOfDay } from '../core/time.ts';
import { weeksBetween } from './dates.ts';
import { INK, type Panel, RULE } from './page.ts';
import type { ValueScale } from './scale.ts';
import { AXIS_OF } from './series.ts';
import { THRESHOLD_DASH, type Threshold } from './thresholds.ts';
import type { Timeline } from './timeline.ts';
import { STATES } from './words.ts';

const PANELS: readonly Panel[] = ['work', 'people'];
export const AS_OF_DASH: readonly number[] = [2, 3];

/** What the annotation plugin is given; its own types do not resolve under NodeNext. */
interface BandAnnotation {
  readonly type: 'box';
  readonly drawTime: 'beforeDraw';
  readonly xScaleID: 'x';
  readonly yScaleID: string;
  readonly xMin: number;
  readonly xMax: number;
  readonly backgroundColor: string;
  readonly borderColor: string;
  readonly borderWidth: number;
}

interface LineAnnotation {
  readonly type: 'line';
  readonly drawTime: 'beforeDatasetsDraw';
  readonly xScaleID: 'x';
  readonly yScaleID: string;
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin?: number;
  readonly yMax?: number;
  readonly borderColor: string;
  readonly borderWidth: number;
  readonly borderDash: number[];
}

export type Annotation = BandAnnotation | LineAnnotation;

/**
 * Inside the plot: months shaded by state, lines at the labelled values (Chart.js moves its own away
 * from them on an axis that ends above its last label), thresholds of weeks, and the day of asOf.
 */
export function annotationsOf(
  chart: UsageChart,
  timeline: Timeline,
  thresholds: readonly Threshold[],
  scales: Record<Panel, ValueScale>,
): Record<string, Annotation> {
  const { firstMonday } = timeline;
  const found: Record<string, Annotation> = {};
  for (const month of chart.months) {
    for (const panel of PANELS) {
      found[`band-${month.month}-${panel}`] = bandOf(month, firstMonday, panel);
    }
  }
  for (const panel of PANELS) {
    for (const value of scales[panel].ticks) {
      const base = lineBase(AXIS_OF[panel], RULE, 0.75, []);
      const span = { xMin: 0, xMax: timeline.weekCount };
      found[`grid-${panel}-${value}`] = { ...base, ...span, yMin: value, yMax: value };
    }
  }
  for (const [i, { criterion, panel, color, spans }] of thresholds.entries()) {
    for (const [k, span] of spans.entries()) {
      found[`threshold-${i + 1}-${k + 1}`] = {
        ...lineBase(AXIS_OF[panel], color, 1.75, THRESHOLD_DASH),
        xMin: weeksBetween(firstMonday, span.start),
        xMax: weeksBetween(firstMonday, span.endExclusive),
        yMin: criterion.atLeast,
        yMax: criterion.atLeast,
      };
    }
  }
  const at = asOfWeeks(chart.asOf, timeline);
  for (const panel of at === null ? [] : PANELS) {
    const base = lineBase(AXIS_OF[panel], INK, 1.25, AS_OF_DASH);
    found[`as-of-${panel}`] = { ...base, xMin: at ?? 0, xMax: at ?? 0 };
  }
  return found;
}

/** Where asOf lies on the time axis in weeks; null where it is outside the chart. */
export function asOfWeeks(asOf: string, timeline: Timeline): number | null {
  const instant = parseInstant(asOf);
  if (instant === undefined) throw new RangeError('asOf is no RFC 3339 time');
  const weeks = (instant - startOfDay(timeline.firstMonday)) / (7 * DAY_MS);
  return weeks > 0 && weeks < timeline.weekCount ? weeks : null;
}

function bandOf(month: ChartMonth, firstMonday: CivilDate, panel: Panel): BandAnnotation {
  return {
    type: 'box',
    drawTime: 'beforeDraw',
    xScaleID: 'x',
    yScaleID: AXIS_OF[panel],
    xMin: weeksBetween(firstMonday, civilDate(month.start)),
    xMax: weeksBetween(firstMonday, civilDate(month.endExclusive)),
    backgroundColor: STATES[month.state].fill,
    borderColor: RULE,
    borderWidth: 1,
  };
}

function lineBase(
  yScaleID: string,
  color: string,
  width: number,
  dash: readonly number[],
): Omit<LineAnnotation, 'xMin' | 'xMax'> {
  return {
    type: 'line',
    drawTime: 'beforeDatasetsDraw',
    xScaleID: 'x',
    yScaleID,
    borderColor: color,
    borderWidth: width,
    borderDash: [...dash],
  };
}
