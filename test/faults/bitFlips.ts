import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openNodeFs } from '../../ingest/spool/nodeFs.ts';
import type { SpoolRecord } from '../../ingest/spool/position.ts';
import { openSpool, readAll } from '../helpers/spoolFsOpen.ts';
import { type Random, seededRandom } from '../helpers/spoolFsRandom.ts';
import { conflictsIn, KeptSpool } from './keptSpool.ts';
import { type FaultOptions, type FaultReport, type Scenario, scaled } from './scenario.ts';
import { flipAndOpen, flipped, makeImage, touches } from './spoolFlips.ts';

/** Bits of the spool changed: told, set aside, and never taken for events. */
export const bitFlips: Scenario = {
  what: 'flipped bits in spool files, on a simulated disk and under a real server',
  run: runBitFlips,
};

const FLIPS = 10_000;
const FLIPS_SAID = 1_000;
const ROUNDS = 10;
const FLIPS_PER_ROUND = 50;
const LIVES = 3;
const BATCHES_PER_LIFE = 200;
const EVENTS_PER_BATCH = 10;

async function runBitFlips({ scale, seed, progress }: FaultOptions): Promise<FaultReport> {
  const random = seededRandom(seed);
  const simulated = await flipSimulated(scaled(FLIPS, scale), seed, random, progress);
  progress(`${simulated.flips} flips on a simulated disk hit ${simulated.hit} records`);
  const real = await flipUnderServer({ scale, seed, progress }, random);
  return {
    runs: simulated.flips + real.rounds,
    runsAre: 'openings',
    injected: simulated.flips + real.flips,
    acknowledged: simulated.written + real.acknowledged,
    lost: real.lost,
    double: real.double,
    problems: [...simulated.faults, ...real.problems],
    figures: {
      simulatedRecordsHit: simulated.hit,
      realRounds: real.rounds,
      realFlips: real.flips,
      realBatchesHit: real.hit,
      realEventsAcknowledged: real.acknowledged,
      lostAndDoubleAre: 'events of batches that were not hit',
    },
  };
}

/** One bit at a time, each in a fresh copy. */
async function flipSimulated(
  flips: number,
  seed: number,
  random: Random,
  progress: FaultOptions['progress'],
) {
  const faults: string[] = [];
  const images = [await makeImage(seed, false), await makeImage(seed + 1, true)];
  let hit = 0;
  for (let i = 0; i < flips; i += 1) {
    const image = images[i % images.length];
    if (image === undefined) break;
    const found = await flipAndOpen(image, 1, random);
    hit += found.hit;
    faults.push(...found.faults);
    if ((i + 1) % FLIPS_SAID === 0) progress(`${i + 1} of ${flips} flips on a simulated disk`);
  }
  return { flips, hit, faults, written: images.reduce((n, image) => n + image.written.length, 0) };
}

/** Many bits at once, in files that a real server then loads into a store without events. */
async function flipUnderServer(
  { scale, seed, progress }: Pick<FaultOptions, 'scale' | 'seed' | 'progress'>,
  random: Random,
) {
  const rounds = scaled(ROUNDS, scale);
  const kept = await KeptSpool.fill({
    name: 'flip',
    lives: scaled(LIVES, scale, 2),
    batchesPerLife: scaled(BATCHES_PER_LIFE, scale, 40),
    eventsPerBatch: EVENTS_PER_BATCH,
    seed,
  });
  const sum = { lost: 0, double: 0, hit: 0, flips: 0 };
  const problems: string[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const found = await flipOnce(kept, random);
      sum.lost += found.lost;
      sum.double += found.double;
      sum.hit += found.hit;
      sum.flips += FLIPS_PER_ROUND;
      problems.push(...found.problems.map((problem) => `round ${round}: ${problem}`));
      progress(`${round} of ${rounds} rounds under a server, ${sum.hit} batches hit`);
    }
    return { ...sum, rounds, problems, acknowledged: kept.manifest.acknowledged };
  } finally {
    await kept.remove();
  }
}

async function flipOnce(kept: KeptSpool, random: Random) {
  const { server, manifest } = kept;
  await kept.putBack({ storeEmptied: true });
  const records = await recordsIn(server.spoolDir);
  const image = { files: await filesIn(server.spoolDir) };
  const { files, flips } = flipped(image, FLIPS_PER_ROUND, random);
  for (const [name, bytes] of files) await writeFile(join(server.spoolDir, name), bytes);
  const damaged = records.filter((record) => flips.some((flip) => touches(record, flip)));
  const whole = records.filter((record) => !damaged.includes(record));
  const idsIn = (some: readonly SpoolRecord[]) =>
    manifest.batches
      .filter(({ ids }) => some.some(({ payload }) => payload.includes(ids[0] ?? '')))
      .flatMap(({ ids }) => ids);
  await server.restart();
  await kept.loaded();
  const { stored, double, problems } = await manifest.compare(server.admin, 0);
  const conflicts = await conflictsIn(server);
  const found = new Set(stored.map(({ id }) => id));
  const expected = new Set(idsIn(whole));
  const lost = [...expected].filter((id) => !found.has(id)).length;
  const wrong = idsIn(damaged).filter((id) => found.has(id) && !expected.has(id)).length;
  const told = server.said().includes('"kind":"damaged"');
  // It starts again with the damage still there.
  await server.kill();
  await server.restart();
  await server.stop();
  return {
    lost,
    double,
    hit: damaged.length,
    problems: [
      ...problems,
      ...(wrong > 0 ? [`${wrong} events of damaged batches were accepted`] : []),
      ...(conflicts > 0 ? [`${conflicts} conflicts out of nothing`] : []),
      ...(damaged.length > 0 && !told ? ['nothing was told'] : []),
    ],
  };
}

async function recordsIn(dir: string): Promise<SpoolRecord[]> {
  const { spool } = await openSpool(await openNodeFs(), { dir });
  try {
    return await readAll(spool, undefined, 2 ** 20);
  } finally {
    await spool.close();
  }
}

async function filesIn(dir: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.spool')).toSorted();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))] as const)),
  );
}
