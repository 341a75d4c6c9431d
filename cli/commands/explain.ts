import { defineCommand } from 'citty';
import type { z } from 'zod';
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
    const excluded = answer.excluded.map((g) => [g.reason, ...told(g, g.rows)]);
    const beyond = answer.criteria.flatMap((c, i) => beyondRows(c, i + 1));
    const tables = [
      [['未計入 Left out', ...TOLD], ...excluded],
      [['條件 Criterion', '週 Week', '鄰月日 Days', '與列表之差 Differs', ...TOLD], ...beyond],
    ];
    process.stdout.write(
      [
        printable(answer.text.zh),
        '',
        printable(answer.text.en),
        '',
        ...tables.filter((rows) => rows.length > 1).map(table),
      ].join('\n'),
    );
  },
});

type Explained = z.infer<typeof explanationSchema>;

const TOLD = ['筆數 Count', '例 Sample', '列表 Rows'];

/** The cells under `TOLD`. */
function told(
  { count, sample }: { readonly count: number; readonly sample: readonly string[] },
  rows: string | null,
) {
  return [count, sample.join(' '), rows ?? '–'];
}

/** Of a criterion's weeks that reach into a neighbouring month: what differs from their lists. */
function beyondRows(criterion: Explained['criteria'][number], number: number) {
  return criterion.cycles.flatMap(({ start, rows, beyond }) => {
    if (beyond === null) return [];
    const { days, excluded, admitted } = beyond;
    const groups = [
      ...excluded.map((group) => [`不計 left out: ${group.reason}`, ...told(group, rows)]),
      ...(admitted.count === 0 ? [] : [['計入 counted', ...told(admitted, rows)]]),
    ];
    return groups.map((of) => [number, start, `${days.from} – ${days.to}`, ...of]);
  });
}
