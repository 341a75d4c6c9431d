import { defineCommand } from 'citty';
import { claimSchema } from '../../api/answers.ts';
import { claimText, instalmentArg } from './shared/claimText.ts';
import {
  asOfArg,
  asOfFrom,
  clientFrom,
  connectionArgs,
  jsonArg,
  orderArg,
  orderPath,
} from './shared/options.ts';

/** `flowproof claim ORDER`: what an instalment pays, and why. */
export const claim = defineCommand({
  meta: {
    name: 'claim',
    description: 'What an instalment of an order pays, with every reason and step; draws nothing',
  },
  args: { ...orderArg, ...instalmentArg, ...asOfArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const query = { instalment: args.instalment, asOf: asOfFrom(args) };
    const path = orderPath(args.order, '/claim');
    const answer = await clientFrom(args).json(claimSchema, 'GET', path, { query });
    process.stdout.write(args.json === true ? `${JSON.stringify(answer)}\n` : claimText(answer));
  },
});
