import {
  type ContractMonth,
  type ContractWeek,
  type Cycle,
  cyclesOf,
  type Span,
} from './contract.ts';
import type { CriterionResult, MonthDecision, MonthState, Totals } from './month.ts';
import { type Criterion, criteriaOf, type NormalFlow, type Per } from './normalFlow.ts';
import type { SolutionVersion } from './registry.ts';
import { type CivilDate, DAY_MS, startOfDay } from './time.ts';

/**
 * Decides one contract month from its counts: pure, with `now` passed in. What to count and what
 * the counts mean are both said here, so they cannot drift apart.
 */

/** A span whose counted use is asked for, and until when an event must have come to be in it. */
export interface UsageWindow {
  readonly kind: Per;
  readonly span: Span;
  readonly receivedBeforeMs: number;
}

/** Counted use of one window; `events` has also what no metric counts: undeclared actions. */
export interface UsageCount extends Totals {
  /** Interactions of each narrower set of actions, in the order of `subsetsOf`. */
  readonly subsets: readonly number[];
}

/** What one month is judged on. */
export interface MonthPlan {
  readonly month: ContractMonth;
  readonly version: SolutionVersion;
  readonly windows: readonly UsageWindow[];
}

export interface ComputedMonth {
  readonly state: Exclude<MonthState, 'held'>;
  readonly totals: Totals;
  readonly criteria: readonly CriterionResult[];
}

export type CountOf = (kind: Per, start: CivilDate) => UsageCount;

/** @param counts of the plan's windows, in their order */
export function countsOf({ windows }: MonthPlan, counts: readonly UsageCount[]): CountOf {
  return (kind, start) => {
    const count = counts[windows.findIndex((w) => w.kind === kind && w.span.start === start)];
    if (count === undefined) throw new RangeError(`${kind} ${start} was not counted`);
    return count;
  };
}

/** When the grace of a month has ended: its end and the programme's days for late events. */
export function graceEnd(month: Span, graceDays: number): number {
  return startOfDay(month.endExclusive) + graceDays * DAY_MS;
}

/**
 * Until when events of a month count: to the end of its grace, late ones that a reopening or the
 * seal of a longer span admitted until that.
 * @param admittedMs what was received before it counts, also where an early end has moved the
 * month's end since
 */
export function countsUntil(month: Span, graceDays: number, admittedMs = 0): number {
  return Math.max(graceEnd(month, graceDays), admittedMs);
}

/** The months whose grace had ended at an instant and that no seal has fixed yet, by number. */
export function monthsToSeal(
  months: readonly MonthDecision[],
  asOfMs: number,
  graceDays: number,
): number[] {
  return months
    .filter((m) => m.seal === null && graceEnd(m, graceDays) <= asOfMs)
    .map((m) => m.month);
}

/** The sets of actions that criteria of a rule ask for by name, in their order. */
export function subsetsOf(rule: NormalFlow): readonly (readonly string[])[] {
  return criteriaOf(rule).flatMap((c) => (c.actions === undefined ? [] : [c.actions]));
}

export function planMonth(
  month: ContractMonth,
  weeks: readonly ContractWeek[],
  version: SolutionVersion,
  receivedBeforeMs: number,
): MonthPlan {
  const kinds = new Set<Per>(['month', ...criteriaOf(version.normalFlow).map((c) => c.per)]);
  const windows = [...kinds].flatMap((kind) =>
    cyclesOf(kind, month, weeks).map((cycle) => ({ kind, span: cycle.counted, receivedBeforeMs })),
  );
  return { month, version, windows };
}

/**
 * @param countOf the count of a window of the plan, by its kind and the first day it counts
 * @param nowMs asOf: a month is over when its end is not after it
 */
export function decideMonth(
  plan: MonthPlan,
  weeks: readonly ContractWeek[],
  countOf: CountOf,
  nowMs: number,
  graceDays: number,
): ComputedMonth {
  const { logins, interactions, activeUsers, events } = countOf('month', plan.month.start);
  const totals = { logins, interactions, activeUsers, events };
  const rule = plan.version.normalFlow;
  const subsets = subsetsOf(rule);
  const criteria = criteriaOf(rule).map((criterion) => {
    const cycles = cyclesOf(criterion.per, plan.month, weeks);
    const subset = criterion.actions === undefined ? null : subsets.indexOf(criterion.actions);
    return judgeCriterion(criterion, cycles, (cycle) =>
      measure(criterion, countOf(criterion.per, cycle.counted.start), subset),
    );
  });
  return {
    state: stateOf(plan.month, totals, met(rule, criteria), nowMs, graceDays),
    totals,
    criteria,
  };
}

function stateOf(
  month: Span,
  totals: Totals,
  ruleMet: boolean,
  nowMs: number,
  graceDays: number,
): ComputedMonth['state'] {
  if (startOfDay(month.endExclusive) > nowMs) return 'open';
  if (graceEnd(month, graceDays) > nowMs) return 'pending';
  if (totals.events === 0) return 'silent';
  return ruleMet ? 'met' : 'short';
}

function met(rule: NormalFlow, criteria: readonly CriterionResult[]): boolean {
  return 'allOf' in rule ? criteria.every((c) => c.met) : criteria.some((c) => c.met);
}

/** A month without a cycle of the kind does not meet the criterion. */
function judgeCriterion(
  criterion: Criterion,
  cycles: readonly Cycle[],
  valueIn: (cycle: Cycle) => number,
): CriterionResult {
  const results = cycles.map((cycle) => {
    const value = valueIn(cycle);
    const { start, endExclusive } = cycle;
    return { start, endExclusive, value, met: value >= criterion.atLeast };
  });
  const cyclesMet = results.filter((r) => r.met).length;
  const cyclesAsked = Math.min(criterion.in ?? results.length, results.length);
  return {
    metric: criterion.metric,
    per: criterion.per,
    atLeast: criterion.atLeast,
    in: criterion.in ?? null,
    cycles: results,
    cyclesMet,
    cyclesAsked,
    met: results.length > 0 && cyclesMet >= cyclesAsked,
  };
}

function measure(criterion: Criterion, count: UsageCount, subset: number | null): number {
  if (subset === null) return count[criterion.metric];
  const value = count.subsets[subset];
  if (value === undefined) throw new RangeError('a set of actions was not counted');
  return value;
}
