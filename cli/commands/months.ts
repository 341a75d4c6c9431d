import { defineCommand } from 'citty';
import type { z } from 'zod';
import { monthsSchema } from '../../api/answers.ts';
import { METRICS, STATES } from '../../render/words.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  jsonArg,
  orderArg,
  orderPath,
} from './shared/options.ts';
import { printable, table } from './shared/table.ts';

type Answer = z.infer<typeof monthsSchema>;
type Month = Answer['months'][number];
type Criterion = Month['criteria'][number];

/** `flowproof months ORDER`: the decision on every contract month. */
export const months = defineCommand({
  meta: { name: 'months', description: 'Every contract month of an order: its state and its use' },
  args: { ...orderArg, ...asOfArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const query = { asOf: asOfFrom(args) };
    const path = orderPath(args.order, '/months');
    const answer = await clientFrom(args).json(monthsSchema, 'GET', path, { query });
    process.stdout.write(args.json === true ? `${JSON.stringify(answer)}\n` : forPeople(answer));
  },
});

function forPeople(answer: Answer): string {
  const { orderId, programme, asOf, claimableMonths } = answer;
  const findings = answer.months.flatMap((month) =>
    month.findings.map((f) => `  ${month.month}  ${f.severity}  ${f.code}: ${f.explanation}`),
  );
  const reviews = answer.months.flatMap(({ month, review }) =>
    review === null
      ? []
      : [`  ${month}  ${DECISIONS[review.decision]}  ${review.at}  ${review.by}: ${review.reason}`],
  );
  return [
    `訂單 Order ${orderId} · ${programme} · as of ${asOf}`,
    table([HEADER, ...answer.months.map(rowOf)]).trimEnd(),
    `可核銷月 Claimable months ${claimableMonths} / ${answer.months.length}`,
    ...(findings.length === 0 ? [] : ['', '查核發現 Findings', ...findings.map(printable)]),
    ...(reviews.length === 0 ? [] : ['', '審查 Reviews', ...reviews.map(printable)]),
    '',
  ].join('\n');
}

const DECISIONS = { accept: '通過 accepted', reject: '駁回 rejected' };

const HEADER = [
  '月 Month',
  '起 From',
  '迄 Until',
  '狀態 State',
  '可核銷 Claimable',
  '登入 Logins',
  '互動 Interactions',
  '人數 Users',
  '常態流量 Normal flow',
];

function rowOf(month: Month): (string | number)[] {
  const { zh, en } = STATES[month.state];
  const { logins, interactions, activeUsers } = month.totals;
  return [
    month.month,
    month.start,
    month.endExclusive,
    `${zh} ${en}`,
    month.claimable ? '是 yes' : '否 no',
    logins,
    interactions,
    activeUsers,
    month.criteria.map(standing).join('  '),
  ];
}

/** The answer does not say which actions a criterion names, so the wording does not either. */
function standing({
  metric,
  per,
  atLeast,
  cycles,
  cyclesMet,
  cyclesAsked,
  met,
}: Criterion): string {
  const sign = `${met ? '✓' : '✗'} ${METRICS[metric].short}`;
  if (per === 'month') return `${sign} ${cycles[0]?.value ?? 0}/${atLeast}`;
  return `${sign} ≥${atLeast}: ${cyclesMet}/${cyclesAsked} ${per === 'day' ? '天' : '週'}`;
}
