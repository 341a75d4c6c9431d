import { WEEK_DAYS_MIN } from './limits.ts';
import type { Per } from './normalFlow.ts';
import type { Order } from './registry.ts';
import {
  addDays,
  addMonths,
  type CivilDate,
  daysBetween,
  earlier,
  later,
  mondayOf,
} from './time.ts';

/**
 * Contract months, weeks and cycles. The only file that makes them: an off-by-one in a claim comes
 * from two places computing a month.
 */

/** Contract month k (期程月): from start + (k−1) months to start + k months, exclusive. */
export interface ContractMonth {
  readonly month: number;
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
}

export interface Contract {
  readonly start: CivilDate;
  /** The first day without service: the contract's own end, or the day it ended early. */
  readonly endExclusive: CivilDate;
  /** The divisor of the points, whatever the contract's end [000 八(六)2]. */
  readonly contractMonths: number;
  /** The months that began before the end; the last may be a part month. Never empty. */
  readonly months: readonly ContractMonth[];
}

/** A span of whole days. */
export interface Span {
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
}

/** A week that touches the contract, Monday to Monday. */
export interface ContractWeek extends Span {
  /** The days of it inside the contract: what its value counts. */
  readonly counted: Span;
  /** The month that it is judged with; null when no month holds four of its days. */
  readonly judgedIn: number | null;
  /** The month whose grace decides which of its events are on time. */
  readonly timedBy: number;
}

export type ContractTerms = Pick<
  Order,
  'contractStart' | 'contractMonths' | 'closure' | 'termination'
>;

/** The day a contract ended early, or null; a day at or after its own end changes nothing. */
export function earlyEndOf(terms: ContractTerms): CivilDate | null {
  const date = terms.termination?.date ?? terms.closure?.date ?? null;
  return date !== null && date < ownEndOf(terms) ? date : null;
}

export function contractOf(terms: ContractTerms): Contract {
  const endExclusive = earlyEndOf(terms) ?? ownEndOf(terms);
  const months: ContractMonth[] = [];
  for (let month = 1; month <= terms.contractMonths; month += 1) {
    const start = addMonths(terms.contractStart, month - 1);
    if (start >= endExclusive) break;
    const next = addMonths(terms.contractStart, month);
    months.push({ month, start, endExclusive: earlier(next, endExclusive) });
  }
  return { start: terms.contractStart, endExclusive, contractMonths: terms.contractMonths, months };
}

/** Every week with a day inside the contract, in order. */
export function weeksOf(contract: Contract): ContractWeek[] {
  const weeks: ContractWeek[] = [];
  let start = mondayOf(contract.start);
  while (start < contract.endExclusive) {
    const endExclusive = addDays(start, 7);
    const week = { start, endExclusive };
    const held = contract.months.map((m) => ({ month: m.month, days: sharedDays(week, m) }));
    const touched = held.filter((h) => h.days > 0);
    const judgedIn = touched.find((h) => h.days >= WEEK_DAYS_MIN)?.month ?? null;
    const timedBy = judgedIn ?? touched.at(-1)?.month ?? contract.months.length;
    weeks.push({ ...week, counted: clip(week, contract), judgedIn, timedBy });
    start = endExclusive;
  }
  return weeks;
}

/** Days of a judged week that lie in another month of the contract than the one that judges it. */
export interface ForeignDays extends Span {
  readonly weekStart: CivilDate;
  /** The month that they lie in. */
  readonly ownMonth: number;
}

/** Of each week that is judged with a month and reaches into a neighbouring one. */
export function foreignDaysOf(contract: Contract, month: ContractMonth): ForeignDays[] {
  const others = contract.months.filter((m) => m.month !== month.month);
  return weeksOf(contract)
    .filter((week) => week.judgedIn === month.month)
    .flatMap((week) =>
      others.map((other) => ({
        ...clip(week.counted, other),
        weekStart: week.start,
        ownMonth: other.month,
      })),
    )
    .filter((days) => days.start < days.endExclusive);
}

/** A cycle of a criterion: the span that is shown and the days of it that are counted. */
export interface Cycle extends Span {
  readonly counted: Span;
}

/** The cycles of one kind that judge a contract month, in order; a part month may have none. */
export function cyclesOf(
  per: Per,
  month: ContractMonth,
  weeks: readonly ContractWeek[],
): readonly Cycle[] {
  if (per === 'week') return weeks.filter((w) => w.judgedIn === month.month);
  if (per === 'month') return [wholeCycle(month.start, month.endExclusive)];
  const days = daysBetween(month.start, month.endExclusive);
  return Array.from({ length: days }, (_, i) =>
    wholeCycle(addDays(month.start, i), addDays(month.start, i + 1)),
  );
}

function wholeCycle(start: CivilDate, endExclusive: CivilDate): Cycle {
  return { start, endExclusive, counted: { start, endExclusive } };
}

function ownEndOf(terms: ContractTerms): CivilDate {
  return addMonths(terms.contractStart, terms.contractMonths);
}

function clip(span: Span, bounds: Span): Span {
  return {
    start: later(span.start, bounds.start),
    endExclusive: earlier(span.endExclusive, bounds.endExclusive),
  };
}

function sharedDays(a: Span, b: Span): number {
  const shared = clip(a, b);
  return Math.max(0, daysBetween(shared.start, shared.endExclusive));
}
