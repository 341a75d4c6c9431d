import { writeFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import type { z } from 'zod';
import { rosterSchema } from '../../api/rosterAnswer.ts';
import { METRICS } from '../../render/words.ts';
import { asOfArg, asOfFrom, clientFrom, connectionArgs } from './shared/options.ts';
import { printable, table } from './shared/table.ts';
import { UsageError } from './shared/usageError.ts';

type Answer = z.infer<typeof rosterSchema>;
type Firm = Answer['firms'][number];

/** `flowproof roster CASE`: the flow roster of a case (企業流量清冊), to read or as a file. */
export const roster = defineCommand({
  meta: { name: 'roster', description: 'The flow roster of a case, firm by firm' },
  args: {
    case: { type: 'positional', required: true, description: 'The id of the case' },
    ...asOfArg,
    format: {
      type: 'enum',
      options: ['json', 'csv', 'xlsx'],
      description: 'As the server gives it, instead of a table',
    },
    out: {
      type: 'string',
      valueHint: 'file',
      description: 'Where to; else standard output, and CASE.xlsx for xlsx',
    },
    ...connectionArgs,
  },
  async run({ args }) {
    const { format } = args;
    if (args.out !== undefined && format === undefined) {
      throw new UsageError('--out goes with --format json, csv or xlsx.');
    }
    const path = `/v1/cases/${encodeURIComponent(args.case)}/roster`;
    const query = { asOf: asOfFrom(args), format: format ?? 'json' };
    const client = clientFrom(args);
    if (format === undefined) {
      process.stdout.write(forPeople(await client.json(rosterSchema, 'GET', path, { query })));
      return;
    }
    // Read whole before a file is touched: an answer that broke off on the way replaces nothing.
    const bytes = Buffer.from(await (await client.call('GET', path, { query })).arrayBuffer());
    const out = args.out ?? (format === 'xlsx' ? `${args.case}.xlsx` : undefined);
    if (out === undefined) {
      process.stdout.write(bytes);
      return;
    }
    await writeFile(out, bytes);
    process.stdout.write(`${out}\n`);
  },
});

function forPeople(answer: Answer): string {
  const { caseId, name, asOf, firmCount, tier, totalFlow, firms } = answer;
  const metric = METRICS[totalFlow.metric];
  return [
    printable(`輔導案 Case ${caseId} · ${name} · as of ${asOf}`),
    `企業 Firms ${firmCount} · 級距 Tier ${tier?.tier ?? '–'}`,
    `總流量 Total flow (${metric.zh} ${metric.en}) ${totalFlow.flow} / ${totalFlow.target} · ${shown(totalFlow.sharePercent)} %`,
    '',
    table([CHECKPOINTS, ...answer.checkpoints.map(checkpointCells)]).trimEnd(),
    '',
    table([FIRMS, ...firms.map(firmCells)]).trimEnd(),
    ...answer.notChecked.map((n) => `未查核 Not checked: ${n.detail} [${n.source}]`),
    '',
  ].join('\n');
}

const CHECKPOINTS = [
  '查核日 Checkpoint',
  '達成率 Share %',
  '應達 Asked %',
  '導入 Introduced',
  '達成 Reached',
];

function checkpointCells(checkpoint: Answer['checkpoints'][number]): (string | number)[] {
  const { date, due, sharePercent, askedPercent, toolsIntroduced, tools, reached } = checkpoint;
  const state = reached ? '是 yes' : due ? '否 no' : '未屆 not yet';
  return [date, shown(sharePercent), askedPercent, `${toolsIntroduced}/${tools}`, state];
}

const FIRMS = [
  '統編 Firm',
  '名稱 Name',
  '訂單 Order',
  '導入 Introduced',
  '流量 Flow',
  '平均/約定 Average/agreed',
  '維持 Keeps',
  '待審 Held',
  '駁回 Rejected',
  '提前終止 Ended early',
];

function firmCells(firm: Firm): (string | number)[] {
  const { smeId, name, orderId, introducedOn, flow, thresholds, keeps } = firm;
  const { monthsHeld, monthsRejected, endedEarlyOn } = firm;
  const averages = thresholds.map((t) => {
    const average = t.average === null ? '–' : shown(t.average);
    return `${METRICS[t.metric].short} ${average}/${t.atLeast}`;
  });
  const kept = keeps === null ? '–' : keeps ? '是 yes' : '否 no';
  const use = [introducedOn ?? '–', flow, averages.join('  '), kept];
  const doubts = [monthsHeld, monthsRejected, endedEarlyOn ?? '–'];
  return [smeId, name ?? '–', orderId, ...use, ...doubts];
}

/** Cut, not rounded: what has not reached a threshold never looks as if it had. */
function shown(value: number): string {
  return (Math.floor(value * 100) / 100).toFixed(2);
}
