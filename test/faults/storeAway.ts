import { join } from 'node:path';
import { temporaryFolder } from '../helpers/app.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { Manifest } from './manifest.ts';
import {
  type FaultOptions,
  type FaultReport,
  pause,
  percentile,
  rounded,
  type Scenario,
  scaled,
} from './scenario.ts';
import { type Exchange, Senders, sendBatch } from './senders.ts';
import { FaultServer } from './server.ts';
import { spoolSizes } from './spoolSizes.ts';
import { type StoreProcess, startStore } from './storeProcess.ts';

/**
 * The store killed: shortly and often in the middle of its inserts, then once for long. Events go on
 * being acknowledged, and follow when it is back.
 */
export const storeAway: Scenario = {
  what: 'kill -9 of the store under load, then the store away for long',
  run: runStoreAway,
};

const KILLS = 20;
const LANES = 4;
const EVENTS_PER_BATCH = 10;
const BATCHES_PER_SECOND = 20;
/** Latencies before and after are measured so long. */
const CALM_MS = 30_000;
const DRAIN_MS_MAX = 600_000;
/** Queries see an event so long after it was acknowledged, in the normal case; judged in a whole run. */
const FRESH_MS_MAX = 2_000;

async function runStoreAway(options: FaultOptions): Promise<FaultReport> {
  const { scale, minutes, seed, progress } = options;
  const folder = await temporaryFolder();
  const held = { store: await startStore(join(folder, 'store')) };
  const server = await FaultServer.start({ folder, env: { CLICKHOUSE_URL: held.store.url } });
  try {
    const manifest = new Manifest(server.seed, 'away');
    const senders = Senders.start({
      manifest,
      client: () => server.vendor,
      lanes: LANES,
      eventsPerBatch: EVENTS_PER_BATCH,
      batchesPerSecond: BATCHES_PER_SECOND,
      seed,
    });
    const away = await killOften(held, folder, options);
    progress(`the store was killed ${away.kills} times`);
    await awaitFresh(server, manifest);
    const calmMs = CALM_MS * Math.min(1, scale);
    const fresh = { ms: [] as number[] };
    const before = await phase(senders, async () => {
      for (const until = Date.now() + calmMs; Date.now() < until; await pause(200)) {
        fresh.ms.push(await awaitFresh(server, manifest));
      }
    });
    await held.store.kill();
    const during = await phase(senders, () => stayAway(manifest, options));
    const spoolBytes = [...(await spoolSizes(server.spoolDir)).values()].reduce((a, b) => a + b, 0);
    const back = performance.now();
    held.store = await startStore(join(folder, 'store'), held.store.port);
    await awaitFresh(server, manifest);
    const drainMs = performance.now() - back;
    const after = await phase(senders, () => pause(calmMs));
    await senders.stop();
    await senders.settle();
    const { lost, double, problems } = await manifest.compare(server.admin, DRAIN_MS_MAX);
    const refused = senders.exchanges.filter((e) => e.status !== 200).length;
    const unmet = [
      ...(refused > 0 ? [`${refused} requests were not accepted`] : []),
      ...(scale >= 1 && percentile(fresh.ms, 0.99) > FRESH_MS_MAX ? ['events are seen late'] : []),
    ];
    return {
      runs: minutes,
      runsAre: 'minutes away',
      injected: away.kills + 1,
      acknowledged: manifest.acknowledged,
      lost,
      double,
      problems: [...problems, ...senders.problems, ...unmet],
      figures: {
        ...latencies('before', before),
        ...latencies('during', during),
        ...latencies('after', after),
        acknowledgedDuring: during.length * EVENTS_PER_BATCH,
        spoolMiBAtMost: rounded(spoolBytes / 2 ** 20),
        drainedAfterS: rounded(drainMs / 1_000),
        freshP50Ms: rounded(percentile(fresh.ms, 0.5), 0),
        freshP99Ms: rounded(percentile(fresh.ms, 0.99), 0),
      },
    };
  } finally {
    await server.stop();
    await held.store.kill();
    await server.remove();
  }
}

async function killOften(
  held: { store: StoreProcess },
  folder: string,
  { scale, seed, progress }: FaultOptions,
): Promise<{ readonly kills: number }> {
  const random = seededRandom(seed);
  const kills = scaled(KILLS, scale);
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(random() * 3_000);
    await held.store.kill();
    await pause(random() * 2_000);
    held.store = await startStore(join(folder, 'store'), held.store.port);
    if (kill % 5 === 4) progress(`${kill + 1} of ${kills} kills of the store`);
  }
  return { kills };
}

/** Says once a minute that it goes on. */
async function stayAway(manifest: Manifest, { minutes, progress }: FaultOptions): Promise<void> {
  for (let left = minutes; left > 0; left -= 1) {
    await pause(Math.min(1, left) * 60_000);
    const gone = Math.min(minutes, minutes - left + 1);
    progress(`${rounded(gone)} of ${minutes} min away, ${manifest.acknowledged} acknowledged`);
  }
}

/**
 * Sends one batch more and waits until a query sees it, and so all that was acknowledged before.
 * @returns how long after its answer that was, ms
 */
async function awaitFresh(server: FaultServer, manifest: Manifest): Promise<number> {
  const batch = manifest.next(2);
  const answer = await sendBatch(server.vendor, batch);
  const { batchId } = answer?.ok<{ batchId: string }>() ?? { batchId: '' };
  const startMs = performance.now();
  for (const until = startMs + DRAIN_MS_MAX; performance.now() < until; await pause(20)) {
    const found = await server.vendor.sendOnly('GET', `/v1/batches/${batchId}`, undefined);
    if (found.status === 200) return performance.now() - startMs;
  }
  throw new Error('an acknowledged batch is not in the store');
}

/** The exchanges of the senders while something went on. */
async function phase(senders: Senders, work: () => Promise<void>): Promise<Exchange[]> {
  const first = senders.exchanges.length;
  await work();
  return senders.exchanges.slice(first);
}

function latencies(name: string, exchanges: readonly Exchange[]): Record<string, number> {
  const values = exchanges.map((exchange) => exchange.ms);
  return {
    [`${name}P50Ms`]: rounded(percentile(values, 0.5)),
    [`${name}P99Ms`]: rounded(percentile(values, 0.99)),
  };
}
