import type { ChartConfiguration } from 'chart.js';
import type {} from 'chartjs-plugin-annotation';
import type { UsageChart } from '../core/chart.ts';
import { timeAxisHeight, timeAxisShapes, valueAxisShapes } from './axes.ts';
import { annotationsOf, asOfWeeks } from './bands.ts';
import { FOOTER_TOP, footerShapes } from './footer.ts';
import { headerOf } from './header.ts';
import { legendShapes } from './legend.ts';
import {
  type Box,
  EDGE,
  INK_SOFT,
  PAGE_HEIGHT,
  PAGE_WIDTH,
  PANEL_WEIGHTS,
  type Panel,
  panelBox,
} from './page.ts';
import { type ValueScale, valueScale } from './scale.ts';
import {
  AXIS_OF,
  begunWeeks,
  isSettled,
  type LinePoint,
  SERIES,
  SERIES_ORDER,
  seriesDatasets,
} from './series.ts';
import type { Shape } from './shapes.ts';
import { type Spoken, spokenRecord } from './spoken.ts';
import { stripHeight, stripShapes } from './strip.ts';
import { subsetsOf } from './subsets.ts';
import { tableHeight, tableShapes } from './table.ts';
import { type Threshold, thresholdLabels, thresholdsOf } from './thresholds.ts';
import { type Timeline, timelineOf } from './timeline.ts';

export type RecordConfiguration = ChartConfiguration<'line', LinePoint[]>;

/** The whole sheet as plain data: the chart for Chart.js, and what stands around it. */
export interface RecordDrawing {
  readonly width: number;
  readonly height: number;
  readonly configuration: RecordConfiguration;
  readonly shapes: readonly Shape[];
  /** For formats that can be read aloud. */
  readonly spoken: Spoken;
}

const LEGEND_HEIGHT = 36;
const PLOT_LEFT = 148;
const PLOT_RIGHT = 1352;
const PLOT_RIGHT_LABELLED = 1208;
const GAP = 8;
/** An axis without labels, which stand beside the plot as shapes: so it takes no room. */
const BARE_AXIS = {
  border: { display: true, color: INK_SOFT },
  grid: { display: false, drawTicks: false },
  ticks: { display: false },
} as const;
const TITLES: Record<Panel, { readonly zh: string; readonly en: string }> = {
  work: { zh: '工作互動數（次）', en: 'Interactions' },
  people: { zh: '登入次數・人數', en: 'Logins · users' },
};

/**
 * The drawing of a usage record (企業使用紀錄) [000 附表4 十; 002 註6]. Pure: the same chart gives
 * the same drawing. Throws a RangeError for a chart without months or with broken dates.
 */
export function recordDrawing(chart: UsageChart): RecordDrawing {
  const thresholds = thresholdsOf(chart);
  const header = headerOf(chart);
  const plot = plotOf(chart, thresholds.length > 0, header.bottom + LEGEND_HEIGHT);
  const timeline = timelineOf(chart, plot);
  const scales = scalesOf(chart, thresholds);
  const has = {
    thresholds: thresholds.length > 0,
    unjudged: begunWeeks(chart).some((w) => !isSettled(chart, w)),
    subsets: subsetsOf(chart),
    asOf: asOfWeeks(chart.asOf, timeline) !== null,
  };
  return {
    width: PAGE_WIDTH,
    height: PAGE_HEIGHT,
    configuration: configurationOf(chart, timeline, thresholds, scales),
    shapes: [
      ...header.shapes,
      ...legendShapes(has, header.bottom),
      ...stripShapes(chart, timeline),
      ...(['work', 'people'] as const).flatMap((panel) =>
        panelShapes(panel, plot, scales[panel], thresholds, chart.months.length),
      ),
      ...timeAxisShapes(chart, timeline),
      ...tableShapes(chart, tableTop(chart)),
      ...footerShapes(chart),
    ],
    spoken: spokenRecord(chart),
  };
}

function tableTop(chart: UsageChart): number {
  return FOOTER_TOP - tableHeight(chart) - GAP;
}

function plotOf(chart: UsageChart, labelled: boolean, top: number): Box {
  const right = labelled ? PLOT_RIGHT_LABELLED : PLOT_RIGHT;
  const cell = (right - PLOT_LEFT) / Math.max(1, chart.weeks.length);
  return {
    left: PLOT_LEFT,
    right,
    top: top + stripHeight(chart.months),
    bottom: tableTop(chart) - timeAxisHeight(cell) - GAP,
  };
}

function scalesOf(chart: UsageChart, thresholds: readonly Threshold[]): Record<Panel, ValueScale> {
  const of = (panel: Panel) => {
    const metrics = SERIES_ORDER.filter((metric) => SERIES[metric].panel === panel);
    const weeks = begunWeeks(chart).flatMap((week) => metrics.map((m) => week.totals[m]));
    const subsets = panel === 'work' ? subsetsOf(chart).flatMap((s) => [...s.cycles.values()]) : [];
    const asked = thresholds.filter((t) => t.panel === panel).map((t) => t.criterion.atLeast);
    return valueScale(Math.max(0, ...weeks, ...subsets, ...asked));
  };
  return { work: of('work'), people: of('people') };
}

function panelShapes(
  panel: Panel,
  plot: Box,
  scale: ValueScale,
  thresholds: readonly Threshold[],
  monthCount: number,
): readonly Shape[] {
  const box = panelBox(plot, panel);
  const own = thresholds.filter((t) => t.panel === panel);
  return [
    ...valueAxisShapes(box, scale, TITLES[panel]),
    ...thresholdLabels(own, box, scale.max, monthCount, EDGE.right),
  ];
}

function configurationOf(
  chart: UsageChart,
  timeline: Timeline,
  thresholds: readonly Threshold[],
  scales: Record<Panel, ValueScale>,
): RecordConfiguration {
  const { plot, weekCount, cell } = timeline;
  const { left, top } = plot;
  const padding = { left, top, right: PAGE_WIDTH - plot.right, bottom: PAGE_HEIGHT - plot.bottom };
  return {
    type: 'line',
    data: { datasets: seriesDatasets(chart, cell) },
    options: {
      responsive: false,
      animation: false,
      events: [],
      locale: 'en-US',
      layout: { autoPadding: false, padding },
      scales: {
        x: { type: 'linear', min: 0, max: weekCount, ...BARE_AXIS },
        [AXIS_OF.work]: valueAxis('work', scales.work),
        [AXIS_OF.people]: valueAxis('people', scales.people),
      },
      plugins: {
        legend: { display: false },
        tooltip: { enabled: false },
        annotation: { annotations: annotationsOf(chart, timeline, thresholds, scales) },
      },
    },
  };
}

function valueAxis(panel: Panel, scale: ValueScale) {
  return {
    type: 'linear' as const,
    position: 'left' as const,
    stack: 'panels',
    stackWeight: PANEL_WEIGHTS[panel],
    weight: PANEL_WEIGHTS[panel],
    min: 0,
    max: scale.max,
    ...BARE_AXIS,
  };
}
