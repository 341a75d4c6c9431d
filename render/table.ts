import type { ChartMonth, UsageChart } from '../core/chart.ts';
import { MONTH_STATES, type MonthState } from '../core/month.ts';
import { civilDate } from '../core/time.ts';
import { lastDay } from './dates.ts';
import { EDGE, INK, INK_SOFT, RULE } from './page.ts';
import { line, type Shape, text } from './shapes.ts';
import { fitText, textWidth } from './text.ts';
import { formatCount, STATES } from './words.ts';

/** The figures of each month and their totals. */

/** More months than this have no room for figures: their states are listed instead. */
export const TABLE_MONTHS_MAX = 14;

const SIZE = 12;
const SMALL = 11;
const ROW = 17;
const HEAD_WIDTH = 130;
const TOTAL_WIDTH = 96;
const ROWS = 8;

interface Column {
  readonly cells: readonly string[];
  readonly middle: number;
  readonly width: number;
}

const HEADS = [
  '期程月 Month',
  '期間 Days',
  '狀態 State',
  '可核銷 Claimable',
  '登入次數 Logins',
  '工作互動數 Interactions',
  '使用人數 Users',
  '全部事件 Events',
] as const;
const BOLD_ROWS: readonly number[] = [0, 2, 3];

export function tableHeight(chart: UsageChart): number {
  const listed = chart.months.length > TABLE_MONTHS_MAX;
  return ROW * (listed ? listRows(chart).length : ROWS);
}

export function tableShapes(chart: UsageChart, top: number): Shape[] {
  return chart.months.length > TABLE_MONTHS_MAX ? listShapes(chart, top) : gridShapes(chart, top);
}

function gridShapes(chart: UsageChart, top: number): Shape[] {
  const from = EDGE.left + HEAD_WIDTH;
  const width = (EDGE.right - TOTAL_WIDTH - from) / chart.months.length;
  const columns: Column[] = chart.months.map((month, i) => ({
    cells: monthCells(month),
    middle: from + (i + 0.5) * width,
    width,
  }));
  const { logins, interactions, events } = chart.totals;
  const sums = [formatCount(logins), formatCount(interactions), '—', formatCount(events)];
  const cells = [
    '合計 Total',
    '',
    '',
    formatCount(chart.months.filter((m) => m.claimable).length),
    ...sums,
  ];
  columns.push({ cells, middle: EDGE.right - TOTAL_WIDTH / 2, width: TOTAL_WIDTH });
  const base = (row: number) => top + (row + 1) * ROW - 5;
  const heads = HEADS.map((words, row) =>
    text(EDGE.left, base(row), words, SMALL, { color: INK_SOFT }),
  );
  const rules = HEADS.map((_, row) =>
    line([EDGE.left, top + (row + 1) * ROW], [EDGE.right, top + (row + 1) * ROW], RULE),
  );
  return [
    line([EDGE.left, top], [EDGE.right, top], INK, { width: 1.5 }),
    ...rules,
    ...heads,
    ...columns.flatMap((column, i) =>
      column.cells.flatMap((words, row) =>
        words === ''
          ? []
          : [cellShape(words, column, base(row), isBold(row, i === columns.length - 1))],
      ),
    ),
  ];
}

function isBold(row: number, total: boolean): boolean {
  return total || BOLD_ROWS.includes(row);
}

/** Digits are never dropped: a figure too wide for its cell is written smaller. */
function cellShape(words: string, column: Column, y: number, bold: boolean): Shape {
  const room = column.width - 4;
  const size = Math.min(SIZE, (SIZE * room) / textWidth(words, SIZE, bold));
  const rounded = Math.floor(size * 10) / 10;
  return text(column.middle, y, words, rounded, { align: 'center', bold });
}

function monthCells(month: ChartMonth): string[] {
  const { logins, interactions, activeUsers, events } = month.totals;
  const { zh, en } = STATES[month.state];
  const last = lastDay({ endExclusive: civilDate(month.endExclusive) });
  return [
    `第${month.month}個月 M${month.month}`,
    `${month.start.slice(5)}–${last.slice(5)}`,
    `${zh} ${en}`,
    month.claimable ? '✓ 可核銷' : '—',
    ...[logins, interactions, activeUsers, events].map(formatCount),
  ];
}

function listShapes(chart: UsageChart, top: number): Shape[] {
  return [
    line([EDGE.left, top], [EDGE.right, top], INK, { width: 1.5 }),
    ...listRows(chart).map((words, i) =>
      text(EDGE.left, top + (i + 1) * ROW - 3, fitText(words, EDGE.right - EDGE.left, SIZE), SIZE, {
        bold: i === 0,
      }),
    ),
  ];
}

function listRows(chart: UsageChart): string[] {
  const { logins, interactions, events } = chart.totals;
  const states = MONTH_STATES.flatMap((state) => {
    const months = chart.months.filter((m) => m.state === state).map((m) => m.month);
    return months.length === 0
      ? []
      : [`${stateName(state)}（${months.length}）：${ranges(months)}`];
  });
  const claimable = chart.months.filter((m) => m.claimable).map((m) => m.month);
  return [
    `合計 Total：登入 logins ${formatCount(logins)}・互動 interactions ${formatCount(interactions)}・事件 events ${formatCount(events)}`,
    ...states,
    `可核銷 Claimable（${claimable.length}）：${ranges(claimable)}`,
    `逐月數字：請分段產製，每份至多 ${TABLE_MONTHS_MAX} 個月。 Figures by month: draw at most ${TABLE_MONTHS_MAX} months a record.`,
  ];
}

function stateName(state: MonthState): string {
  return `${STATES[state].zh} ${STATES[state].en}`;
}

/** 1–3、5、7–8 */
function ranges(numbers: readonly number[]): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const n of numbers) {
    const run = runs.at(-1);
    if (run?.last === n - 1) run.last = n;
    else runs.push({ first: n, last: n });
  }
  return runs.map((r) => (r.first === r.last ? `${r.first}` : `${r.first}–${r.last}`)).join('、');
}
