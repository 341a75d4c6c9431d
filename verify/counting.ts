import {
  type CountedActions,
  type CountWindow,
  countedActionsOf,
  countWindowsOf,
} from '../core/countUse.ts';
import type { UsageCount, UsageWindow } from '../core/judge.ts';
import type { SolutionVersion } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { countUse, type TellUse } from '../store/counts.ts';

/** Windows of one firm that one version of its solution says how to count. */
export interface WindowsOfFirm {
  readonly smeId: string;
  readonly version: SolutionVersion;
  /** The same list for firms that share it: it is looked at once. */
  readonly windows: readonly UsageWindow[];
}

/** The counts of all windows, in the order asked; `tell` hears what each was counted by. */
export function countAll(
  db: Database,
  asked: readonly WindowsOfFirm[],
  tell?: TellUse,
): Promise<readonly (readonly UsageCount[])[]> {
  const actions = new Map<SolutionVersion, CountedActions>();
  const windows = new Map<readonly UsageWindow[], readonly CountWindow[]>();
  const requests = asked.map((firm) => ({
    solutionId: firm.version.solutionId,
    smeId: firm.smeId,
    actions: remembered(actions, firm.version, countedActionsOf),
    windows: remembered(windows, firm.windows, countWindowsOf),
  }));
  return countUse(db, requests, tell);
}

function remembered<K, V>(known: Map<K, V>, key: K, make: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}
