import { defineCommand } from 'citty';
import { idleSchema } from '../../api/idleAnswer.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  limitArg,
  limitFrom,
} from './shared/options.ts';
import { sayCut } from './shared/output.ts';
import { table } from './shared/table.ts';

/** `flowproof idle`: the warning list of solutions without a running contract. */
export const idle = defineCommand({
  meta: { name: 'idle', description: 'Listed solutions without a contract for three months' },
  args: { ...asOfArg, ...limitArg, ...connectionArgs },
  async run({ args }) {
    const rowsMax = limitFrom(args);
    const query = { asOf: asOfFrom(args) };
    const { items, isCut } = await clientFrom(args).list(
      idleSchema,
      '/v1/solutions/idle',
      rowsMax,
      query,
    );
    const rows = items.map((solution) => {
      const { solutionId, vendorId, name, listedFrom, idleSince, months } = solution;
      const lastContractEnd = solution.lastContractEnd ?? '–';
      return [solutionId, vendorId, name, listedFrom, lastContractEnd, idleSince, months];
    });
    process.stdout.write(table([HEADER, ...rows]));
    sayCut(isCut, rowsMax);
  },
});

const HEADER = [
  '方案 Solution',
  '廠商 Vendor',
  '名稱 Name',
  '上架 Listed',
  '末約迄 Last contract',
  '閒置起 Idle since',
  '月數 Months',
];
