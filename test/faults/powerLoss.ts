import { type FaultOptions, type FaultReport, type Scenario, scaled } from './scenario.ts';
import { type PowerLossReport, runPowerLoss, sweepFault } from './spoolPowerLoss.ts';

/** Power lost at random moments of many lives, then at every single call of some. */
export const powerLoss: Scenario = {
  what: 'power lost at every call to the disk, on a simulated disk; control without sync',
  run: runManyPowerLosses,
};

const SEEDS = 20_000;
const SWEEPS = 100;
/** So many at a time, between two lines of progress. */
const SEEDS_PER_TURN = 5_000;
const CONTROL_SEEDS = 1_000;
/** Without syncs, so large a share of the seeds must lose something at least. */
const CONTROL_LOSS_SHARE_MIN = 0.5;

async function runManyPowerLosses(options: FaultOptions): Promise<FaultReport> {
  const { scale, seed, progress } = options;
  const seeds = scaled(SEEDS, scale);
  const turns: PowerLossReport[] = [];
  for (let done = 0; done < seeds; done += SEEDS_PER_TURN) {
    const count = Math.min(SEEDS_PER_TURN, seeds - done);
    turns.push(await runPowerLoss({ firstSeed: seed + done, seeds: count, syncsLie: false }));
    progress(`${done + count} of ${seeds} seeds`);
  }
  const sum = (count: (turn: PowerLossReport) => number) =>
    turns.reduce((total, turn) => total + count(turn), 0);
  const swept = await sweep(scaled(SWEEPS, scale), seed);
  const controlSeeds = scaled(CONTROL_SEEDS, scale, 50);
  const control = await runPowerLoss({ firstSeed: seed, seeds: controlSeeds, syncsLie: true });
  const sees = control.losses >= controlSeeds * CONTROL_LOSS_SHARE_MIN;
  const violations = [...turns.flatMap((turn) => turn.violations), ...swept.faults];
  return {
    runs: seeds,
    runsAre: 'seeds',
    injected: sum((turn) => turn.lives) + swept.calls,
    acknowledged: sum((turn) => turn.acknowledged),
    lost: sum((turn) => turn.losses),
    double: violations.filter((text) => / twice/.test(text)).length,
    problems: [...violations, ...(sees ? [] : ['the control without syncs lost too little'])],
    figures: {
      lives: sum((turn) => turn.lives),
      refused: sum((turn) => turn.refused),
      foundUnacknowledged: sum((turn) => turn.surplus),
      callsSweptOneByOne: swept.calls,
      controlSeeds,
      controlSeedsWithLoss: control.losses,
    },
  };
}

async function sweep(lives: number, seed: number) {
  const faults: string[] = [];
  let calls = 0;
  for (let life = 0; life < lives; life += 1) {
    const swept = await sweepFault(seed + life * 1_000, 'power');
    calls += swept.calls;
    faults.push(...swept.faults);
  }
  return { calls, faults };
}
