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
import { Senders } from './senders.ts';
import { FaultServer } from './server.ts';

/** `kill -9` of the server under load, again and again on one data directory, also while it starts. */
export const killLoop: Scenario = {
  what: 'kill -9 of the server under load and while it starts',
  run: runKillLoop,
};

const ROUNDS = 50;
const LANES = 8;
const EVENTS_PER_BATCH = 10;
/** Of the rounds: the process that is started again is killed on its way too. */
const KILLED_STARTS_SHARE = 0.3;
const UP_MS_MAX = 1_500;
const START_MS_MAX = 2_500;

async function runKillLoop({ scale, seed, progress }: FaultOptions): Promise<FaultReport> {
  const rounds = scaled(ROUNDS, scale);
  const random = seededRandom(seed);
  const server = await FaultServer.start();
  try {
    const manifest = new Manifest(server.seed, 'kill');
    const senders = Senders.start({
      manifest,
      client: () => server.vendor,
      lanes: LANES,
      eventsPerBatch: EVENTS_PER_BATCH,
      batchesPerSecond: Number.POSITIVE_INFINITY,
      seed,
    });
    let kills = 0;
    for (let round = 1; round <= rounds; round += 1) {
      await pause(200 + random() * UP_MS_MAX);
      await server.kill();
      kills += 1;
      // In the first round always: the short run has no other.
      let isStartKilled = round === 1 || random() < KILLED_STARTS_SHARE;
      while (isStartKilled) {
        await server.restartKilled(random() * START_MS_MAX);
        kills += 1;
        isStartKilled = random() < KILLED_STARTS_SHARE;
      }
      await server.restart();
      if (round % 10 === 0)
        progress(`${round} of ${rounds} rounds, ${manifest.acknowledged} acknowledged`);
    }
    await senders.stop();
    const open = manifest.unanswered.length;
    await senders.settle();
    const { lost, double, problems, stored } = await manifest.compare(server.admin);
    return {
      runs: rounds,
      runsAre: 'rounds',
      injected: kills,
      acknowledged: manifest.acknowledged,
      lost,
      double,
      problems: [...problems, ...senders.problems],
      figures: {
        stored: stored.length,
        requestsWithoutAnswer: senders.exchanges.filter((e) => e.status === 0).length,
        batchesSentMoreThanOnce: manifest.batches.filter((b) => b.attempts > 1).length,
        batchesOpenAtTheEnd: open,
        startP50Ms: rounded(percentile(server.startsMs, 0.5), 0),
        startMaxMs: rounded(Math.max(...server.startsMs), 0),
      },
    };
  } finally {
    await server.remove();
  }
}
