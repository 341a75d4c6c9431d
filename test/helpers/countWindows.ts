import type * as counting from '../../core/countUse.ts';
import type { UsageCount } from '../../core/judge.ts';
import type { Per } from '../../core/normalFlow.ts';
import type { Database } from '../../store/clickhouse.ts';
import * as counts from '../../store/counts.ts';

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
