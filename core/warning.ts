import type { ContractMonth } from './contract.ts';
import type { CycleResult, MonthDecision } from './month.ts';
import { criteriaOf, type NormalFlow, type Per } from './normalFlow.ts';
import {
  addDays,
  type CivilDate,
  DAY_MS,
  dateOf,
  daysBetween,
  isoWeekday,
  startOfDay,
} from './time.ts';

/**
 * Early warning: a firm goes silent inside a running month while its normal flow can still be
 * reached. Pure, with `now` passed in.
 */

/** A firm without counted use for so many days is going silent (decision). */
export const SILENT_DAYS = 7;

/**
 * In a week whose loss is that of the month a firm is going silent after so few, from the week's
 * fourth day on (decision): after seven the week would be over. That day lies in the contract month
 * that the week is judged with, which holds four of its days at least.
 */
const SILENT_DAYS_IN_LAST_WEEK = 3;
const THURSDAY = 4;

/**
 * Where a rule counts days and the month is lost unless one of today and tomorrow is used, one is
 * enough (decision): a look on any morning before the last one leaves a whole day.
 */
const SILENT_DAYS_IN_LAST_DAYS = 1;
const LAST_DAYS = 2;

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
  /** End of the running week where its loss would be that of the month, else null. */
  readonly weekEndExclusive: CivilDate | null;
  /** Before it a rule that counts days needs use, where that is today or tomorrow, else null. */
  readonly dayEndExclusive: CivilDate | null;
}

/** The month that a contract is in, as it stands now. */
export interface RunningMonth {
  readonly decision: MonthDecision;
  readonly rule: NormalFlow;
  readonly contractStart: CivilDate;
  /** The last counted use inside the contract before now, ms; null = none. */
  readonly lastUseMs: number | null;
}

/** Without use for fewer days than this nobody is warned of, whatever the month stands at. */
export function silentDaysAsked(rule: NormalFlow, nowMs: number): number {
  if (countsBy('day', rule)) return SILENT_DAYS_IN_LAST_DAYS;
  if (countsBy('week', rule) && isLateInWeek(nowMs)) return SILENT_DAYS_IN_LAST_WEEK;
  return SILENT_DAYS;
}

/** Null where nothing is to be warned of: used lately, reached already, or out of reach. */
export function silenceOf(running: RunningMonth, nowMs: number): Silence | null {
  const { decision, rule, lastUseMs, contractStart } = running;
  const quietSinceMs = lastUseMs ?? startOfDay(contractStart);
  const silentDays = Math.floor((nowMs - quietSinceMs) / DAY_MS);
  if (silentDays < silentDaysAsked(rule, nowMs) || !isUndecided(running, nowMs)) return null;
  const weekEndExclusive = lastWeekOf(running, nowMs);
  const dayEndExclusive = lastDayOf(running, nowMs);
  const isWeekDue = weekEndExclusive !== null && isLateInWeek(nowMs);
  const isSilent =
    silentDays >= SILENT_DAYS ||
    (isWeekDue && silentDays >= SILENT_DAYS_IN_LAST_WEEK) ||
    dayEndExclusive !== null;
  if (!isSilent) return null;
  const { month, start, endExclusive } = decision;
  return {
    month,
    start,
    endExclusive,
    daysLeft: daysBetween(dateOf(nowMs), endExclusive),
    silentDays,
    lastUseOn: lastUseMs === null ? null : dateOf(lastUseMs),
    weekEndExclusive,
    dayEndExclusive,
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
function isUndecided(running: RunningMonth, nowMs: number): boolean {
  const { decision, rule } = running;
  const reached = decision.criteria.map((c) => c.met);
  return !holds(rule, reached) && isReachable(running, (c) => startOfDay(c.endExclusive) > nowMs);
}

/** End of the running week where the month is out of reach once that week is lost, else null. */
function lastWeekOf(running: RunningMonth, nowMs: number): CivilDate | null {
  const weeks = running.decision.criteria.filter((c) => c.per === 'week').flatMap((c) => c.cycles);
  const isRunning = (c: CycleResult) =>
    startOfDay(c.start) <= nowMs && nowMs < startOfDay(c.endExclusive);
  const week = weeks.find((c) => !c.met && isRunning(c));
  if (week === undefined) return null;
  const canBeMissed = isReachable(
    running,
    (c, per) => startOfDay(per === 'week' ? c.start : c.endExclusive) > nowMs,
  );
  return canBeMissed ? null : week.endExclusive;
}

/** End of today or tomorrow where without use until then the month is out of reach, else null. */
function lastDayOf(running: RunningMonth, nowMs: number): CivilDate | null {
  if (running.decision.criteria.every((c) => c.per !== 'day' || c.met)) return null;
  const today = dateOf(nowMs);
  const ends = Array.from({ length: LAST_DAYS }, (_, i) => addDays(today, i + 1));
  const isLostBy = (end: CivilDate) => !isReachable(running, (c) => c.endExclusive > end);
  return ends.find(isLostBy) ?? null;
}

function countsBy(per: Per, rule: NormalFlow): boolean {
  return criteriaOf(rule).some((c) => c.per === per);
}

function isLateInWeek(nowMs: number): boolean {
  return isoWeekday(dateOf(nowMs)) >= THURSDAY;
}

/** Whether the rule can still be met, where of the cycles that lack these may yet be. */
function isReachable(
  { decision, rule }: RunningMonth,
  mayCome: (cycle: CycleResult, per: Per) => boolean,
): boolean {
  const reachable = decision.criteria.map(({ per, cycles, cyclesMet, cyclesAsked }) => {
    const left = cycles.filter((c) => !c.met && mayCome(c, per));
    return cycles.length > 0 && cyclesMet + left.length >= cyclesAsked;
  });
  return holds(rule, reachable);
}

function holds(rule: NormalFlow, parts: readonly boolean[]): boolean {
  return 'allOf' in rule ? parts.every(Boolean) : parts.some(Boolean);
}
