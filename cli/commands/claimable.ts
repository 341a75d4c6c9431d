import { defineCommand } from 'citty';
import { z } from 'zod';
import { asOfArg, asOfFrom, clientFrom, connectionArgs, programmeArg } from './shared/options.ts';
import { copyBody } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof claimable`: the month counts of every order. */
export const claimable = defineCommand({
  meta: { name: 'claimable', description: 'Claimable months of every order' },
  args: {
    ...programmeArg,
    ...asOfArg,
    csv: { type: 'boolean', description: 'Print CSV, as the server gives it' },
    ...connectionArgs,
  },
  async run({ args }) {
    const answer = await clientFrom(args).call('GET', '/v1/claimable', {
      query: { programme: args.programme, asOf: asOfFrom(args) },
      headers: { accept: args.csv === true ? 'text/csv' : 'application/x-ndjson' },
    });
    if (args.csv === true) return copyBody(answer, process.stdout);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    const rows = lines.map((line) => rowSchema.parse(JSON.parse(line)));
    process.stdout.write(table([HEADER, ...rows.map(cellsOf)]));
  },
});

const HEADER = [
  '訂單 Order',
  '計畫 Programme',
  '廠商 Vendor',
  '企業 SME',
  '可核銷 Claimable',
  '期程 Contract',
  '待結 Pending',
  '待審 Held',
];

const rowSchema = z.object({
  orderId: z.string(),
  programme: z.string(),
  vendorId: z.string(),
  smeId: z.string(),
  contractMonths: z.int(),
  claimableMonths: z.int(),
  monthsPending: z.int(),
  monthsHeld: z.int(),
});

function cellsOf(row: z.infer<typeof rowSchema>): (string | number)[] {
  const { orderId, programme, vendorId, smeId } = row;
  const { claimableMonths, contractMonths, monthsPending, monthsHeld } = row;
  const counts = [claimableMonths, contractMonths, monthsPending, monthsHeld];
  return [orderId, programme, vendorId, smeId, ...counts];
}
