import { defineCommand } from 'citty';
import type { z } from 'zod';
import { statementSchema } from '../../api/answers.ts';
import { STATE_WORDS } from '../../core/words.ts';
import { clientFrom, connectionArgs, jsonArg, orderArg, orderPath } from './shared/options.ts';
import { table } from './shared/table.ts';

type Statement = z.infer<typeof statementSchema>;

/** `flowproof trace ORDER`: from the money to the months and seals that it was drawn on. */
export const trace = defineCommand({
  meta: {
    name: 'trace',
    description:
      'The statements of an order, with a key of the role claims: each with its months, their ' +
      'revision, digest and review when it was drawn',
  },
  args: { ...orderArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const path = orderPath(args.order, '/claims');
    const found: Statement[] = [];
    for await (const statement of clientFrom(args).items(statementSchema, path, STATEMENTS_MAX)) {
      found.push(statement);
    }
    const text = args.json === true ? JSON.stringify(found) : found.map(forPeople).join('\n');
    process.stdout.write(`${text}\n`);
  },
});

/** More than an order can have: each takes a review between. */
const STATEMENTS_MAX = 10_000;

function forPeople(statement: Statement): string {
  const { statementId, kind, instalment, amountTwd, drawnAt, months } = statement;
  const word = kind === 'claim' ? '請領 claim' : '追繳 clawback';
  const head = `${statementId} · 第 ${instalment} 期 Instalment ${instalment} · ${word} · NT$ ${amountTwd} · ${drawnAt}\n`;
  if (months === null) return head;
  const rows = months.map((m) => [
    m.month,
    `${STATE_WORDS[m.state].zh} ${STATE_WORDS[m.state].en}`,
    m.claimable ? '是 yes' : '否 no',
    m.revision ?? '–',
    m.review?.decision ?? '–',
    m.digest ?? '–',
  ]);
  return head + table([HEADER, ...rows]);
}

const HEADER = [
  '月 Month',
  '狀態 State',
  '可核銷 Claimable',
  '版 Revision',
  '審查 Review',
  '摘要 Digest',
];
