import { FlowproofError } from '../../core/errors.ts';
import type { SpoolAlarm } from '../../ingest/spool/alarm.ts';
import { SpoolCursor } from '../../ingest/spool/cursor.ts';
import { LOG_START } from '../../ingest/spool/position.ts';
import { Spool } from '../../ingest/spool/spool.ts';
import { type Fault, FaultFs, type FsCall, PowerLoss } from '../helpers/spoolFs.ts';
import { readAll } from '../helpers/spoolFsOpen.ts';
import { below, type Random, seededRandom } from '../helpers/spoolFsRandom.ts';
import { SpoolModel } from './spoolModel.ts';

/**
 * Lives of one spool, each ended by a power loss or a kill somewhere, with a disk that also fails
 * now and then; after each, what is found is held against what was acknowledged.
 */

const DIR = '/spool';
const FAULTS: Readonly<Partial<Record<FsCall, readonly Fault[]>>> = {
  write: ['ENOSPC', 'EIO', 'short'],
  datasync: ['EIO'],
  sync: ['EIO'],
  syncDir: ['EIO'],
  truncate: ['EIO'],
  rename: ['EIO'],
  remove: ['EIO'],
  freeBytes: ['EIO'],
};
/** What a power loss alone must never look like. */
const LOSSES: readonly SpoolAlarm['kind'][] = [
  'damaged',
  'segment_missing',
  'segment_unknown',
  'cursor_damaged',
];

export interface PowerLossOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  /** The control: every sync succeeds and does nothing. */
  readonly syncsLie: boolean;
}

export interface PowerLossReport {
  readonly seeds: number;
  readonly lives: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** What was found without having been acknowledged: admitted, and counted to show it happens. */
  readonly surplus: number;
  /** Seeds in which something acknowledged was gone. */
  readonly losses: number;
  /** Seeds of which something was lost, doubled, damaged or wrong, with the first fault of each. */
  readonly violations: readonly string[];
}

/** Runs the seeds one after the other; a seed alone decides everything of its run. */
export async function runPowerLoss(options: PowerLossOptions): Promise<PowerLossReport> {
  const sum = { lives: 0, acknowledged: 0, refused: 0, surplus: 0, losses: 0 };
  const violations: string[] = [];
  for (let i = 0; i < options.seeds; i += 1) {
    const seed = options.firstSeed + i;
    const model = await runSeed(seed, options.syncsLie);
    sum.lives += model.lives;
    sum.acknowledged += model.acknowledged;
    sum.refused += model.refused;
    sum.surplus += model.surplus;
    if (model.faults.some((fault) => / is lost$| is never loaded$/.test(fault))) sum.losses += 1;
    if (model.faults[0] !== undefined) violations.push(`seed ${seed}: ${model.faults[0]}`);
  }
  return { seeds: options.seeds, ...sum, violations };
}

/** One life, with the fault at each of its calls in turn: how many calls there were. */
export async function sweepFault(
  seed: number,
  fault: Fault,
): Promise<{ readonly calls: number; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  for (let calls = 0; ; calls += 1) {
    const fs = new FaultFs(seededRandom(seed));
    const model = new SpoolModel();
    let met = false;
    fs.fault = (_, index) => {
      if (index !== calls) return null;
      met = true;
      return fault;
    };
    await live(fs, model, seededRandom(seed + 1));
    fs.crash();
    await verify(fs, model);
    faults.push(...model.faults.map((text) => `call ${calls}: ${text}`));
    if (!met) return { calls, faults };
  }
}

async function runSeed(seed: number, syncsLie: boolean): Promise<SpoolModel> {
  const random = seededRandom(seed);
  const fs = new FaultFs(random);
  fs.syncsLie = syncsLie;
  const model = new SpoolModel();
  const lives = 2 + below(random, 3);
  const faulty = random() < 0.5;
  // Waiting takes time: one seed in sixteen has a spool that gathers.
  const gathers = seed % 16 === 0;
  for (let life = 0; life < lives && model.faults.length === 0; life += 1) {
    const endsAt = fs.callIndex + below(random, random() < 0.25 ? 40 : 300);
    fs.fault = (call, index) => {
      if (index >= endsAt) return 'power';
      const faults = FAULTS[call];
      if (!faulty || faults === undefined || random() >= 0.04) return null;
      return faults[below(random, faults.length)] ?? null;
    };
    await live(fs, model, random, gathers);
    if (random() < 0.8) fs.crash();
    else fs.kill();
    if (random() < 0.5) await verify(fs, model);
  }
  await verify(fs, model);
  return model;
}

/** One life: appends, loads and releases until it is done, or the machine or the disk stops it. */
async function live(
  fs: FaultFs,
  model: SpoolModel,
  random: Random,
  gathers = false,
): Promise<void> {
  model.lives += 1;
  try {
    const { spool, cursor } = await openBoth(fs, model, gathers);
    for (let turn = below(random, 24); turn > 0; turn -= 1) {
      const count = 1 + below(random, 5);
      const appends = Array.from({ length: count }, () => model.append(spool, random));
      try {
        if (random() < 0.4) await load(spool, cursor, model, random);
      } finally {
        await Promise.all(appends);
      }
    }
    if (random() < 0.3) await spool.close();
  } catch (error) {
    if (!fromDisk(error)) throw error;
  }
}

async function openBoth(fs: FaultFs, model: SpoolModel, gathers = false) {
  const onAlarm = (alarm: SpoolAlarm) => {
    if (LOSSES.includes(alarm.kind)) model.faults.push(`told ${JSON.stringify(alarm)}`);
  };
  const cursor = await SpoolCursor.open(DIR, fs, onAlarm);
  const gather = gathers ? { fromRecords: 2, ms: 1 } : null;
  const limits = { bytesMax: 2 ** 20, segmentBytesMax: 4_000, reserveBytes: 0, gather };
  const place = { dir: DIR, fs, cursor: cursor.position };
  const spool = await Spool.open({ ...place, ...limits, firstSeqAtLeast: 1, onAlarm });
  return { spool, cursor };
}

/** As the loader does: take, remember, delete. */
async function load(
  spool: Spool,
  cursor: SpoolCursor,
  model: SpoolModel,
  random: Random,
): Promise<void> {
  const from = cursor.position ?? spool.firstPosition;
  const { records, next } = await spool.read(from, 1 + below(random, 3_000));
  model.loaded(records);
  model.saving(next);
  await cursor.save(next);
  if (random() < 0.5) await spool.release(next);
}

/** What a healthy machine finds: everything acknowledged, each once, in its place. */
async function verify(fs: FaultFs, model: SpoolModel): Promise<void> {
  try {
    const { spool, cursor } = await openBoth(fs, model);
    const all = await readAll(spool, LOG_START);
    const unloaded = await readAll(spool, cursor.position ?? LOG_START);
    model.check(all, unloaded, spool.nextSeq);
    await spool.close();
  } catch (error) {
    model.faults.push(`cannot be opened and read: ${String(error)}`);
  }
  fs.kill();
}

/** Faults of the disk reach whoever loads; he tries again, or the life is over. */
function fromDisk(error: unknown): boolean {
  if (error instanceof FlowproofError) return false;
  return (
    error instanceof PowerLoss ||
    (error instanceof Error && 'code' in error) ||
    /the disk took/.test(String(error))
  );
}
