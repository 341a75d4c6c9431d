import { defineCommand } from 'citty';
import { explanationSchema } from '../../api/explanationAnswer.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  jsonArg,
  monthArg,
  monthPath,
  orderArg,
} from './shared/options.ts';
import { printable, table } from './shared/table.ts';

/** `flowproof explain ORDER MONTH`: why a month is what it is. */
export const explain = defineCommand({
  meta: {
    name: 'explain',
    description: 'Why a month is what it is: distances, what was left out, seal and review',
  },
  args: { ...orderArg, ...monthArg, ...asOfArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const path = monthPath(args.order, args.month, '/explanation');
    const query = { asOf: asOfFrom(args) };
    const answer = await clientFrom(args).json(explanationSchema, 'GET', path, { query });
    if (args.json === true) {
      process.stdout.write(`${JSON.stringify(answer)}\n`);
      return;
    }
    const rows = answer.excluded.map((g) => [g.reason, g.count, g.sample.join(' '), g.rows ?? '–']);
    const header = ['未計入 Left out', '筆數 Count', '例 Sample', '列表 Rows'];
    process.stdout.write(
      [
        printable(answer.text.zh),
        '',
        printable(answer.text.en),
        '',
        ...(rows.length === 0 ? [] : [table([header, ...rows])]),
      ].join('\n'),
    );
  },
});
