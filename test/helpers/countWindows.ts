import type * as counting from '../../core/countUse.ts';
import type { UsageCount } from '../../core/judge.ts';
import type { Per } from '../../core/normalFlow.ts';
import type { Database } from '../../store/clickhouse.ts';
import * as counts from '../../store/counts.ts';
import { at } from './world.ts';

export interface CountedActions extends counting.CountedActions {
  readonly solutionId: string;
}

export interface CountWindow extends counting.CountWindow {
  readonly smeId: string;
  readonly kind: Per;
}

/** Counts windows of any firms of one solution, in the order asked. */
export async function countWindows(
  db: Database,
  actions: CountedActions,
  windows: readonly CountWindow[],
): Promise<UsageCount[]> {
  const smes = [...new Set(windows.map((w) => w.smeId))];
  const bySme = new Map<string, CountWindow[]>(smes.map((smeId) => [smeId, []]));
  for (const window of windows) bySme.get(window.smeId)?.push(window);
  const requests = [...bySme].map(([smeId, asked]) => {
    return { solutionId: actions.solutionId, smeId, actions, windows: asked };
  });
  const answered = await counts.countUse(db, requests);
  const found = new Map<CountWindow, UsageCount>();
  requests.forEach((request, r) => {
    request.windows.forEach((window, w) => {
      const count = answered[r]?.[w];
      if (count !== undefined) found.set(window, count);
    });
  });
  return windows.flatMap((window) => found.get(window) ?? []);
}

/**
 * The events of the firm of `storedEvent` that count in one solution in April 2023: what a month
 * would be judged by.
 */
export async function countApril(db: Database, solutionId: string): Promise<number> {
  const window = {
    smeId: '12345675',
    kind: 'month' as const,
    startMs: at('2023-04-01'),
    endExclusiveMs: at('2023-05-01'),
    receivedBeforeMs: at('2050-01-01'),
  };
  const asked = { solutionId, interactions: ['create'], subsets: [] };
  const [count] = await countWindows(db, asked, [window]);
  return count?.events ?? Number.NaN;
}
