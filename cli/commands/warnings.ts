import { defineCommand } from 'citty';
import { warningSchema } from '../../api/operations/warnings.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  limitArg,
  limitFrom,
  programmeArg,
} from './shared/options.ts';
import { table } from './shared/table.ts';

/** `flowproof warnings`: firms to call while their month can still be reached. */
export const warnings = defineCommand({
  meta: { name: 'warnings', description: 'Firms going silent inside a running month' },
  args: { ...programmeArg, ...asOfArg, ...limitArg, ...connectionArgs },
  async run({ args }) {
    const rows: (string | number)[][] = [];
    const found = clientFrom(args).items(warningSchema, '/v1/warnings', limitFrom(args), {
      programme: args.programme,
      asOf: asOfFrom(args),
    });
    for await (const warning of found) {
      const { orderId, vendorId, smeId, month, silentDays, lastUseOn, daysLeft } = warning;
      rows.push([orderId, vendorId, smeId, month, silentDays, lastUseOn ?? '–', daysLeft]);
    }
    process.stdout.write(table([HEADER, ...rows]));
  },
});

const HEADER = [
  '訂單 Order',
  '廠商 Vendor',
  '企業 SME',
  '月 Month',
  '未使用天數 Silent days',
  '最後使用 Last use',
  '剩餘天數 Days left',
];
