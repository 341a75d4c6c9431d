import { defineCommand } from 'citty';
import { z } from 'zod';
import { clientFrom, connectionArgs, jsonArg, limitArg, limitFrom } from './shared/options.ts';
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof sources`: what is missing in the sequence numbers of each source. */
export const sources = defineCommand({
  meta: {
    name: 'sources',
    description:
      "Sequence numbers by source: gaps, resets and duplicates; a vendor's own, or for an auditor all",
  },
  args: {
    vendor: { type: 'string', valueHint: 'id', description: 'Sources of this vendor alone' },
    from: { type: 'string', valueHint: 'date', description: 'The first day of receipt' },
    to: { type: 'string', valueHint: 'date', description: 'The last day of receipt' },
    ...jsonArg,
    ...limitArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const query = { vendorId: args.vendor, from: args.from, to: args.to };
    const rowsMax = limitFrom(args);
    const { items: found, isCut } = await clientFrom(args).list(
      sourceSchema,
      '/v1/sources',
      rowsMax,
      query,
    );
    if (args.json === true) {
      process.stdout.write(`${JSON.stringify({ items: found }, null, 2)}\n`);
      sayCut(isCut, rowsMax);
      return;
    }
    process.stdout.write(table([HEADER, ...found.map(rowOf)]));
    const gaps = found.flatMap((item) => item.gaps.map((gap) => [...nameOf(item), ...gapRow(gap)]));
    if (gaps.length > 0) process.stdout.write(`\n${table([GAP_HEADER, ...gaps])}`);
    if (found.some(({ complete }) => !complete)) {
      process.stdout.write('* Too irregular to be judged whole: give --from and --to.\n');
    }
    sayCut(isCut, rowsMax);
  },
});

const HEADER = [
  '廠商 Vendor',
  '來源 Source',
  '事件 Events',
  '首號 First',
  '末號 Last',
  '缺號 Missing',
  '退回 Refused',
  '重複 Duplicates',
  '重設 Resets',
  '無號 Unnumbered',
];
const GAP_HEADER = [
  '廠商 Vendor',
  '來源 Source',
  '輪 Run',
  '自 From',
  '至 To',
  '缺號 Missing',
  '前收 Below received',
  '後收 Above received',
];

const gapSchema = z.object({
  run: z.int(),
  fromSeq: z.int(),
  toSeq: z.int(),
  missing: z.int(),
  belowReceivedAt: z.string(),
  aboveReceivedAt: z.string(),
});
const sourceSchema = z.looseObject({
  vendorId: z.string(),
  source: z.string().nullable(),
  events: z.int(),
  unnumbered: z.int(),
  firstSeq: z.int().nullable(),
  lastSeq: z.int().nullable(),
  missing: z.int(),
  refused: z.int(),
  duplicates: z.int(),
  gaps: z.array(gapSchema.loose()),
  resetsTotal: z.int(),
  complete: z.boolean(),
});
type Source = z.infer<typeof sourceSchema>;

function nameOf({ vendorId, source }: Source): string[] {
  return [vendorId, source ?? '–'];
}

function rowOf(item: Source): (string | number)[] {
  const { events, firstSeq, lastSeq, missing, refused, duplicates, complete } = item;
  const [vendorId = '', source = ''] = nameOf(item);
  return [
    vendorId,
    complete ? source : `${source} *`,
    events,
    firstSeq ?? '–',
    lastSeq ?? '–',
    missing,
    refused,
    duplicates,
    item.resetsTotal,
    item.unnumbered,
  ];
}

function gapRow(gap: z.infer<typeof gapSchema>): (string | number)[] {
  const { run, fromSeq, toSeq, missing, belowReceivedAt, aboveReceivedAt } = gap;
  return [run, fromSeq, toSeq, missing, belowReceivedAt, aboveReceivedAt];
}
