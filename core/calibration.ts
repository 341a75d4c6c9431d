import type { CriterionResult, Totals } from './month.ts';
import { type Criterion, criteriaOf, type NormalFlow } from './normalFlow.ts';

/**
 * How a declared normal flow stands to what firms really use [002 註6, 雲端服務常態流量檢核標準].
 * Pure: past months judged under one rule come in, figures go out.
 */

/** One ended month of one order, judged under the rule in question. */
export interface TrialMonth {
  readonly orderId: string;
  readonly month: number;
  readonly state: 'met' | 'short' | 'silent';
  readonly totals: Totals;
  /** In the order of the rule's criteria. */
  readonly criteria: readonly Pick<CriterionResult, 'cycles' | 'cyclesAsked'>[];
}

/** Whole numbers at the nearest rank. */
export interface Distribution {
  readonly min: number;
  readonly p10: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly max: number;
}

export interface CriterionCalibration {
  readonly criterion: Criterion;
  /** The largest threshold that each month with use would have reached. */
  readonly reach: Distribution | null;
  /** Share of all ended months that pass this criterion at each threshold, ascending. */
  readonly passing: readonly { readonly atLeast: number; readonly share: number }[];
  /** The largest threshold that three of four months with use reach; null with too few months. */
  readonly suggestion: { readonly atLeast: number; readonly share: number } | null;
}

export interface CalibrationFlag {
  readonly code: 'token_use_passes' | 'idle_months_pass' | 'few_months';
  readonly explanation: string;
}

export interface Calibration {
  readonly months: number;
  readonly monthsPassing: number;
  readonly monthsSilent: number;
  /** Of months with use, by total; null where no month has any. */
  readonly usage: Readonly<Record<keyof Totals, Distribution>> | null;
  readonly criteria: readonly CriterionCalibration[];
  /** The tenth of the months with use that used it least; null with too few months. */
  readonly idle: {
    readonly months: number;
    readonly eventsAtMost: number;
    readonly share: number;
  } | null;
  readonly flags: readonly CalibrationFlag[];
}

/** Fewer months with use than this say nothing of what is usual (decision). */
export const CALIBRATION_MONTHS_MIN = 10;
/** Points of a curve of passing shares: enough to draw it, and an answer stays small. */
export const CALIBRATION_POINTS_MAX = 100;

export function calibrate(rule: NormalFlow, months: readonly TrialMonth[]): Calibration {
  const used = months.filter((m) => m.state !== 'silent');
  const enough = used.length >= CALIBRATION_MONTHS_MIN;
  const idle = enough ? idleOf(used) : null;
  return {
    months: months.length,
    monthsPassing: months.filter((m) => m.state === 'met').length,
    monthsSilent: months.length - used.length,
    usage: used.length === 0 ? null : usageOf(used),
    criteria: criteriaOf(rule).map((criterion, i) =>
      calibrateCriterion(criterion, reachesOf(used, i), months.length, enough),
    ),
    idle,
    flags: flagsOf(rule, enough, idle),
  };
}

/**
 * Whether a month passes in which one person opened the software on one day, logged in once and did
 * for each criterion one interaction that it counts: what a firm that does not use it can show. A
 * criterion that asks for two of anything is not passed so.
 */
export function tokenUsePasses(rule: NormalFlow): boolean {
  const passes = (c: Criterion) => c.atLeast === 1 && (c.per === 'month' || c.in === 1);
  return 'allOf' in rule ? rule.allOf.every(passes) : rule.anyOf.some(passes);
}

/** The largest threshold at which the month still passes a criterion; 0 where it passes none. */
export function reachOf({
  cycles,
  cyclesAsked,
}: Pick<CriterionResult, 'cycles' | 'cyclesAsked'>): number {
  const values = cycles.map((cycle) => cycle.value).sort((a, b) => b - a);
  return values[cyclesAsked - 1] ?? 0;
}

const QUARTER = 0.25;
const TENTH = 0.1;
const IDLE_SHARE_FLAGGED = 0.9;
const PERSON =
  '一人於一日登入一次並操作一次即達標 · one person opening it once in the month passes';
const IDLE = '用量最低的一成月份幾乎都達標 · nearly all of the least used tenth of months pass';
const FEW = `有使用的月份不足 ${CALIBRATION_MONTHS_MIN} 個，不作建議 · fewer than ${CALIBRATION_MONTHS_MIN} months with use: no suggestion`;

function reachesOf(months: readonly TrialMonth[], index: number): number[] {
  return months.map((m) => {
    const result = m.criteria[index];
    if (result === undefined) throw new RangeError('a month was not judged by every criterion');
    return reachOf(result);
  });
}

function calibrateCriterion(
  criterion: Criterion,
  reaches: readonly number[],
  monthsInAll: number,
  enough: boolean,
): CriterionCalibration {
  const ascending = [...reaches].sort((a, b) => a - b);
  const shareAt = (atLeast: number, of: number) =>
    share(ascending.filter((reach) => reach >= atLeast).length, of);
  const suggested = Math.max(1, quantile(ascending, QUARTER));
  return {
    criterion,
    reach: ascending.length === 0 ? null : distributionOf(ascending),
    passing: pointsOf(ascending, criterion.atLeast).map((atLeast) => ({
      atLeast,
      share: shareAt(atLeast, monthsInAll),
    })),
    suggestion: enough ? { atLeast: suggested, share: shareAt(suggested, reaches.length) } : null,
  };
}

/** The share changes only where some month's reach lies; the declared value is always among them. */
function pointsOf(ascending: readonly number[], declared: number): number[] {
  const distinct = [...new Set(ascending)].filter((reach) => reach > 0);
  const step = Math.max(1, Math.ceil(distinct.length / (CALIBRATION_POINTS_MAX - 1)));
  const kept = distinct.filter((_, i) => i % step === 0 || i === distinct.length - 1);
  return [...new Set([...kept, declared])].sort((a, b) => a - b);
}

function idleOf(used: readonly TrialMonth[]): Calibration['idle'] {
  const byEvents = [...used].sort((a, b) => a.totals.events - b.totals.events);
  const eventsAtMost = byEvents[Math.ceil(used.length * TENTH) - 1]?.totals.events ?? 0;
  // All that used it as little: which of equal months come first must not decide.
  const idle = byEvents.filter((m) => m.totals.events <= eventsAtMost);
  const passing = idle.filter((m) => m.state === 'met').length;
  return { months: idle.length, eventsAtMost, share: share(passing, idle.length) };
}

function flagsOf(
  rule: NormalFlow,
  enough: boolean,
  idle: Calibration['idle'],
): readonly CalibrationFlag[] {
  const flags: CalibrationFlag[] = [];
  if (tokenUsePasses(rule)) flags.push({ code: 'token_use_passes', explanation: PERSON });
  if (idle !== null && idle.share >= IDLE_SHARE_FLAGGED) {
    flags.push({ code: 'idle_months_pass', explanation: IDLE });
  }
  if (!enough) flags.push({ code: 'few_months', explanation: FEW });
  return flags;
}

function usageOf(used: readonly TrialMonth[]): Record<keyof Totals, Distribution> {
  const of = (total: keyof Totals) =>
    distributionOf(used.map((m) => m.totals[total]).sort((a, b) => a - b));
  return {
    logins: of('logins'),
    interactions: of('interactions'),
    activeUsers: of('activeUsers'),
    events: of('events'),
  };
}

function distributionOf(ascending: readonly number[]): Distribution {
  return {
    min: quantile(ascending, 0),
    p10: quantile(ascending, TENTH),
    p25: quantile(ascending, QUARTER),
    p50: quantile(ascending, 0.5),
    p75: quantile(ascending, 0.75),
    p90: quantile(ascending, 0.9),
    max: quantile(ascending, 1),
  };
}

/** The nearest rank: always a value that occurred. */
function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.max(0, Math.ceil(q * ascending.length) - 1)] ?? 0;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000;
}
