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
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof warnings`: firms to call while their month can still be reached. */
export const warnings = defineCommand({
  meta: { name: 'warnings', description: 'Firms going silent inside a running month' },
  args: { ...programmeArg, ...asOfArg, ...limitArg, ...connectionArgs },
  async run({ args }) {
    const rowsMax = limitFrom(args);
    const query = { programme: args.programme, asOf: asOfFrom(args) };
    const { items, isCut } = await clientFrom(args).list(
      warningSchema,
      '/v1/warnings',
      rowsMax,
      query,
    );
    const rows = items.map((warning) => {
      const { orderId, vendorId, smeId, month, silentDays, daysLeft } = warning;
      const { lastUseOn, weekEndExclusive, dayEndExclusive } = warning;
      const ends = [weekEndExclusive ?? '–', dayEndExclusive ?? '–'];
      return [orderId, vendorId, smeId, month, silentDays, lastUseOn ?? '–', daysLeft, ...ends];
    });
    process.stdout.write(table([HEADER, ...rows]));
    sayCut(isCut, rowsMax);
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
  '本週不可缺，須於此日前達標 Week needed, ends before',
  '不可再缺日，須於此日前使用 Days run out, use before',
];
