import type { UsageChart } from '../core/chart.ts';
import { addDays } from '../core/time.ts';
import { rocYear, yearOf } from './dates.ts';
import { type Box, EDGE, INK, INK_SOFT } from './page.ts';
import type { ValueScale } from './scale.ts';
import { line, type Shape, text } from './shapes.ts';
import { firstFit, textWidth } from './text.ts';
import type { Timeline } from './timeline.ts';
import { formatCount } from './words.ts';

const SIZE = 12;
const FULL_DATE_CELL = 84;
const LEVEL_CELL = 42;
const UPRIGHT_CELL = 15;
const LEVEL_HEIGHT = 22;
const UPRIGHT_HEIGHT = 46;
const YEAR_HEIGHT = 22;

/** Pixels below the plot that the labels of its weeks take. */
export function timeAxisHeight(cell: number): number {
  return (cell >= LEVEL_CELL ? LEVEL_HEIGHT : UPRIGHT_HEIGHT) + YEAR_HEIGHT;
}

/** Mondays under the middle of their weeks, upright or thinned where they are close; the years. */
export function timeAxisShapes(chart: UsageChart, timeline: Timeline): Shape[] {
  const { plot, cell } = timeline;
  const level = cell >= LEVEL_CELL;
  const every = level ? 1 : Math.max(1, Math.ceil(UPRIGHT_CELL / cell));
  const labels = chart.weeks.flatMap(({ start }, i) => {
    if (i % every !== 0) return [];
    const words = cell >= FULL_DATE_CELL ? start : start.slice(5);
    const x = plot.left + (i + 0.5) * cell;
    return level
      ? [text(x, plot.bottom + 16, words, SIZE, { align: 'center' })]
      : [text(x + 4, plot.bottom + 8, words, SIZE, { align: 'right', upright: true })];
  });
  const title = text(plot.left - 14, plot.bottom + 16, '週一 Monday', SIZE, {
    align: 'right',
    color: INK_SOFT,
  });
  return [...labels, title, ...yearShapes(timeline)];
}

/** A year's name under its weeks; one that is too narrow for it reaches over the plot's edge. */
function yearShapes(timeline: Timeline): Shape[] {
  const { plot, cell, firstMonday, weekCount } = timeline;
  const base = plot.bottom + timeAxisHeight(cell) - 6;
  const years: { readonly year: number; readonly from: number; to: number }[] = [];
  for (let i = 0; i < weekCount; i += 1) {
    const year = yearOf(addDays(firstMonday, i * 7));
    const last = years.at(-1);
    if (last?.year === year) last.to = i + 1;
    else years.push({ year, from: i, to: i + 1 });
  }
  return years.flatMap(({ year, from, to }, k) => {
    const [left, right] = [plot.left + from * cell, plot.left + to * cell];
    const wordings = [`${year}（${rocYear(year)}）`, rocYear(year)];
    const words = firstFit(wordings, right - left - 8, SIZE, true);
    const mark = line([left, base - 13], [left, base + 3], INK);
    const marks = k === 0 ? [] : [mark];
    if (words !== undefined) {
      return [
        ...marks,
        text((left + right) / 2, base, words, SIZE, { bold: true, align: 'center' }),
      ];
    }
    const outwards =
      k === 0
        ? ({ at: right - 4, align: 'right' } as const)
        : ({ at: left + 4, align: 'left' } as const);
    const { at, align } = outwards;
    return [...marks, text(at, base, rocYear(year), SIZE, { bold: true, align })];
  });
}

/** The labelled values of a panel, and what it counts. */
export function valueAxisShapes(
  panel: Box,
  scale: ValueScale,
  title: { readonly zh: string; readonly en: string },
): Shape[] {
  const height = panel.bottom - panel.top;
  const labels = scale.ticks.map((value) => {
    const y = panel.bottom - (value / scale.max) * height;
    return text(panel.left - 8, y + 4, formatCount(value), SIZE, { align: 'right' });
  });
  const middle = (panel.top + panel.bottom) / 2;
  const upright = { align: 'center', upright: true } as const;
  const zhSize = Math.min(13, (13 * height) / Math.max(height, textWidth(title.zh, 13, true)));
  return [
    ...labels,
    text(EDGE.left + 11, middle, title.zh, zhSize, { ...upright, bold: true }),
    text(EDGE.left + 27, middle, title.en, 11, { ...upright, color: INK_SOFT }),
  ];
}
