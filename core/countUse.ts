import type { FirmUse, Numbered } from './firmUse.ts';
import { subsetsOf, type UsageCount, type UsageWindow } from './judge.ts';
import { CRITERIA_MAX, interactionsOf, LOGIN } from './normalFlow.ts';
import type { SolutionVersion } from './registry.ts';
import { firstFrom } from './search.ts';
import { startOfDay } from './time.ts';

export interface CountWindow {
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the window. */
  readonly receivedBeforeMs: number;
}

export function countWindowsOf(windows: readonly UsageWindow[]): CountWindow[] {
  return windows.map(({ span, receivedBeforeMs }) => ({
    startMs: startOfDay(span.start),
    endExclusiveMs: startOfDay(span.endExclusive),
    receivedBeforeMs,
  }));
}

/** What counts, of one version of a solution. */
export interface CountedActions {
  /**
   * Every interaction that counts; logins always do. Another action is in `events`, the log of the
   * firm's own people, and in no metric.
   */
  readonly interactions: readonly string[];
  /** Narrower sets of interactions that criteria ask for, each counted by itself; `CRITERIA_MAX`. */
  readonly subsets: readonly (readonly string[])[];
}

export function countedActionsOf(version: SolutionVersion): CountedActions {
  return { interactions: interactionsOf(version), subsets: subsetsOf(version.normalFlow) };
}

/** By the place of an action's name, from 1 on: a bit for logins, interactions and each subset. */
export type ActionFlags = Uint32Array;

/** @throws RangeError where there are more subsets than a rule has criteria */
export function flagsOf(counted: CountedActions, names: readonly string[]): ActionFlags {
  const { interactions, subsets } = counted;
  if (subsets.length > CRITERIA_MAX) {
    throw new RangeError(`more than ${CRITERIA_MAX} sets of interactions are asked for`);
  }
  const sets = [[LOGIN], interactions, ...subsets].map((set) => new Set(set));
  const flagOf = (name: string) =>
    sets.reduce((flag, set, bit) => (set.has(name) ? flag | (1 << bit) : flag), 0);
  return Uint32Array.from([0, ...names.map(flagOf)]);
}

/** Whoever logs in or interacts is a user. */
const MEASURED = 0b11;

/** The counts of windows of one firm's use, in the order asked. */
export function countWindows(
  use: FirmUse,
  people: Numbered,
  flags: ActionFlags,
  windows: readonly CountWindow[],
  subsets: number,
): UsageCount[] {
  const seen = new Int32Array(people.count);
  return windows.map((window, w) => {
    const { startMs, endExclusiveMs, receivedBeforeMs } = window;
    const counts = new Int32Array(2 + subsets);
    let [activeUsers, events] = [0, 0];
    for (let i = firstFrom(use.atMs, startMs); i < use.atMs.length; i += 1) {
      if ((use.atMs[i] ?? endExclusiveMs) >= endExclusiveMs) break;
      if ((use.receivedAtMs[i] ?? receivedBeforeMs) >= receivedBeforeMs) continue;
      events += 1;
      const flag = flags[use.actions[i] ?? 0] ?? 0;
      if (flag === 0) continue;
      for (let bit = 0; flag >> bit > 0; bit += 1) {
        if (((flag >> bit) & 1) === 1) counts[bit] = (counts[bit] ?? 0) + 1;
      }
      const person = people.numbers[i] ?? 0;
      if ((flag & MEASURED) === 0 || seen[person] === w + 1) continue;
      seen[person] = w + 1;
      activeUsers += 1;
    }
    const [logins = 0, interactions = 0, ...ofSubsets] = counts;
    return { logins, interactions, activeUsers, events, subsets: ofSubsets };
  });
}
