import { writeFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  orderArg,
  orderPath,
} from './shared/options.ts';

/** `flowproof chart ORDER`: the usage record (企業使用紀錄) as a picture. */
export const chart = defineCommand({
  meta: { name: 'chart', description: 'The usage record of an order as a PNG or SVG file' },
  args: {
    ...orderArg,
    ...asOfArg,
    months: { type: 'string', valueHint: 'range', description: 'Some months, such as 1-3' },
    svg: { type: 'boolean', description: 'SVG instead of PNG' },
    out: {
      type: 'string',
      valueHint: 'file',
      description: 'Where to; else ORDER.png or ORDER.svg',
    },
    ...connectionArgs,
  },
  async run({ args }) {
    const format = args.svg === true ? 'svg' : 'png';
    const answer = await clientFrom(args).call('GET', orderPath(args.order, `/chart.${format}`), {
      query: { asOf: asOfFrom(args), months: args.months },
    });
    const path = args.out ?? `${args.order}.${format}`;
    // Read whole before the file is touched: a chart that broke off on the way replaces nothing.
    await writeFile(path, Buffer.from(await answer.arrayBuffer()));
    process.stdout.write(`${path}\n`);
  },
});
