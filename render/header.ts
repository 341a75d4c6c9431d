import type { ChartMonth, UsageChart } from '../core/chart.ts';
import { civilDate } from '../core/time.ts';
import { bothDates, lastDay } from './dates.ts';
import { ALARM, EDGE, INK, INK_SOFT, RULE } from './page.ts';
import { line, rect, type Shape, text } from './shapes.ts';
import { cleanText, fitText, textWidth, wrapText } from './text.ts';
import { formatCount, ruleWords, type Words } from './words.ts';

/** Who, what and when: the part of the record above the chart [000 附表4 十; 002 註6]. */

const TITLE_BASE = 64;
const FACTS_TOP = 106;
const FACT_STEP = 25;
const PLAN_TOP = 210;
const LINE_STEP = 20;
const PLAN_LINES_MAX = 2;
const FACT_SIZE = 14;
const LABEL_SIZE = 12;
const VALUE_LEFT = 200;
const RIGHT_LABEL = 640;
const RIGHT_VALUE = 760;
const FIGURE_LEFT = 1150;
const FIGURE_TOP = 92;
const FIGURE_HEIGHT = 98;
export interface Header {
  readonly shapes: readonly Shape[];
  /** Where it ends: a short usage plan leaves more to the chart. */
  readonly bottom: number;
}

export function headerOf(chart: UsageChart): Header {
  const plan = planLines(chart.usagePlan);
  const ruleTop = PLAN_TOP + plan.length * LINE_STEP + 4;
  const bottom = ruleTop + LINE_STEP + 12;
  const shapes = [
    ...titleShapes(chart.simulated),
    ...factShapes(chart),
    ...figureShapes(chart),
    ...planShapes(plan),
    ...ruleShapes(chart.months, ruleTop),
    line([EDGE.left, bottom], [EDGE.right, bottom], RULE),
  ];
  return { shapes, bottom };
}

/** 2026-08-24 00:00（民國115年8月24日）; seconds only where there are some. */
export function asOfWords(asOf: string): string {
  const date = civilDate(asOf.slice(0, 10));
  const time = asOf
    .slice(11, 23)
    .replace(/\.000$/, '')
    .replace(/:00$/, '');
  return bothDates(date).replace('（', ` ${time}（`);
}

function titleShapes(simulated: boolean): Shape[] {
  const title = '企業使用紀錄';
  const afterTitle = EDGE.left + textWidth(title, 32, true) + 14;
  const shapes: Shape[] = [
    text(EDGE.left, TITLE_BASE, title, 32, { bold: true }),
    text(afterTitle, TITLE_BASE, 'Usage record', 20, { color: INK_SOFT }),
    line([EDGE.left, 80], [EDGE.right, 80], INK, { width: 2 }),
  ];
  if (!simulated) return shapes;
  const words = '模擬時間 Simulated clock';
  const width = textWidth(words, 16, true) + 28;
  return [
    ...shapes,
    rect(EDGE.right - width, 37, width, 32, { stroke: ALARM, radius: 4 }),
    text(EDGE.right - width / 2, 59, words, 16, { bold: true, color: ALARM, align: 'center' }),
  ];
}

function factShapes(chart: UsageChart): Shape[] {
  const { contract } = chart;
  const left: readonly (readonly [Words, string])[] = [
    [{ zh: '資訊服務廠商', en: 'Vendor' }, chart.vendorName],
    [{ zh: '雲端解決方案', en: 'Solution' }, chart.solutionName],
    [{ zh: '企業', en: 'Firm (SME)' }, chart.smeName],
    [{ zh: '統一編號', en: 'Business no.' }, chart.smeId],
  ];
  const right: readonly (readonly [Words, string])[] = [
    [{ zh: '訂單', en: 'Order' }, chart.orderId],
    [{ zh: '契約起日', en: 'From' }, bothDates(civilDate(contract.start))],
    [
      { zh: '契約迄日', en: 'To' },
      bothDates(lastDay({ endExclusive: civilDate(contract.endExclusive) })),
    ],
    [{ zh: '資料截至', en: 'As of' }, asOfWords(chart.asOf)],
  ];
  const rowY = (i: number) => FACTS_TOP + i * FACT_STEP;
  return [
    ...left.flatMap(([label, value], i) =>
      fact(EDGE.left, VALUE_LEFT, RIGHT_LABEL - 20, rowY(i), label, value),
    ),
    ...right.flatMap(([label, value], i) =>
      fact(RIGHT_LABEL, RIGHT_VALUE, FIGURE_LEFT - 16, rowY(i), label, value),
    ),
  ];
}

function fact(
  labelX: number,
  valueX: number,
  right: number,
  y: number,
  label: Words,
  value: string,
): Shape[] {
  const words = fitText(cleanText(value), right - valueX, FACT_SIZE, true);
  return [...labelShapes(labelX, y, label), text(valueX, y, words, FACT_SIZE, { bold: true })];
}

function labelShapes(x: number, y: number, label: Words): Shape[] {
  const english = x + textWidth(label.zh, LABEL_SIZE) + 6;
  return [
    text(x, y, label.zh, LABEL_SIZE, { color: INK_SOFT }),
    text(english, y, label.en, LABEL_SIZE, { color: INK_SOFT }),
  ];
}

/** The number that a claim rests on. */
function figureShapes(chart: UsageChart): Shape[] {
  const { contractMonths } = chart.contract;
  const [first, last] = [chart.months[0]?.month ?? 1, chart.months.at(-1)?.month ?? 1];
  const shown = `${monthsZh(first, last)} ${monthsEn(first, last)}`;
  const middle = (FIGURE_LEFT + EDGE.right) / 2;
  const center = { align: 'center', color: INK_SOFT } as const;
  const figure = formatCount(chart.claimableMonths);
  const half = (textWidth(figure, 42, true) + textWidth(` / ${contractMonths}`, 18)) / 2;
  const figureX = middle - half;
  return [
    rect(FIGURE_LEFT, FIGURE_TOP, EDGE.right - FIGURE_LEFT, FIGURE_HEIGHT, {
      stroke: INK,
      radius: 4,
    }),
    text(middle, FIGURE_TOP + 21, '可核銷月數 Claimable months', 13, {
      align: 'center',
      bold: true,
    }),
    text(figureX, FIGURE_TOP + 66, figure, 42, { bold: true }),
    text(figureX + textWidth(figure, 42, true), FIGURE_TOP + 66, ` / ${contractMonths}`, 18, {
      color: INK_SOFT,
    }),
    text(middle, FIGURE_TOP + 88, `圖示 Shown: ${shown}`, 12, center),
  ];
}

function planLines(usagePlan: string): readonly string[] {
  const clean = cleanText(usagePlan);
  return wrapText(clean === '' ? '—' : clean, EDGE.right - VALUE_LEFT, 13, PLAN_LINES_MAX);
}

function planShapes(lines: readonly string[]): Shape[] {
  return [
    ...labelShapes(EDGE.left, PLAN_TOP, { zh: '使用紀錄規劃', en: 'Usage plan' }),
    ...lines.map((words, i) => text(VALUE_LEFT, PLAN_TOP + i * LINE_STEP, words, 13)),
  ];
}

/** The declared normal flow; where versions differ, each with the months that it judges. */
function ruleShapes(months: readonly ChartMonth[], top: number): Shape[] {
  const runs: { readonly first: number; last: number; readonly words: Words }[] = [];
  for (const { month, rule } of months) {
    const words = ruleWords(rule);
    const run = runs.at(-1);
    if (run?.words.zh === words.zh) run.last = month;
    else runs.push({ first: month, last: month, words });
  }
  const one = runs.length === 1;
  const zh = runs
    .map((r) => `${one ? '' : `${monthsZh(r.first, r.last)} `}${r.words.zh}`)
    .join('｜');
  const en = runs
    .map((r) => `${one ? '' : `${monthsEn(r.first, r.last)} `}${r.words.en}`)
    .join(' | ');
  const width = EDGE.right - VALUE_LEFT;
  return [
    ...labelShapes(EDGE.left, top, { zh: '常態流量', en: 'Normal flow' }),
    text(VALUE_LEFT, top, fitText(zh, width, 13), 13),
    text(VALUE_LEFT, top + LINE_STEP, fitText(en, width, 12), 12, { color: INK_SOFT }),
  ];
}

function monthsZh(first: number, last: number): string {
  return first === last ? `第${first}個月` : `第${first}–${last}個月`;
}

function monthsEn(first: number, last: number): string {
  return first === last ? `M${first}` : `M${first}–${last}`;
}
