import type { UsageChart } from '../core/chart.ts';
import { criteriaOf } from '../core/normalFlow.ts';
import type { CivilDate } from '../core/time.ts';

/** A set of actions that week criteria count by themselves: its threshold is not one for all. */
export interface Subset {
  readonly actions: readonly string[];
  readonly color: string;
  /** Its use by the Monday of each judged week. */
  readonly cycles: ReadonlyMap<CivilDate, number>;
}

/** More sets than colours go undrawn; their criteria still stand in the months' heads. */
const COLORS = ['#7a3fa0', '#0b7d8c'] as const;

export function subsetsOf(chart: Pick<UsageChart, 'months'>): readonly Subset[] {
  const found = new Map<string, { actions: readonly string[]; cycles: Map<CivilDate, number> }>();
  for (const month of chart.months) {
    for (const [i, { per, actions }] of criteriaOf(month.rule).entries()) {
      if (per !== 'week' || actions === undefined) continue;
      const key = subsetKey(actions);
      const entry = found.get(key) ?? { actions, cycles: new Map<CivilDate, number>() };
      found.set(key, entry);
      for (const { start, value } of month.criteria[i]?.cycles ?? [])
        entry.cycles.set(start, value);
    }
  }
  return [...found.values()].flatMap((subset, i) => {
    const color = COLORS[i];
    return color === undefined ? [] : [{ ...subset, color }];
  });
}

export function subsetKey(actions: readonly string[]): string {
  return JSON.stringify(actions);
}
