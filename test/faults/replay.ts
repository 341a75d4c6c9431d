import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { conflictsIn, KeptSpool } from './keptSpool.ts';
import { type FaultOptions, type FaultReport, pause, type Scenario, scaled } from './scenario.ts';

/** Everything loaded again, into the store that has it and into an empty one. */
export const replay: Scenario = {
  what: 'all spool files back and the cursor gone: everything is loaded again',
  run: runReplay,
};

const ROUNDS = 20;
const LIVES = 4;
const BATCHES_PER_LIFE = 400;
const EVENTS_PER_BATCH = 20;
/** Of the rounds: the first load of all is killed on its way. */
const KILLED_SHARE = 0.5;
/** Of the rounds: the store begins without events. */
const EMPTIED_SHARE = 0.3;
const KILL_MS_MAX = 1_000;

async function runReplay({ scale, seed, progress }: FaultOptions): Promise<FaultReport> {
  const rounds = scaled(ROUNDS, scale, 2);
  const random = seededRandom(seed);
  const kept = await KeptSpool.fill({
    name: 'replay',
    lives: scaled(LIVES, scale),
    batchesPerLife: scaled(BATCHES_PER_LIFE, scale, 40),
    eventsPerBatch: EVENTS_PER_BATCH,
    seed,
  });
  const { server, manifest } = kept;
  try {
    const sum = { lost: 0, double: 0, emptied: 0, killed: 0 };
    const problems: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      // The first keeps the store, the second does not.
      const storeEmptied = round === 2 || (round > 2 && random() < EMPTIED_SHARE);
      if (storeEmptied) sum.emptied += 1;
      await kept.putBack({ storeEmptied });
      await server.restart();
      if (random() < KILLED_SHARE) {
        await pause(random() * KILL_MS_MAX);
        await server.kill();
        await server.restart();
        sum.killed += 1;
      }
      await kept.loaded();
      const found = await manifest.compare(server.admin);
      sum.lost += found.lost;
      sum.double += found.double;
      const conflicts = await conflictsIn(server);
      if (conflicts > 0) problems.push(`round ${round}: ${conflicts} conflicts with itself`);
      problems.push(...found.problems.map((problem) => `round ${round}: ${problem}`));
      await server.stop();
      if (round % 10 === 0) progress(`${round} of ${rounds} rounds`);
    }
    return {
      runs: rounds,
      runsAre: 'rounds',
      injected: rounds,
      acknowledged: manifest.acknowledged,
      lost: sum.lost,
      double: sum.double,
      problems,
      figures: {
        intoAnEmptyStore: sum.emptied,
        killedOnTheWay: sum.killed,
        batchesSent: manifest.batches.reduce((n, batch) => n + batch.attempts, 0),
      },
    };
  } finally {
    await kept.remove();
  }
}
