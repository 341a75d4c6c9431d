import type { Span } from './contract.ts';
import type { MonthDecision } from './month.ts';
import {
  type Criterion,
  criteriaOf,
  type Metric,
  type NormalFlow,
  type Per,
} from './normalFlow.ts';
import { waitsForReview } from './programmes/standing.ts';
import { isRejected } from './review.ts';
import { type CaseOrder, termsOfMonth } from './rosterFlow.ts';
import { type CivilDate, startOfDay } from './time.ts';

/**
 * Whether a firm keeps its normal flow over a case: the mean of each criterion over its cycles, held
 * against the agreed threshold [002 捌 四(三)4].
 */

/** One agreed threshold and what the firm used. */
export interface RosterThreshold {
  /** Of the version that agreed it. */
  readonly effectiveFrom: CivilDate;
  readonly metric: Metric;
  /** Null: all interactions that the version has. */
  readonly actions: readonly string[] | null;
  readonly per: Per;
  readonly atLeast: number;
  /** Cycles that ended inside the period, and before asOf. */
  readonly cycles: number;
  /** Over those cycles; what a rejected month judged is nothing. */
  readonly total: number;
  /** total ÷ cycles; null where no cycle has ended. */
  readonly average: number | null;
  readonly keeps: boolean | null;
}

export interface NormalFlowKept {
  readonly thresholds: readonly RosterThreshold[];
  /** Null where no cycle has ended that could tell; never true while a month is held. */
  readonly keeps: boolean | null;
  /** Held, and nobody has accepted or rejected them. */
  readonly monthsHeld: number;
  readonly monthsRejected: number;
}

/**
 * The cycles are those of the months, as they are judged or sealed. A version that changed the rule
 * is another agreement: each is held against the cycles of its own months, and all must be kept
 * (decision); of a sealed month it is the version that judged it. `in` is not asked for: the mean
 * stands for all cycles. A rejected month is one without use: its cycles stay, with nothing in them.
 * A held one counts, and nothing is kept until it is accepted (decisions).
 */
export function normalFlowKept(
  of: Pick<CaseOrder, 'months' | 'terms'>,
  period: Span,
  asOfMs: number,
): NormalFlowKept {
  const agreements = new Map<
    string,
    { rule: NormalFlow; since: CivilDate; months: MonthDecision[] }
  >();
  for (const [place, month] of of.months.entries()) {
    const { normalFlow: rule, effectiveFrom: since } = termsOfMonth(of, place).version;
    const key = JSON.stringify(rule);
    const agreement = agreements.get(key) ?? { rule, since, months: [] };
    agreement.months.push(month);
    agreements.set(key, agreement);
  }
  const judged = [...agreements.values()].map(({ rule, since, months: its }) => {
    const ended = (i: number) => endedCycles(its, i, period, asOfMs);
    const thresholds = criteriaOf(rule).map((c, i) => thresholdOf(c, since, ended(i)));
    return { thresholds, keeps: together(rule, thresholds) };
  });
  const told = judged.filter((j) => j.thresholds.some((t) => t.cycles > 0));
  const inCase = of.months.filter((month) => concerns(month, period));
  const monthsHeld = inCase.filter(waitsForReview).length;
  return {
    thresholds: judged.flatMap((j) => j.thresholds),
    keeps: told.length === 0 ? null : all([...told.map((j) => j.keeps), monthsHeld === 0]),
    monthsHeld,
    monthsRejected: inCase.filter(isRejected).length,
  };
}

/** A day of the month, or a cycle that it judges, is of the period. */
function concerns(month: MonthDecision, period: Span): boolean {
  const hasDay = month.start < period.endExclusive && month.endExclusive > period.start;
  return hasDay || month.criteria.some((c) => c.cycles.some((cycle) => endsIn(cycle, period)));
}

/** A cycle belongs to the period in which it ends. */
function endsIn({ endExclusive }: Pick<Span, 'endExclusive'>, period: Span): boolean {
  return endExclusive > period.start && endExclusive <= period.endExclusive;
}

/** Each belongs to the month that judges it, also where it reaches into another. */
function endedCycles(
  months: readonly MonthDecision[],
  criterion: number,
  period: Span,
  asOfMs: number,
): { readonly value: number }[] {
  return months.flatMap((month) =>
    (month.criteria[criterion]?.cycles ?? [])
      .filter((cycle) => endsIn(cycle, period) && startOfDay(cycle.endExclusive) <= asOfMs)
      .map(({ value }) => ({ value: isRejected(month) ? 0 : value })),
  );
}

function thresholdOf(
  criterion: Criterion,
  effectiveFrom: CivilDate,
  ended: readonly { readonly value: number }[],
): RosterThreshold {
  const { metric, per, atLeast } = criterion;
  const cycles = ended.length;
  const total = ended.reduce((sum, cycle) => sum + cycle.value, 0);
  return {
    effectiveFrom,
    metric,
    actions: criterion.actions ?? null,
    per,
    atLeast,
    cycles,
    total,
    average: cycles === 0 ? null : total / cycles,
    keeps: cycles === 0 ? null : total >= atLeast * cycles,
  };
}

function together(rule: NormalFlow, thresholds: readonly RosterThreshold[]): boolean | null {
  const kept = thresholds.map((t) => t.keeps);
  if ('allOf' in rule) return all(kept);
  if (kept.includes(true)) return true;
  return kept.includes(null) ? null : false;
}

function all(kept: readonly (boolean | null)[]): boolean | null {
  if (kept.includes(false)) return false;
  return kept.includes(null) ? null : true;
}
