import type { ContractMonth } from './contract.ts';
import type { MonthDecision } from './month.ts';
import type { NormalFlow } from './normalFlow.ts';
import { type CivilDate, DAY_MS, dateOf, daysBetween, startOfDay } from './time.ts';

/**
 * Early warning: a firm goes silent inside a running month while its normal flow can still be
 * reached. Pure, with `now` passed in.
 */

/** A firm without counted use for so many days is going silent (decision). */
export const SILENT_DAYS = 7;

export interface Silence {
  readonly month: number;
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
  /** Whole days of the month that are left, the present one included. */
  readonly daysLeft: number;
  /** Whole days since the last counted use, or since the contract began where there was none. */
  readonly silentDays: number;
  /** Day of the last counted use inside the contract; null = none yet. */
  readonly lastUseOn: CivilDate | null;
}

/** The month that a contract is in, as it stands now. */
export interface RunningMonth {
  readonly decision: MonthDecision;
  readonly rule: NormalFlow;
  readonly contractStart: CivilDate;
  /** The last counted use inside the contract before now, ms; null = none. */
  readonly lastUseMs: number | null;
}

/** Null where nothing is to be warned of: used lately, reached already, or out of reach. */
export function silenceOf(running: RunningMonth, nowMs: number): Silence | null {
  const { decision, lastUseMs, contractStart } = running;
  const quietSinceMs = lastUseMs ?? startOfDay(contractStart);
  const silentDays = Math.floor((nowMs - quietSinceMs) / DAY_MS);
  if (silentDays < SILENT_DAYS || !isUndecided(running, nowMs)) return null;
  const { month, start, endExclusive } = decision;
  return {
    month,
    start,
    endExclusive,
    daysLeft: daysBetween(dateOf(nowMs), endExclusive),
    silentDays,
    lastUseOn: lastUseMs === null ? null : dateOf(lastUseMs),
  };
}

/** The month the contract is in at an instant; undefined outside of it. */
export function runningMonthOf(
  months: readonly ContractMonth[],
  nowMs: number,
): ContractMonth | undefined {
  return months.find((m) => startOfDay(m.start) <= nowMs && nowMs < startOfDay(m.endExclusive));
}

/** Not reached by what came so far, and still within reach by what may come. */
function isUndecided({ decision, rule }: RunningMonth, nowMs: number): boolean {
  const reached = decision.criteria.map((c) => c.met);
  const reachable = decision.criteria.map(({ cycles, cyclesMet, cyclesAsked }) => {
    const left = cycles.filter((c) => !c.met && startOfDay(c.endExclusive) > nowMs);
    return cycles.length > 0 && cyclesMet + left.length >= cyclesAsked;
  });
  const holds = (parts: readonly boolean[]) =>
    'allOf' in rule ? parts.every(Boolean) : parts.some(Boolean);
  return !holds(reached) && holds(reachable);
}
