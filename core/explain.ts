import type { Contract, ContractMonth } from './contract.ts';
import type { ExcludedGroup, ExplainedExclusion } from './exclusion.ts';
import { type ExplanationText, explanationText } from './explainText.ts';
import { graceEnd } from './judge.ts';
import type { CriterionResult, CycleResult, MonthDecision } from './month.ts';
import { criteriaOf, type NormalFlow } from './normalFlow.ts';
import type { Order } from './registry.ts';
import { addDays, addMonths, type CivilDate } from './time.ts';

/** Why a month is what it is: the answer of the months with the distance to each threshold. */

export interface ExplainedCycle extends CycleResult {
  /** Uses or people that lack; 0 where it is met. */
  readonly distance: number;
  /** The path of the events behind it. */
  readonly rows: string;
}

export interface ExplainedCriterion extends Omit<CriterionResult, 'cycles'> {
  /** The interactions it counts alone; null = all of them. */
  readonly actions: readonly string[] | null;
  readonly cycles: readonly ExplainedCycle[];
  /** Cycles that lack. */
  readonly cyclesMissing: number;
  /**
   * The fewest further uses, or people, with which it would be met: those of the nearest cycles that
   * lack. 0 where it is met, null where the month has no cycle of the kind.
   */
  readonly distance: number | null;
}

export interface ExplainedGroup extends ExcludedGroup {
  readonly rows: string;
}

export interface Explanation extends Omit<MonthDecision, 'criteria'> {
  readonly criteria: readonly ExplainedCriterion[];
  readonly excluded: readonly ExplainedGroup[];
  /** The path of the events of the month's own days. */
  readonly rows: string;
  readonly text: ExplanationText;
}

export interface ExplanationInput {
  readonly order: Order;
  readonly contract: Contract;
  readonly month: ContractMonth;
  /** As the months of the same asOf answer it. */
  readonly decision: MonthDecision;
  /** The rule that judges the month. */
  readonly rule: NormalFlow;
  readonly graceDays: number;
  /** Until when an event must have been received to count. */
  readonly countedUntilMs: number;
  readonly excluded: readonly ExcludedGroup[];
}

export function explainMonth(input: ExplanationInput): Explanation {
  const { order, decision, rule, month, graceDays } = input;
  const actions = criteriaOf(rule).map((c) => c.actions ?? null);
  const explained = {
    ...decision,
    criteria: decision.criteria.map((c, i) => explainCriterion(c, actions[i] ?? null, order)),
    excluded: input.excluded.map((group) => ({ ...group, rows: rowsOf(group.reason, input) })),
    rows: eventsPath(order, decision.start, addDays(decision.endExclusive, -1)),
  };
  const text = explanationText(explained, {
    orderId: order.orderId,
    rule,
    isCut: month.endExclusive < addMonths(order.contractStart, month.month),
    graceEndMs: graceEnd(month, graceDays),
    countedUntilMs: input.countedUntilMs,
  });
  return { ...explained, text };
}

function explainCriterion(
  criterion: CriterionResult,
  actions: readonly string[] | null,
  order: Order,
): ExplainedCriterion {
  const cycles = criterion.cycles.map((cycle) => ({
    ...cycle,
    distance: Math.max(0, criterion.atLeast - cycle.value),
    rows: eventsPath(order, cycle.start, addDays(cycle.endExclusive, -1)),
  }));
  const cyclesMissing = Math.max(0, criterion.cyclesAsked - criterion.cyclesMet);
  const nearest = cycles
    .filter((cycle) => !cycle.met)
    .map((cycle) => cycle.distance)
    .sort((a, b) => a - b)
    .slice(0, cyclesMissing);
  const distance = cycles.length === 0 ? null : nearest.reduce((sum, n) => sum + n, 0);
  return { ...criterion, actions, cycles, cyclesMissing, distance };
}

/** Where the events of a reason are listed; both ends are days, inclusive. */
function rowsOf(reason: ExplainedExclusion, { order, contract, month }: ExplanationInput): string {
  if (reason === 'conflict') return '/v1/rejects';
  if (reason !== 'outside') {
    return eventsPath(order, month.start, addDays(month.endExclusive, -1));
  }
  const isFirst = month === contract.months[0];
  const isLast = month === contract.months.at(-1);
  if (isFirst && isLast) return eventsPath(order, null, null);
  return isFirst
    ? eventsPath(order, null, addDays(contract.start, -1))
    : eventsPath(order, contract.endExclusive, null);
}

function eventsPath(order: Order, from: CivilDate | null, to: CivilDate | null): string {
  const query = [from === null ? '' : `from=${from}`, to === null ? '' : `to=${to}`];
  const asked = query.filter((part) => part !== '').join('&');
  const path = `/v1/orders/${encodeURIComponent(order.orderId)}/events`;
  return asked === '' ? path : `${path}?${asked}`;
}
