import type { UsageChart } from '../core/chart.ts';
import { EDGE, INK_SOFT, RULE } from './page.ts';
import { line, type Shape, text } from './shapes.ts';
import { cleanText, fitText } from './text.ts';

const SIZE = 11;
const STEP = 16;
export const FOOTER_TOP = EDGE.bottom - 3 * STEP - 4;

const NOTE_ZH =
  '一週為週一至週日，週值計其在契約期間內的所有日數；月計僅計該月各日，使用人數不相加。月格內為「實績 / 門檻」。日期為臺北時間。狀態與可核銷月由事件紀錄依常態流量判定。';
const NOTE_EN =
  "Weeks run Monday to Sunday and count all their days inside the contract; a month's figures count its own days, people do not add up. Month heads: actual / asked. Dates are Asia/Taipei.";

/** What lets a reader recompute the record: the digest of its data, and how it counts. */
export function footerShapes(chart: UsageChart): Shape[] {
  const width = EDGE.right - EDGE.left;
  const simulated = chart.simulated ? '　｜　模擬時間 Simulated clock' : '';
  const digest = `資料摘要 Data digest (SHA-256)  ${cleanText(chart.digest)}${simulated}`;
  const soft = { color: INK_SOFT };
  const base = FOOTER_TOP + STEP;
  return [
    line([EDGE.left, FOOTER_TOP], [EDGE.right, FOOTER_TOP], RULE),
    text(EDGE.left, base, fitText(digest, width, SIZE, true), SIZE, { bold: true }),
    text(EDGE.left, base + STEP, fitText(NOTE_ZH, width, SIZE), SIZE, soft),
    text(EDGE.left, base + 2 * STEP, fitText(NOTE_EN, width, SIZE), SIZE, soft),
  ];
}
