import type { UsageChart } from '../core/chart.ts';
import type { Span } from '../core/contract.ts';
import { type Criterion, criteriaOf } from '../core/normalFlow.ts';
import { type Box, INK_SOFT, type Panel } from './page.ts';
import { SERIES } from './series.ts';
import { type Shape, text } from './shapes.ts';
import { subsetKey, subsetsOf } from './subsets.ts';
import { fitText } from './text.ts';
import { METRICS, thresholdZh } from './words.ts';

/** A week criterion on the chart: the months that it judges, and its line there. */
export interface Threshold {
  readonly criterion: Criterion;
  readonly panel: Panel;
  readonly color: string;
  /** Runs of months that follow each other. */
  readonly spans: readonly Span[];
  readonly months: readonly number[];
}

export const THRESHOLD_DASH: readonly number[] = [9, 5];

const LABEL_SIZE = 12;
const LABEL_SIZE_SMALL = 11;
const LABEL_HEIGHT = 29;
const LABEL_GAP = 8;

/** One for each week criterion that differs in what it counts or asks, in order of appearance. */
export function thresholdsOf(chart: Pick<UsageChart, 'months'>): readonly Threshold[] {
  const found = new Map<string, { criterion: Criterion; spans: Span[]; months: number[] }>();
  for (const { month, start, endExclusive, rule } of chart.months) {
    for (const criterion of criteriaOf(rule).filter((c) => c.per === 'week')) {
      const { metric, actions, atLeast } = criterion;
      const key = JSON.stringify([metric, actions ?? null, atLeast]);
      const entry = found.get(key) ?? { criterion, spans: [], months: [] };
      found.set(key, entry);
      if (entry.months.at(-1) === month) continue;
      const run = entry.spans.at(-1);
      if (run?.endExclusive === start) entry.spans.pop();
      entry.spans.push({ start: run?.endExclusive === start ? run.start : start, endExclusive });
      entry.months.push(month);
    }
  }
  const subsets = subsetsOf(chart);
  return [...found.values()].map((entry) => {
    const { metric, actions } = entry.criterion;
    const subset = subsets.find((s) => actions && subsetKey(s.actions) === subsetKey(actions));
    const { panel, color } = SERIES[metric];
    return { ...entry, panel, color: subset?.color ?? color };
  });
}

/** Names beside the plot, each as near to its line as the others leave room for. */
export function thresholdLabels(
  thresholds: readonly Threshold[],
  panel: Box,
  max: number,
  monthCount: number,
  rightEdge: number,
): readonly Shape[] {
  const room = Math.floor((panel.bottom - panel.top) / LABEL_HEIGHT);
  const sorted = [...thresholds].sort((a, b) => b.criterion.atLeast - a.criterion.atLeast);
  const shown = sorted.length > room ? sorted.slice(0, room - 1) : sorted;
  const omitted = sorted.length - shown.length;
  const wanted = shown.map(
    (t) => panel.bottom - (t.criterion.atLeast / max) * (panel.bottom - panel.top),
  );
  const centres = spread(omitted > 0 ? [...wanted, panel.bottom] : wanted, panel);
  const [x, width] = [panel.right + LABEL_GAP, rightEdge - panel.right - LABEL_GAP];
  const named = shown.flatMap((t, i) => labelOf(t, x, centres[i] ?? 0, width, monthCount));
  if (omitted === 0) return named;
  const more = `另 ${omitted} 條 ${omitted} more`;
  return [...named, text(x, (centres.at(-1) ?? 0) + 4, more, LABEL_SIZE, { color: INK_SOFT })];
}

function labelOf(
  threshold: Threshold,
  x: number,
  centre: number,
  width: number,
  monthCount: number,
): Shape[] {
  const { criterion, months, color } = threshold;
  const [first, last] = [months[0] ?? 1, months.at(-1) ?? 1];
  const some =
    months.length === monthCount ? '' : ` · M${first === last ? first : `${first}–${last}`}`;
  const counted = criterion.actions?.join(', ') ?? METRICS[criterion.metric].en;
  const english = `${counted} a week${some}`;
  const bold = { bold: true, color };
  return [
    text(x, centre - 1, fitText(thresholdZh(criterion), width, LABEL_SIZE, true), LABEL_SIZE, bold),
    text(x, centre + 13, fitText(english, width, LABEL_SIZE_SMALL), LABEL_SIZE_SMALL, { color }),
  ];
}

/** Centres from top to bottom, one label's height apart at least, inside the panel. */
function spread(wanted: readonly number[], panel: Box): number[] {
  const half = LABEL_HEIGHT / 2;
  const down: number[] = [];
  for (const y of wanted) {
    down.push(Math.max(y, (down.at(-1) ?? panel.top - half) + LABEL_HEIGHT));
  }
  let floor = panel.bottom - half;
  return down
    .reverse()
    .map((y) => {
      const placed = Math.min(y, floor);
      floor = placed - LABEL_HEIGHT;
      return placed;
    })
    .reverse();
}
