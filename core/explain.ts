import { type Beyond, beyondOf, type ForeignUse } from './beyond.ts';
import type { ContractMonth } from './contract.ts';
import {
  type CountingTerms,
  type ExcludedGroup,
  type ExplainedExclusion,
  termsOf,
} from './exclusion.ts';
import { type ExplanationText, explanationText } from './explainText.ts';
import { graceEnd } from './judge.ts';
import type { CriterionResult, CycleResult, MonthDecision, Totals } from './month.ts';
import { type Criterion, criteriaOf, interactionsOf, LOGIN } from './normalFlow.ts';
import type { Order, SolutionVersion } from './registry.ts';
import { addDays, addMonths, type CivilDate, dateOf, formatInstant, startOfDay } from './time.ts';

/** Why a month is what it is: the answer of the months with the distance to each threshold. */

export interface ExplainedCycle extends CycleResult {
  /** Uses or people that lack; 0 where it is met. */
  readonly distance: number;
  /** The path of the events behind it; here and below null where the reader may not list them. */
  readonly rows: string | null;
  /** Of a week that reaches into a neighbouring month: where its value differs from its list. */
  readonly beyond: Beyond | null;
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
  readonly rows: string | null;
}

export interface Explanation extends Omit<MonthDecision, 'criteria'> {
  readonly criteria: readonly ExplainedCriterion[];
  readonly excluded: readonly ExplainedGroup[];
  /** The path of the events of the month's own days. */
  readonly rows: string | null;
  readonly text: ExplanationText;
}

export interface ExplanationInput {
  readonly order: Order;
  /** What decides which events count, of the months of the same asOf. */
  readonly terms: CountingTerms;
  readonly month: ContractMonth;
  /** As the months of the same asOf answer it. */
  readonly decision: MonthDecision;
  readonly graceDays: number;
  readonly excluded: readonly ExcludedGroup[];
  /** The days of its weeks that lie in neighbouring months. */
  readonly foreign: readonly ForeignUse[];
  /** What the reader's key may list: a path that it may not open is none. */
  readonly mayList: { readonly events: boolean; readonly rejects: boolean };
  /** Of the lists that it links to; null = those of the present. */
  readonly linksAsOfMs: number | null;
}

export function explainMonth(input: ExplanationInput): Explanation {
  const { order, decision, terms, month, graceDays } = input;
  const { version, countedUntilMs } = termsOf(terms, month.month);
  const rule = version.normalFlow;
  const asked = criteriaOf(rule);
  const explained = {
    ...decision,
    criteria: decision.criteria.map((c, i) => explainCriterion(c, asked[i], input)),
    excluded: input.excluded.map((group) => ({ ...group, rows: rowsOf(group.reason, input) })),
    rows: eventsPath(input, decision.start, addDays(decision.endExclusive, -1)),
  };
  const text = explanationText(explained, {
    orderId: order.orderId,
    rule,
    isCut: month.endExclusive < addMonths(order.contractStart, month.month),
    graceEndMs: graceEnd(month, graceDays),
    countedUntilMs,
    undeclared: undeclaredIn(decision.totals, version),
  });
  return { ...explained, text };
}

/** Each of the events is a login, an interaction or undeclared; a version may have logins as both. */
function undeclaredIn({ logins, interactions, events }: Totals, version: SolutionVersion): number {
  const isBoth = interactionsOf(version).includes(LOGIN);
  return events - interactions - (isBoth ? 0 : logins);
}

function explainCriterion(
  criterion: CriterionResult,
  asked: Criterion | undefined,
  input: ExplanationInput,
): ExplainedCriterion {
  const cycles = criterion.cycles.map((cycle) => {
    const beyond = beyondIn(cycle, asked, input);
    return {
      ...cycle,
      distance: Math.max(0, criterion.atLeast - cycle.value),
      rows: eventsPath(input, cycle.start, addDays(cycle.endExclusive, -1)),
      beyond,
    };
  });
  const cyclesMissing = Math.max(0, criterion.cyclesAsked - criterion.cyclesMet);
  const nearest = cycles
    .filter((cycle) => !cycle.met)
    .map((cycle) => cycle.distance)
    .sort((a, b) => a - b)
    .slice(0, cyclesMissing);
  const distance = cycles.length === 0 ? null : nearest.reduce((sum, n) => sum + n, 0);
  return { ...criterion, actions: asked?.actions ?? null, cycles, cyclesMissing, distance };
}

function beyondIn(
  cycle: CycleResult,
  asked: Criterion | undefined,
  { terms, month, foreign }: ExplanationInput,
): Beyond | null {
  if (asked?.per !== 'week') return null;
  const ofWeek = foreign.find(({ days }) => days.weekStart === cycle.start);
  if (ofWeek === undefined) return null;
  return beyondOf(ofWeek, asked, termsOf(terms, month.month), terms);
}

/** Where the events of a reason are listed; both ends are days, inclusive. */
function rowsOf(reason: ExplainedExclusion, input: ExplanationInput): string | null {
  const { order, month, mayList } = input;
  const { contract } = input.terms;
  const isFirst = month === contract.months[0];
  const isLast = month === contract.months.at(-1);
  if (reason === 'conflict') {
    if (!mayList.rejects) return null;
    const from = isFirst ? null : month.start;
    const to = isLast ? null : addDays(month.endExclusive, -1);
    return `/v1/rejects?${queryOf({ orderId: order.orderId, code: 'id_conflict', from, to })}`;
  }
  if (reason !== 'outside') {
    return eventsPath(input, month.start, addDays(month.endExclusive, -1));
  }
  if (isFirst && isLast) return eventsPath(input, null, null);
  return isFirst
    ? eventsPath(input, null, addDays(contract.start, -1))
    : eventsPath(input, contract.endExclusive, null);
}

function eventsPath(
  { order, mayList, linksAsOfMs }: ExplanationInput,
  from: CivilDate | null,
  to: CivilDate | null,
): string | null {
  if (!mayList.events) return null;
  const asOf = linksAsOfMs === null ? null : asOfText(linksAsOfMs);
  const asked = queryOf({ from, to, asOf });
  const path = `/v1/orders/${encodeURIComponent(order.orderId)}/events`;
  return asked === '' ? path : `${path}?${asked}`;
}

/** What is null is not asked. */
function queryOf(asked: Readonly<Record<string, string | null>>): string {
  return Object.entries(asked)
    .flatMap(([name, value]) => (value === null ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

/** One text for one instant, however it was asked for: a day's start is its date. */
function asOfText(asOfMs: number): string {
  const date = dateOf(asOfMs);
  return startOfDay(date) === asOfMs ? date : formatInstant(asOfMs);
}
