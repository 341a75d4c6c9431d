import type { ChartDataset } from 'chart.js';
import type { ChartWeek, UsageChart } from '../core/chart.ts';
import type { Metric } from '../core/normalFlow.ts';
import { civilDate } from '../core/time.ts';
import { PAPER, type Panel } from './page.ts';
import type { MarkerForm } from './shapes.ts';
import { subsetsOf } from './subsets.ts';
import { METRICS } from './words.ts';

/** The three weekly lines, told apart by colour, by marker and by width: also in black and white. */
export interface Series {
  readonly metric: Metric;
  readonly panel: Panel;
  readonly color: string;
  readonly marker: MarkerForm;
  readonly width: number;
}

export const SERIES: Record<Metric, Series> = {
  interactions: {
    metric: 'interactions',
    panel: 'work',
    color: '#1f4e9e',
    marker: 'circle',
    width: 2.25,
  },
  logins: { metric: 'logins', panel: 'people', color: '#b0440e', marker: 'triangle', width: 2 },
  activeUsers: {
    metric: 'activeUsers',
    panel: 'people',
    color: '#5aa17f',
    marker: 'rect',
    width: 4.5,
  },
};

/** The first is drawn on top: logins over the wider line of people, where both are the same. */
export const SERIES_ORDER: readonly Metric[] = ['interactions', 'logins', 'activeUsers'];

/** Dash of what is not judged; thresholds have longer ones. */
export const UNJUDGED_DASH: readonly number[] = [3, 3];

export const AXIS_OF: Record<Panel, string> = { work: 'yWork', people: 'yPeople' };

/** Chosen actions that a rule judges by themselves. */
export const SUBSET_MARKER: MarkerForm = 'rectRot';
export const SUBSET_WIDTH = 1.5;

const ROOMY_CELL = 12;
const RADIUS = 3.6;
const RADIUS_DENSE = 1.8;

/** In weeks from the first Monday; null where the line has a gap. */
export interface LinePoint {
  readonly x: number;
  readonly y: number | null;
}
export type LineDataset = ChartDataset<'line', LinePoint[]>;

/** Weeks that began before asOf: a week to come has no value, not the value zero. */
export function begunWeeks(chart: Pick<UsageChart, 'weeks' | 'asOf'>): readonly ChartWeek[] {
  const asOfDate = civilDate(chart.asOf.slice(0, 10));
  const started = chart.asOf.slice(10, 19) !== 'T00:00:00';
  return chart.weeks.filter((w) => w.start < asOfDate || (started && w.start === asOfDate));
}

/** A judged week that had ended at asOf: its value moves no more but by late events. */
export function isSettled(chart: Pick<UsageChart, 'asOf'>, week: ChartWeek): boolean {
  return week.judgedIn !== null && week.endExclusive <= chart.asOf.slice(0, 10);
}

/**
 * Two lines a series: the judged weeks solid, the others dashed with hollow points. Before them one
 * line for each set of actions that week criteria count by themselves.
 */
export function seriesDatasets(chart: UsageChart, cell: number): LineDataset[] {
  const weeks = begunWeeks(chart);
  const radius = cell >= ROOMY_CELL ? RADIUS : RADIUS_DENSE;
  const whole = SERIES_ORDER.flatMap((metric) => {
    const series = SERIES[metric];
    const judged = weeks.map((w) => isSettled(chart, w));
    const touches = judged.map((j, i) => !j || judged[i - 1] === false || judged[i + 1] === false);
    return [
      lineOf(series, weeks, judged, { radius: weeks.map(() => radius) }),
      lineOf(series, weeks, touches, {
        dash: UNJUDGED_DASH,
        radius: judged.map((j) => (j ? 0 : radius)),
      }),
    ];
  });
  const subsets = subsetsOf(chart).map(({ actions, color, cycles }) => ({
    ...lookOf(color, SUBSET_MARKER, SUBSET_WIDTH),
    label: `指定互動（${actions.join('、')}）`,
    yAxisID: AXIS_OF.work,
    data: weeks.map((week, i) => ({ x: i + 0.5, y: cycles.get(week.start) ?? null })),
    pointRadius: weeks.map(() => radius),
  }));
  return [...subsets, ...whole];
}

interface LineLook {
  readonly radius: readonly number[];
  readonly dash?: readonly number[];
}

function lineOf(
  series: Series,
  weeks: readonly ChartWeek[],
  drawn: readonly boolean[],
  look: LineLook,
): LineDataset {
  const { metric, color, marker, width } = series;
  const hollow = look.dash !== undefined;
  const base = lookOf(color, marker, width);
  return {
    ...base,
    ...(hollow ? { pointBackgroundColor: PAPER, pointBorderWidth: 1.5 } : {}),
    label: `${METRICS[metric].zh}${hollow ? '（未判定）' : ''}`,
    yAxisID: AXIS_OF[series.panel],
    data: weeks.map((week, i) => ({
      x: i + 0.5,
      y: drawn[i] === true ? week.totals[metric] : null,
    })),
    borderDash: [...(look.dash ?? [])],
    pointRadius: [...look.radius],
  };
}

/** The clip leaves room for points that lie on the axis. */
function lookOf(color: string, marker: MarkerForm, width: number) {
  return {
    clip: 8,
    borderColor: color,
    borderWidth: width,
    borderJoinStyle: 'round' as const,
    backgroundColor: color,
    pointBackgroundColor: color,
    pointBorderColor: color,
    pointBorderWidth: 0,
    pointStyle: marker,
  };
}
