import { readFileSync } from 'node:fs';
import { defineCommand } from 'citty';
import type { z } from 'zod';
import { calibrationSchema, whatIfSchema } from '../../api/operations/calibration.ts';
import { type NormalFlow, normalFlowSchema } from '../../core/normalFlow.ts';
import { jsonBody } from '../http.ts';
import { asOfArg, asOfFrom, clientFrom, connectionArgs, jsonArg } from './shared/options.ts';
import { printable, table } from './shared/table.ts';
import { UsageError } from './shared/usageError.ts';

/** `flowproof calibrate SOLUTION`: real use beside the declared rule, or what another would flip. */
export const calibrate = defineCommand({
  meta: {
    name: 'calibrate',
    description: "A solution's declared normal flow beside real use; --rule tries another",
  },
  args: {
    solution: { type: 'positional', required: true, description: 'The id of the solution' },
    rule: {
      type: 'string',
      valueHint: 'file',
      description: 'A normal flow as JSON: shows the past months that it would change',
    },
    ...asOfArg,
    ...jsonArg,
    ...connectionArgs,
  },
  async run({ args }) {
    const client = clientFrom(args);
    const path = `/v1/solutions/${encodeURIComponent(args.solution)}`;
    const asOf = asOfFrom(args);
    if (args.rule === undefined) {
      const query = { asOf };
      const answer = await client.json(calibrationSchema, 'GET', `${path}/calibration`, { query });
      return print(answer, args.json, calibrationText);
    }
    const body = jsonBody({ normalFlow: ruleFrom(args.rule), asOf: asOf ?? null });
    return print(
      await client.json(whatIfSchema, 'POST', `${path}/what-if`, body),
      args.json,
      whatIfText,
    );
  },
});

function print<T>(answer: T, json: boolean | undefined, text: (answer: T) => string): void {
  process.stdout.write(json === true ? `${JSON.stringify(answer)}\n` : text(answer));
}

function ruleFrom(file: string): NormalFlow {
  const parsed = normalFlowSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    '--rule is a normal flow such as {"allOf":[{"metric":"logins","per":"month","atLeast":4}]}.',
  );
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('The file of --rule is no JSON.');
  }
}

function calibrationText(answer: z.infer<typeof calibrationSchema>): string {
  const { solutionId, effectiveFrom, asOf, months, monthsPassing, monthsSilent } = answer;
  const lines = [
    `方案 Solution ${solutionId} · rule of ${effectiveFrom} · as of ${asOf}`,
    `月份 Months ${months} · 達標 met ${monthsPassing} · 無使用 silent ${monthsSilent}`,
  ];
  for (const { criterion, reach, passing, suggestion } of answer.criteria) {
    const { metric, per, atLeast } = criterion;
    lines.push(
      '',
      `${metric} ≥ ${atLeast} / ${per}` +
        (reach === null ? '' : ` · 中位 median ${reach.p50} (${reach.min}–${reach.max})`) +
        (suggestion === null ? '' : ` · 建議 suggested ≥ ${suggestion.atLeast}`),
      table([
        ['門檻 Threshold', '通過 Share passing'],
        ...passing.map((p) => [p.atLeast, `${(p.share * 100).toFixed(1)} %`]),
      ]).trimEnd(),
    );
  }
  if (answer.flags.length > 0) {
    lines.push('', ...answer.flags.map((f) => printable(`⚑ ${f.code}: ${f.explanation}`)));
  }
  return `${lines.join('\n')}\n`;
}

function whatIfText(answer: z.infer<typeof whatIfSchema>): string {
  const { months, gained, lost, flips } = answer;
  const rows = flips.map((f) => [f.orderId, f.month, f.start, f.from, f.to]);
  const header = ['訂單 Order', '月 Month', '起 From', '現況 Now', '改後 Then'];
  const counts = `月份 Months ${months} · 新增 gained ${gained} · 失去 lost ${lost}\n`;
  return flips.length === 0 ? counts : counts + table([header, ...rows]);
}
