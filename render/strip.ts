import type { ChartMonth, UsageChart } from '../core/chart.ts';
import { criteriaOf } from '../core/normalFlow.ts';
import { civilDate } from '../core/time.ts';
import { INK, PAPER, RULE } from './page.ts';
import { rect, type Shape, text } from './shapes.ts';
import { TABLE_MONTHS_MAX } from './table.ts';
import { firstFit, textWidth } from './text.ts';
import { type Timeline, xOf } from './timeline.ts';
import { claimWords, STATES, standing } from './words.ts';

/**
 * The head of each month's band, above the plot so that no line runs through it: state, claimable
 * mark, and how the month stands to each criterion.
 */

const SIZE = 12;
const LINE_STEP = 18;
const PADDING = 8;
const CRITERIA_LINES_MAX = 4;
const PILL_INSET = 10;
/** A month at least so wide, compared with the widest, is no part month. */
const WHOLE_SHARE = 0.8;

/** Pixels that the strip needs for the criteria of these months. */
export function stripHeight(months: readonly ChartMonth[]): number {
  const crowded = months.length > TABLE_MONTHS_MAX;
  const lines = crowded ? 0 : Math.max(0, ...months.map((m) => standings(m).length));
  return PADDING + (2 + lines) * LINE_STEP + 4;
}

export function stripShapes(chart: UsageChart, timeline: Timeline): Shape[] {
  const height = stripHeight(chart.months);
  const top = timeline.plot.top - height;
  const crowded = chart.months.length > TABLE_MONTHS_MAX;
  const cells = chart.months.map((month): Cell => {
    const left = xOf(timeline, civilDate(month.start));
    const right = xOf(timeline, civilDate(month.endExclusive));
    return { month, left, right, room: right - left - 4 };
  });
  const headLevel = sharedLevel(cells, headWordings, true);
  const claimLevel = sharedLevel(cells, (month) => claimWords(month).wordings, true);
  const lineLevels = Array.from({ length: CRITERIA_LINES_MAX }, (_, row) =>
    sharedLevel(cells, (month) => standings(month)[row] ?? [], false),
  );
  return cells.flatMap((cell) => {
    const { month, left, right, room } = cell;
    const middle = (left + right) / 2;
    const y = (row: number) => top + PADDING + row * LINE_STEP + SIZE - 1;
    const words = (wordings: readonly string[], level: number, row: number, bold: boolean) => {
      const fitting = firstFit(wordings.slice(level), room, SIZE, bold);
      return fitting === undefined ? [] : [centred(middle, y(row), fitting, bold)];
    };
    return [
      rect(left, top, right - left, height, { fill: STATES[month.state].fill, stroke: RULE }),
      ...words(headWordings(month), headLevel, 0, true),
      ...claimShapes(cell, claimLevel, y(1)),
      ...(crowded ? [] : standings(month)).flatMap((w, i) =>
        words(w, lineLevels[i] ?? 0, 2 + i, false),
      ),
    ];
  });
}

interface Cell {
  readonly month: ChartMonth;
  readonly left: number;
  readonly right: number;
  readonly room: number;
}

/** The fullest wording that fits all whole months: neighbours read alike, a part month does not count. */
function sharedLevel(
  cells: readonly Cell[],
  wordingsOf: (month: ChartMonth) => readonly string[],
  bold: boolean,
): number {
  const widest = Math.max(...cells.map((c) => c.room));
  const whole = cells.filter((c) => c.room > WHOLE_SHARE * widest);
  return Math.max(
    ...whole.map(({ month, room }) => {
      const wordings = wordingsOf(month);
      const level = wordings.findIndex((words) => textWidth(words, SIZE, bold) <= room);
      return level === -1 ? Math.max(0, wordings.length - 1) : level;
    }),
  );
}

function headWordings(month: ChartMonth): readonly string[] {
  const { zh, en, sign } = STATES[month.state];
  const named = `第${month.month}個月 ${zh}`;
  return [`${named} ${en}`, named, `M${month.month} ${zh}`, zh, sign];
}

function claimShapes({ month, left, right, room }: Cell, level: number, y: number): Shape[] {
  const { claimed, wordings } = claimWords(month);
  const middle = (left + right) / 2;
  const inset = claimed ? PILL_INSET : 0;
  const words = firstFit(wordings.slice(level), room - inset, SIZE, claimed);
  if (words === undefined) return [];
  if (!claimed) return [centred(middle, y, words, false)];
  const pill = textWidth(words, SIZE, true) + inset;
  return [
    rect(middle - pill / 2, y - SIZE, pill, SIZE + 4, { fill: INK, radius: 3 }),
    text(middle, y, words, SIZE, { align: 'center', bold: true, color: PAPER }),
  ];
}

/** The wordings of each line, fullest first. */
function standings(month: ChartMonth): (readonly string[])[] {
  const criteria = criteriaOf(month.rule);
  const all = month.criteria.flatMap((result, i) => {
    const criterion = criteria[i];
    return criterion === undefined ? [] : [standing(result, criterion)];
  });
  if (all.length <= CRITERIA_LINES_MAX) return all;
  const shown = all.slice(0, CRITERIA_LINES_MAX - 1);
  const rest = all.length - shown.length;
  return [...shown, [`另 ${rest} 項 +${rest} more`, `另 ${rest} 項`, `+${rest}`]];
}

function centred(x: number, y: number, words: string, bold: boolean): Shape {
  return text(x, y, words, SIZE, { align: 'center', bold });
}
