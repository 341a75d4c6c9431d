import { SPOOL_RESERVE_BYTES } from '../../core/limits.ts';
import { FaultFs } from '../helpers/spoolFs.ts';
import { openSpool, readAll } from '../helpers/spoolFsOpen.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { countsOf, Manifest } from './manifest.ts';
import {
  type FaultOptions,
  type FaultReport,
  pause,
  percentile,
  rounded,
  type Scenario,
  scaled,
} from './scenario.ts';
import { Senders } from './senders.ts';
import { FaultServer } from './server.ts';
import { SmallDisk } from './tmpfs.ts';

/** The disk of a running server full, as far as its reserve and to the last byte. */
export const diskFull: Scenario = {
  what: 'the disk full to the reserve and to the last byte, on a small tmpfs',
  run: runDiskFull,
};

const ROUNDS = 10;
const DISK_BYTES = SPOOL_RESERVE_BYTES + 256 * 2 ** 20;
/** Room above the reserve when the disk is said to be nearly full: the senders take the rest. */
const ROOM_BYTES = 2 ** 20;
const LANES = 6;
const EVENTS_PER_BATCH = 50;
const FULL_MS = 2_000;
const FULL_MS_MIN = 500;
const WAIT_MS_MAX = 60_000;

async function runDiskFull(options: FaultOptions): Promise<FaultReport> {
  const { scale, seed, progress } = options;
  const rounds = scaled(ROUNDS, scale, 2);
  const disk = await SmallDisk.mount(DISK_BYTES);
  if (typeof disk === 'string') {
    progress(`CANNOT MOUNT HERE (${disk}): a simulated disk stands in`);
    return simulated(rounds, seed);
  }
  try {
    return await fillUnderServer(disk, rounds, options);
  } finally {
    await disk.remove();
  }
}

async function fillUnderServer(disk: SmallDisk, rounds: number, options: FaultOptions) {
  const server = await FaultServer.start({ folder: `${disk.folder}/server` });
  try {
    const manifest = new Manifest(server.seed, 'full');
    const senders = Senders.start({
      manifest,
      client: () => server.vendor,
      lanes: LANES,
      eventsPerBatch: EVENTS_PER_BATCH,
      batchesPerSecond: 100,
      seed: options.seed,
    });
    const { pid } = server;
    const found: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      found.push(await fillOnce({ disk, server, manifest, senders }, round, options.scale));
      options.progress(`${round} of ${rounds} rounds, ${manifest.acknowledged} acknowledged`);
    }
    await senders.stop();
    await senders.settle();
    const compared = await manifest.compare(server.admin, WAIT_MS_MAX);
    const problems = found.flatMap((round) => round.problems);
    if (server.pid !== pid) problems.push('the server was started again');
    if (!(await isReady(server))) problems.push('the server is not ready when there is room');
    const recoveries = found.map((round) => round.recoveryMs);
    return {
      runs: rounds,
      runsAre: 'rounds',
      injected: rounds,
      acknowledged: manifest.acknowledged,
      lost: compared.lost,
      double: compared.double,
      problems: [...compared.problems, ...senders.problems, ...problems],
      figures: {
        refusedRequests: senders.exchanges.filter((e) => e.status === 503).length,
        roundsStoredWhileFull: found.filter((round) => round.isStoredWhileFull).length,
        acknowledgedInRoomThatTheStoreFreed: found.reduce((n, round) => n + round.acknowledged, 0),
        recoveryP50Ms: rounded(percentile(recoveries, 0.5), 0),
        recoveryMaxMs: rounded(Math.max(...recoveries), 0),
        disk: 'tmpfs',
      },
    };
  } finally {
    await server.remove();
  }
}

interface Parts {
  readonly disk: SmallDisk;
  readonly server: FaultServer;
  readonly manifest: Manifest;
  readonly senders: Senders;
}

interface Round {
  readonly problems: readonly string[];
  /** What was acknowledged was stored before the disk had room again. */
  readonly isStoredWhileFull: boolean;
  /** Events, while the store freed room above the reserve. */
  readonly acknowledged: number;
  /** From the room to the first answer 200. */
  readonly recoveryMs: number;
}

/** In every second round nothing is left of the disk, in the others the reserve. */
async function fillOnce(parts: Parts, round: number, scale: number): Promise<Round> {
  const { disk, server, manifest, senders } = parts;
  const isToTheLast = round % 2 === 0;
  const problems: string[] = [];
  await disk.fill(isToTheLast ? 0 : SPOOL_RESERVE_BYTES + ROOM_BYTES);
  await nextExchange(senders, 503);
  const acknowledged = manifest.acknowledged;
  const watch = disk.watch();
  await pause(scaled(FULL_MS, scale, FULL_MS_MIN));
  // The reserve is there for the loader.
  const isStoredWhileFull = !isToTheLast && (await isStored(server, manifest));
  if (!isToTheLast && !isStoredWhileFull) {
    problems.push(`round ${round}: the loader stands while the disk is full`);
  }
  const more = manifest.acknowledged - acknowledged;
  const { freeBytesMax, freedBytes } = await watch.end();
  // The store deletes what it merged: what then fits above the reserve is rightly taken.
  const hasRoom = freedBytes > 0 && freeBytesMax > SPOOL_RESERVE_BYTES;
  if (more > LANES * EVENTS_PER_BATCH && !hasRoom) {
    problems.push(`round ${round}: ${more} events were acknowledged on a full disk`);
  }
  const emptiedMs = performance.now();
  await disk.empty();
  await nextExchange(senders, 200);
  const recoveryMs = performance.now() - emptiedMs;
  await pause(500);
  return { problems, isStoredWhileFull, acknowledged: hasRoom ? more : 0, recoveryMs };
}

async function isReady({ admin }: FaultServer): Promise<boolean> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await pause(500)) {
    const { status } = await admin.sendOnly('GET', '/readyz', undefined);
    if (status === 200) return true;
  }
  return false;
}

/** Waits until the months count all that is acknowledged by now. */
async function isStored(server: FaultServer, { acknowledged, seed }: Manifest): Promise<boolean> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await pause(100)) {
    const counts = await countsOf(server.admin, seed.orderId);
    if (counts.reduce((sum, count) => sum + count, 0) >= acknowledged) return true;
  }
  return false;
}

/** Waits until some request that begins now is answered so. */
async function nextExchange(senders: Senders, status: number): Promise<void> {
  const first = senders.exchanges.length;
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await pause(5)) {
    if (senders.exchanges.slice(first).some((exchange) => exchange.status === status)) return;
  }
  throw new Error(`no request was answered ${status}`);
}

/** Where nothing may be mounted: the spool alone, on a simulated disk without room. */
async function simulated(rounds: number, seed: number): Promise<FaultReport> {
  const fs = new FaultFs(seededRandom(seed));
  const { spool } = await openSpool(fs);
  const report = { acknowledged: 0, refused: 0 };
  const append = () =>
    spool
      .append(() => Buffer.from(String(report.acknowledged)), 1)
      .then(
        () => {
          report.acknowledged += 1;
        },
        () => {
          report.refused += 1;
        },
      );
  for (let round = 0; round < rounds; round += 1) {
    await append();
    fs.fault = (call) => (call === 'write' || call === 'open' ? 'ENOSPC' : null);
    await append();
    fs.fault = () => null;
  }
  const texts = (await readAll(spool)).map((record) => record.payload.toString());
  return {
    runs: rounds,
    runsAre: 'rounds',
    injected: rounds,
    acknowledged: report.acknowledged,
    lost: report.acknowledged - new Set(texts).size,
    double: texts.length - new Set(texts).size,
    problems: report.refused === rounds ? [] : ['a full disk took events'],
    figures: { refusedRequests: report.refused, disk: 'simulated' },
  };
}
