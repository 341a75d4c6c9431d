import { type Benchmark, parseBenchArguments } from './options.ts';

/** The benchmarks: a line here and a file of that name beside, which exports `benchmark`. */
const SCENARIOS: Readonly<Record<string, string>> = {
  ingest: 'events over HTTP until they are stored, beside bare inserts and bare Fastify',
  verify: 'whole months of many orders, beside the bare queries',
};

const HELP = `npm run -s bench -- <benchmark> [options]

${Object.entries(SCENARIOS)
  .map(([name, what]) => `  ${name.padEnd(8)} ${what}`)
  .join('\n')}

  --json           the document alone on standard output, on one line
  --events N       how many events
  --orders N       verify: how many orders
  --scale X        verify: how many times the ordinary size, such as 0.05
  --seconds N      ingest: how long each timed part runs
  --ids-behind N   ingest: so many other event ids are known before
`;

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const { scenario, help, json, options } = parseBenchArguments(args);
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  if (scenario === undefined || SCENARIOS[scenario] === undefined) {
    throw new Error(`Name a benchmark: ${Object.keys(SCENARIOS).join(', ')}. --help says more.`);
  }
  const { benchmark }: { benchmark: Benchmark } = await import(`./${scenario}.ts`);
  const document = await benchmark(options);
  process.stdout.write(`${JSON.stringify(document, null, json ? undefined : 2)}\n`);
}
