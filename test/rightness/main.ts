import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rejectFaults } from '../../cli/demoCheck.ts';
import {
  type ExpectedRejects,
  readBatches,
  readRegistry,
  SAMPLE,
  type SampleBatch,
  wavesOf,
} from '../../cli/demoSample.ts';
import { type Client, inParallel, newKey, verify } from '../helpers/app.ts';
import { startServe } from '../helpers/process.ts';
import {
  claimDifferences,
  type ExpectedClaim,
  type ExpectedOrder,
  type FoundOrder,
  orderDifferences,
} from '../helpers/recounted.ts';

/** Holds the answers to a whole set of data against the recount that comes with it. */

const HELP = `npm run recount -- [folder] [options]

Sends a set of data in the form of samples/vcs-small (the default) to a server of its own, at the
times at which it was received, verifies it, and compares every refused event, month and claim with
the recount in the folder. It ends with 0 where nothing differs; a month held by a finding differs.

  --json    one JSON document on standard output
`;

/** Before every event. */
const REGISTERED_AT = '2020-01-01T00:00:00+08:00';
const NDJSON = { 'content-type': 'application/x-ndjson' };
const PROGRESS_BATCHES = 500;
const SHOWN_MAX = 50;

async function main(args: readonly string[]): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: flag, help: { ...flag, short: 'h' } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [folder = SAMPLE, ...more] = positionals;
  if (more.length > 0) throw new Error('one folder at a time; --help says how');
  const dataDir = await mkdtemp(join(tmpdir(), 'flowproof-recount-'));
  const server = await startServe(dataDir, { SIMULATED_CLOCK: '1', LOG_LEVEL: 'info' });
  try {
    const { differences, ...counts } = await recounted(folder, server.admin);
    for (const line of differences.slice(0, SHOWN_MAX)) say(line);
    const outcome = { folder, ...counts, differences: differences.length };
    process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : textOf(outcome));
    return differences.length === 0 ? 0 : 1;
  } finally {
    server.signal('SIGTERM');
    await server.ended;
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function recounted(folder: string, admin: Client) {
  const registry = await readRegistry(folder);
  const headers = { ...NDJSON, 'flowproof-now': REGISTERED_AT };
  (await admin.post('/v1/registry', registry, headers)).ok();
  const batches = await readBatches(folder);
  const rejects = await send(batches, admin);
  const differences = rejectFaults(rejects, json(folder, 'expected-rejects.json'));
  let months = 0;
  for (const asOf of datesOf(folder)) {
    say(`verifying as of ${asOf}`);
    await verify(admin, asOf);
    const { orders } = json<{ orders: ExpectedOrder[] }>(folder, `expected-${asOf}.json`);
    for (const expected of orders) {
      const path = `/v1/orders/${encodeURIComponent(expected.orderId)}/months?asOf=${asOf}`;
      const found = (await admin.get(path)).ok<FoundOrder>();
      differences.push(...orderDifferences(`${asOf} ${expected.orderId}`, found, expected));
      months += expected.months.length;
    }
  }
  const claims = json<ExpectedClaim[]>(folder, 'expected-claims.json');
  const client = admin.as(await newKey(admin, { role: 'claims' }));
  for (const orderId of new Set(claims.map((claim) => claim.orderId))) {
    const ofOrder = claims.filter((claim) => claim.orderId === orderId);
    differences.push(...(await claimDifferences(client, ofOrder)));
  }
  const events = batches.reduce((sum, batch) => sum + batch.events.length, 0);
  return { events, months, claims: claims.length, differences };
}

/** The refused events by the number of their batch. */
async function send(batches: readonly SampleBatch[], admin: Client): Promise<ExpectedRejects> {
  const vendors = new Map<string, Client>();
  for (const { vendorId } of batches) {
    if (vendors.has(vendorId)) continue;
    vendors.set(vendorId, admin.as(await newKey(admin, { role: 'vendor', vendorId })));
  }
  const rejects: Record<string, [number, string][]> = {};
  let sent = 0;
  for (const wave of wavesOf(batches)) {
    await inParallel(wave.length, wave.entries(), async ([i, { vendorId, receivedAt, events }]) => {
      const body = events.map((event) => JSON.stringify(event)).join('\n');
      const headers = { ...NDJSON, 'flowproof-now': receivedAt };
      const answer = await vendors.get(vendorId)?.sendOnly('POST', '/v1/events', body, headers);
      const { rejected } = answer?.json<{ rejected?: Refused[] }>() ?? {};
      if (rejected === undefined) throw new Error(`a batch was answered ${answer?.text}`);
      if (rejected.length > 0) rejects[sent + i] = rejected.map((r) => [r.index, r.code]);
    });
    const before = sent;
    sent += wave.length;
    if (Math.floor(before / PROGRESS_BATCHES) < Math.floor(sent / PROGRESS_BATCHES)) {
      say(`${sent} of ${batches.length} batches`);
    }
  }
  return rejects;
}

interface Refused {
  readonly index: number;
  readonly code: string;
}

/** As of which the recount has months, the earliest first. */
function datesOf(folder: string): string[] {
  const dates = readdirSync(folder).flatMap(
    (name) => /^expected-(\d{4}-\d{2}-\d{2})\.json$/.exec(name)?.[1] ?? [],
  );
  if (dates.length === 0) throw new Error(`${folder} has no expected months to compare with`);
  return dates.toSorted();
}

function json<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
}

function textOf(outcome: Readonly<Record<string, string | number>>): string {
  return `${Object.entries(outcome)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}\n`;
}

function say(line: string): void {
  process.stderr.write(`recount: ${line}\n`);
}

process.exitCode = await main(process.argv.slice(2));
