import { defineCommand } from 'citty';
import type { z } from 'zod';
import {
  claimSchema,
  type drawnMonthSchema,
  monthsSchema,
  statementSchema,
} from '../../api/answers.ts';
import { drawnMonth } from '../../api/drawn.ts';
import { programmeOf } from '../../core/programmes/index.ts';
import { STATE_WORDS } from '../../core/words.ts';
import type { ApiClient } from '../http.ts';
import { claimText } from './shared/claimText.ts';
import { clientFrom, connectionArgs, jsonArg, orderArg, orderPath } from './shared/options.ts';
import { table } from './shared/table.ts';

type Statement = z.infer<typeof statementSchema>;
type DrawnMonth = z.infer<typeof drawnMonthSchema>;

/** `flowproof trace ORDER`: from the money to the months and seals that it was drawn on, then and now. */
export const trace = defineCommand({
  meta: {
    name: 'trace',
    description:
      'The statements of an order, with a key of the role claims: each with its months, their ' +
      'revision, digest and review when it was drawn; then what the months earn now, less drawn',
  },
  args: { ...orderArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const client = clientFrom(args);
    const path = orderPath(args.order, '/claims');
    const { items: statements } = await client.list(statementSchema, path, STATEMENTS_MAX);
    const now = await standingNow(client, args.order, statements);
    const text =
      args.json === true
        ? JSON.stringify({ statements, now })
        : [...statements.map(forPeople), ...(now === null ? [] : [nowForPeople(now)])].join('\n');
    process.stdout.write(`${text}\n`);
  },
});

/** What was drawn, held against the months as they stand: a clawback is seen before it is drawn. */
interface Standing {
  readonly claim: z.infer<typeof claimSchema>;
  readonly months: DrawnMonth[];
}

/** By the last instalment of the programme, the one that settles; null where nothing is drawn. */
async function standingNow(
  client: ApiClient,
  orderId: string,
  statements: readonly Statement[],
): Promise<Standing | null> {
  const programme = statements[0]?.programme;
  if (programme === undefined) return null;
  const last = programmeOf(programme).instalments.at(-1)?.instalment ?? 1;
  const instalment = { instalment: String(last) };
  const claim = await client.json(claimSchema, 'GET', orderPath(orderId, '/claim'), {
    query: instalment,
  });
  const { months } = await client.json(monthsSchema, 'GET', orderPath(orderId, '/months'), {
    query: { asOf: claim.asOf },
  });
  return { claim, months: months.map(drawnMonth) };
}

/** More than an order can have: each takes a review between. */
const STATEMENTS_MAX = 10_000;

function forPeople(statement: Statement): string {
  const { statementId, kind, instalment, amountTwd, drawnAt, months } = statement;
  const word = kind === 'claim' ? '請領 claim' : '追繳 clawback';
  const head = `${statementId} · 第 ${instalment} 期 Instalment ${instalment} · ${word} · NT$ ${amountTwd} · ${drawnAt}\n`;
  return months === null ? head : head + monthTable(months);
}

function nowForPeople({ claim, months }: Standing): string {
  return `現況 Now\n${claimText(claim)}\n${monthTable(months)}`;
}

function monthTable(months: readonly DrawnMonth[]): string {
  const rows = months.map((m) => [
    m.month,
    `${STATE_WORDS[m.state].zh} ${STATE_WORDS[m.state].en}`,
    m.claimable ? '是 yes' : '否 no',
    m.revision ?? '–',
    m.review?.decision ?? '–',
    m.digest ?? '–',
  ]);
  return table([HEADER, ...rows]);
}

const HEADER = [
  '月 Month',
  '狀態 State',
  '可核銷 Claimable',
  '版 Revision',
  '審查 Review',
  '摘要 Digest',
];
