import { join } from 'node:path';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { Manifest } from './manifest.ts';
import { type FaultOptions, type FaultReport, pause, type Scenario, scaled } from './scenario.ts';
import { Senders } from './senders.ts';
import { FaultServer } from './server.ts';
import { sweepFault } from './spoolPowerLoss.ts';
import { spoolSizes } from './spoolSizes.ts';
import { type Injection, NoStrace, Strace } from './strace.ts';

/** The kernel answers the calls of a running server on its spool with an error. */
export const eio: Scenario = {
  what: 'EIO and ENOSPC on the spool files of a running server, by strace',
  run: runEio,
};

const ROUNDS = 36;
const LANES = 6;
const EVENTS_PER_BATCH = 10;
const INJECTED_MS_MAX = 3_000;
const WRITTEN_MS_MAX = 30_000;
/** The file may be left for another while strace attaches: a round without a fault is none. */
const ATTEMPTS_MAX = 8;
/** Long enough for many requests after the fault. */
const AFTER_MS = 400;
const KILLED_SHARE = 0.3;

const INJECTIONS: readonly (Injection & { readonly on: 'file' | 'folder' })[] = [
  { on: 'file', calls: ['fdatasync'], error: 'EIO' },
  { on: 'file', calls: ['pwrite64'], error: 'EIO' },
  { on: 'file', calls: ['pwrite64'], error: 'ENOSPC' },
  { on: 'file', calls: ['pwrite64', 'ftruncate'], error: 'EIO' },
  { on: 'file', calls: ['fdatasync', 'ftruncate'], error: 'EIO' },
  { on: 'folder', calls: ['fsync'], error: 'EIO' },
];

async function runEio(options: FaultOptions): Promise<FaultReport> {
  const { scale, seed, progress } = options;
  const rounds = scaled(ROUNDS, scale, 2);
  const random = seededRandom(seed);
  const server = await FaultServer.start();
  try {
    const manifest = new Manifest(server.seed, 'eio');
    const senders = Senders.start({
      manifest,
      client: () => server.vendor,
      lanes: LANES,
      eventsPerBatch: EVENTS_PER_BATCH,
      batchesPerSecond: Number.POSITIVE_INFINITY,
      seed,
    });
    const problems: string[] = [];
    let injected = 0;
    for (let round = 0; round < rounds; round += 1) {
      const injection = INJECTIONS[round % INJECTIONS.length];
      if (injection === undefined) break;
      const found = await inject(server, injection, round);
      injected += found.injected;
      problems.push(...found.problems);
      if (random() < KILLED_SHARE) {
        await server.kill();
        await server.restart();
      }
      if (round % 10 === 9) progress(`${round + 1} of ${rounds} rounds, ${injected} calls failed`);
    }
    await senders.stop();
    await senders.settle();
    const compared = await manifest.compare(server.admin);
    return {
      runs: rounds,
      runsAre: 'rounds',
      injected,
      acknowledged: manifest.acknowledged,
      lost: compared.lost,
      double: compared.double,
      problems: [...compared.problems, ...senders.problems, ...problems],
      figures: {
        refusedRequests: senders.exchanges.filter((e) => e.status === 503).length,
        restarts: server.startsMs.length,
        injectedBy: 'strace',
      },
    };
  } catch (error) {
    if (!(error instanceof NoStrace)) throw error;
    progress(`CANNOT TRACE HERE (${error.message}): a simulated disk stands in`);
    return await simulated(rounds, seed);
  } finally {
    await server.remove();
  }
}

async function inject(
  server: FaultServer,
  injection: (typeof INJECTIONS)[number],
  round: number,
): Promise<{ readonly injected: number; readonly problems: readonly string[] }> {
  const name = `${injection.calls.join(' and ')} ${injection.error}`;
  let lines: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS_MAX && !lines.some(isInjected); attempt += 1) {
    const output = join(server.folder, `strace-${round}-${attempt}`);
    lines = await traceOnce(server, injection, output);
  }
  const firstSync = lines.findIndex((line) => isInjected(line) && line.includes('fdatasync('));
  const written = lines.slice(firstSync + 1).filter((line) => line.includes('pwrite64(')).length;
  return {
    injected: lines.filter(isInjected).length,
    problems: [
      ...(lines.some(isInjected) ? [] : [`${name}: nothing failed in round ${round}`]),
      ...(firstSync >= 0 && written > 0
        ? [`${name}: ${written} writes to a file whose sync had failed`]
        : []),
    ],
  };
}

/** The calls on the file that is written, or on the folder. */
async function traceOnce(
  server: FaultServer,
  injection: (typeof INJECTIONS)[number],
  output: string,
): Promise<string[]> {
  const path = injection.on === 'file' ? await writtenFile(server) : server.spoolDir;
  const strace = await Strace.attach(server.pid, path, output, injection);
  try {
    for (const until = Date.now() + INJECTED_MS_MAX; Date.now() < until; await pause(20)) {
      if ((await strace.lines()).some(isInjected)) break;
    }
    await pause(AFTER_MS);
  } finally {
    await strace.detach();
  }
  return strace.lines();
}

function isInjected(line: string): boolean {
  return line.includes('INJECTED');
}

/** The file that grows: the newest one may be one that was left, or is still to follow. */
async function writtenFile({ spoolDir }: FaultServer): Promise<string> {
  let before = await spoolSizes(spoolDir);
  for (const until = Date.now() + WRITTEN_MS_MAX; Date.now() < until; ) {
    await pause(20);
    const now = await spoolSizes(spoolDir);
    const grown = [...now].find(([name, size]) => size > (before.get(name) ?? size));
    if (grown !== undefined) return join(spoolDir, grown[0]);
    before = now;
  }
  throw new Error('no file of the spool is written');
}

/** Where the kernel may not be asked to fail: every call of some lives on the simulated disk. */
async function simulated(lives: number, seed: number): Promise<FaultReport> {
  const faults: string[] = [];
  let calls = 0;
  for (let life = 0; life < lives; life += 1) {
    const swept = await sweepFault(seed + life * 7_000, 'EIO');
    calls += swept.calls;
    faults.push(...swept.faults);
  }
  return {
    runs: lives,
    runsAre: 'lives',
    injected: calls,
    acknowledged: 0,
    lost: faults.length,
    double: 0,
    problems: faults,
    figures: { injectedBy: 'simulated disk' },
  };
}
