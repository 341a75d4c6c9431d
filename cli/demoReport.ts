import { join } from 'node:path';
import { MONTH_STATES } from '../core/month.ts';
import { STATES } from '../render/words.ts';
import { table } from './commands/shared/table.ts';
import type { DemoOutcome } from './demoRun.ts';
import { SAMPLE_AS_OF } from './demoSample.ts';

/** The one JSON document of `demo --json`. */
export function demoDocument({ asOf, orders, charts }: DemoOutcome): string {
  const answers = orders.map(({ orderId, claimableMonths, months }) => ({
    orderId,
    claimableMonths,
    months: months.map(({ month, state }) => ({ month, state })),
  }));
  return `${JSON.stringify({ asOf, orders: answers, charts })}\n`;
}

/** The table for people: a character for each month, explained below. */
export function demoTable(outcome: DemoOutcome): string {
  const { asOf, orders, charts, events, sendMs } = outcome;
  const rows = orders.map((order) => [
    order.orderId,
    order.programme,
    order.months.map((m) => STATES[m.state].sign).join(''),
    `${order.claimableMonths} / ${order.months.length}`,
  ]);
  const legend = MONTH_STATES.map((s) => `${STATES[s].sign} ${STATES[s].zh} ${STATES[s].en}`);
  return [
    `可核銷月 Claimable months as of ${asOf}`,
    '',
    table([['訂單 Order', '計畫 Programme', '各月 Months', '可核銷 Claimable'], ...rows]),
    legend.join(' · '),
    '',
    `${events} events were sent and stored in ${(sendMs / 1000).toFixed(1)} s.`,
    '',
    '圖表 Charts (an SVG is beside each):',
    ...charts.map((path) => `  ${path}`),
    '',
  ].join('\n');
}

/** What to try while the demo stays up. */
export function servingText({ url, dataDir }: { url: string; dataDir: string }): string {
  const keyFile = join(dataDir, 'admin.key');
  const curl = `curl -s -H "Authorization: Bearer $(cat ${keyFile})"`;
  const asOf = `asOf=${SAMPLE_AS_OF}`;
  return [
    '',
    `服務中 Serving at ${url} until Ctrl-C; the data is removed then.`,
    `The administrator key is in ${keyFile}`,
    '',
    `  ${curl} "${url}/v1/orders/order-a001/months?${asOf}"`,
    `  ${curl} "${url}/v1/orders/order-a001/chart.png?${asOf}" -o order-a001.png`,
    `  ${curl} -H "Accept: text/csv" "${url}/v1/claimable?${asOf}"`,
    `  npx flowproof months order-a001 --as-of ${SAMPLE_AS_OF} --url ${url} --key-file ${keyFile}`,
    '',
  ].join('\n');
}
