import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { METHODS } from './cases.ts';
import {
  ALL_METHODS,
  FOUND_SHARE_MIN,
  HELD_SHARE_BELOW,
  type Measured,
  measure,
} from './measure.ts';
import { readSample } from './sample.ts';
import { type Row, STRENGTHS } from './table.ts';

/** Measures how much of what is made up the findings hold, and how much of what is real. */

const HELP = `npm run authenticity -- [method …] [options]

Makes up use by each method, mixes it into real use, closes the months and counts those held. It
ends with 0 where at least ${FOUND_SHARE_MIN * 100}% of what is made up is found and fewer than ${HELD_SHARE_BELOW * 100}% of the met
months of the sample are held.

${ALL_METHODS.map((m) => `  ${m}${isPromised(m) ? '' : '   (not promised)'}`).join('\n')}

  --each N       cases of each method and strength (default 10)
  --seed N       what decides the cases (default 1); a run of one seed repeats exactly
  --sample PATH  the real log (default samples/vcs-small)
  --json         one JSON document on standard output, without the table
`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
      each: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      sample: {
        type: 'string',
        default: fileURLToPath(new URL('../../samples/vcs-small', import.meta.url)),
      },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = positionals.filter((name) => !ALL_METHODS.some((m) => m === name));
  if (unknown.length > 0) throw new Error(`no method ${unknown.join(', ')}; --help lists them`);
  const measured = await measure(readSample(values.sample), {
    each: whole('each', values.each),
    seed: whole('seed', values.seed),
    methods:
      positionals.length === 0 ? ALL_METHODS : ALL_METHODS.filter((m) => positionals.includes(m)),
    progress: (r) =>
      process.stderr.write(`${r.method}, ${r.strength}: ${r.found} of ${r.months}\n`),
  });
  process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : textOf(measured));
  return holds(measured) ? 0 : 1;
}

function holds({ foundShare, real }: Measured): boolean {
  const isFound = Number.isNaN(foundShare) || foundShare >= FOUND_SHARE_MIN;
  return isFound && real.heldShare < HELD_SHARE_BELOW;
}

function textOf({ rows, foundShare, real }: Measured): string {
  const methods = [...new Set(rows.map((r) => r.method))];
  const width = Math.max(...methods.map((m) => m.length));
  const head = ['method'.padEnd(width), ...STRENGTHS.map((s) => `made up ${s * 100}%`), 'by'];
  const lines = methods.map((method) => {
    const of = rows.filter((r) => r.method === method);
    const cells = STRENGTHS.map((strength, i) => {
      const row = of.find((r) => r.strength === strength);
      return `${row?.found ?? 0}/${row?.months ?? 0}`.padEnd(head[i + 1]?.length ?? 0);
    });
    return [method.padEnd(width), ...cells, byText(of)].join('  ');
  });
  return [
    head.join('  '),
    ...lines,
    `found, mean of the promised methods: ${percent(foundShare)}`,
    `real months that meet their rule: ${real.met}, held: ${real.held} (${percent(real.heldShare)})`,
    `their findings: ${JSON.stringify(real.findings)}`,
    '',
  ].join('\n');
}

function byText(rows: readonly Row[]): string {
  const by = new Map<string, number>();
  for (const [code, n] of rows.flatMap((r) => Object.entries(r.by))) {
    by.set(code, (by.get(code) ?? 0) + n);
  }
  return [...by]
    .sort((a, b) => b[1] - a[1])
    .map(([code, n]) => `${code} ${n}`)
    .join(', ');
}

function percent(share: number): string {
  return Number.isNaN(share) ? 'none' : `${(100 * share).toFixed(1)}%`;
}

function isPromised(method: string): boolean {
  return METHODS.some((m) => m === method);
}

function whole(name: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--${name} is a whole number above 0, not "${value}"`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`authenticity: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
