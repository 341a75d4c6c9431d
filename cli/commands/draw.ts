import { defineCommand } from 'citty';
import { statementSchema } from '../../api/answers.ts';
import { jsonBody } from '../http.ts';
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

/** `flowproof draw ORDER`: draws the statement of an instalment. Never tried twice by itself. */
export const draw = defineCommand({
  meta: {
    name: 'draw',
    description:
      'Draw the statement of an instalment with a key of the role claims; ' +
      'exit code 1 with the reasons where it may not be drawn',
  },
  args: { ...orderArg, ...instalmentArg, ...asOfArg, ...jsonArg, ...connectionArgs },
  async run({ args }) {
    const body = { instalment: Number(args.instalment), asOf: asOfFrom(args) ?? null };
    const path = orderPath(args.order, '/claims');
    const drawn = await clientFrom(args).json(statementSchema, 'POST', path, jsonBody(body));
    if (args.json === true) {
      process.stdout.write(`${JSON.stringify(drawn)}\n`);
      return;
    }
    const kind = drawn.kind === 'claim' ? '請領 claim' : '追繳 clawback';
    process.stdout.write(
      `已開立 Drawn ${drawn.statementId} · ${kind} · ${drawn.drawnAt}\n${claimText(drawn)}`,
    );
  },
});
