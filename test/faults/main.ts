import { parseArgs } from 'node:util';
import { bitFlips } from './bitFlips.ts';
import { clock } from './clock.ts';
import { cut } from './cut.ts';
import { diskFull } from './diskFull.ts';
import { eio } from './eio.ts';
import { killLoop } from './killLoop.ts';
import { powerLoss } from './powerLoss.ts';
import { replay } from './replay.ts';
import { rowOf, tableOf } from './report.ts';
import { type FaultReport, holds, type Scenario } from './scenario.ts';
import { storeAway } from './storeAway.ts';

/** The long fault tests: each by its name, one after the other. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  powerLoss,
  killLoop,
  cut,
  diskFull,
  eio,
  replay,
  bitFlips,
  clock,
  storeAway,
};

const HELP = `npm run faults -- [scenario …] [options]

${Object.entries(SCENARIOS)
  .map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`)
  .join('\n')}

  --json         one JSON document on standard output, without the table
  --scale X      every number of rounds times X, such as 0.1 (default 1)
  --minutes X    storeAway: how long the store is away (default 2)
  --seed N       what decides the moments (default 1); a run is not the same twice, for the
                 machine decides too, but for powerLoss and bitFlips, which repeat exactly
`;

let underWay = 'no scenario';

/** 0 where every scenario held. */
async function main(args: readonly string[]): Promise<number> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: flag,
      help: { ...flag, short: 'h' },
      scale: text('1'),
      minutes: text('2'),
      seed: text('1'),
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
  const unknown = names.filter((name) => SCENARIOS[name] === undefined);
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; --help lists them`);
  const options = {
    scale: positive('scale', values.scale),
    minutes: positive('minutes', values.minutes),
    seed: positive('seed', values.seed),
  };
  const reports: Record<string, FaultReport> = {};
  for (const name of names) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) continue;
    const progress = (line: string) => process.stderr.write(`${name}: ${line}\n`);
    progress(scenario.what);
    underWay = name;
    const startedMs = performance.now();
    const report = await scenario.run({ ...options, progress });
    reports[name] = report;
    for (const problem of report.problems) progress(`PROBLEM ${problem}`);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    progress(
      `${holds(report) ? 'held' : 'BROKEN'}, ${seconds} s; for the table of docs/faults.md:`,
    );
    // At once: a run that is interrupted later keeps what ended before.
    process.stderr.write(`${rowOf(name, report)}\n`);
  }
  process.stdout.write(values.json ? `${JSON.stringify(reports)}\n` : tableOf(reports));
  return Object.values(reports).every(holds) ? 0 : 1;
}

function positive(name: string, value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new Error(`--${name} is a number above 0, not "${value}"`);
}

// What was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    process.stderr.write(`faults: interrupted in ${underWay}, of which there are no figures\n`);
    process.exit(1);
  });
}
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`faults: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
