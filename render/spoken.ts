import type { ChartMonth, UsageChart } from '../core/chart.ts';
import { civilDate } from '../core/time.ts';
import { lastDay } from './dates.ts';
import { asOfWords } from './header.ts';
import { cleanText } from './text.ts';
import { claimWords, STATES } from './words.ts';

/** The record in words, for who has it read aloud: letters that are outlines say nothing. */
export interface Spoken {
  readonly title: string;
  readonly description: string;
}

/** Names nothing that is not drawn: who may see the record may hear it. */
export function spokenRecord(chart: UsageChart): Spoken {
  const { smeName, orderId, claimableMonths, contract, simulated } = chart;
  const figure = `可核銷月數 Claimable months ${claimableMonths} / ${contract.contractMonths}`;
  const title = [
    '企業使用紀錄 Usage record',
    cleanText(smeName),
    `訂單 Order ${cleanText(orderId)}`,
  ];
  const clock = simulated ? ['模擬時間 Simulated clock'] : [];
  const asOf = `資料截至 As of ${asOfWords(chart.asOf)}`;
  return {
    title: [...title, figure].join(' · '),
    description: [...clock, asOf, ...chart.months.map(monthWords)].join('; '),
  };
}

/** 第1個月 Month 1, 2023-04-15–2023-05-14: 達標 Met, 可核銷 Claimable */
function monthWords(month: ChartMonth): string {
  const { zh, en } = STATES[month.state];
  const last = lastDay({ endExclusive: civilDate(month.endExclusive) });
  const span = `${month.start}–${last}`;
  const claim = claimWords(month).wordings[0] ?? '不可核銷 Not claimable';
  return `第${month.month}個月 Month ${month.month}, ${span}: ${zh} ${en}, ${claim}`;
}
