import { contractOf } from './contract.ts';
import type { IdleRule } from './programmes/types.ts';
import type { Order, Solution } from './registry.ts';
import { addMonths, type CivilDate, dateOf, later } from './time.ts';

/**
 * Idle solutions: listed, and without a running contract for some consecutive months
 * [000 八(五)2; 附表1 聲明(九)].
 */

export interface IdleSolution {
  readonly solutionId: string;
  readonly vendorId: string;
  readonly name: string;
  readonly listedFrom: CivilDate;
  /** The first day without a contract: the listing, or the day after the last contract. */
  readonly idleSince: CivilDate;
  /** The first day without service of the last contract; null = there was none. */
  readonly lastContractEnd: CivilDate | null;
  /** Whole months idle at asOf, counted from idleSince as contract months are. */
  readonly months: number;
}

/**
 * Null where a contract runs on the day of asOf, or did within so many months before it; also where
 * the solution is not listed, or not yet. An early end ends a contract.
 * @param orders those of the solution, in every programme
 */
export function idleSolution(
  solution: Solution,
  orders: readonly Order[],
  rule: IdleRule,
  asOfMs: number,
): IdleSolution | null {
  const { solutionId, vendorId, name, listedFrom } = solution;
  const today = dateOf(asOfMs);
  if (listedFrom === null) return null;
  const begun = orders.map(contractOf).filter((c) => c.start <= today);
  const [lastContractEnd = null] = begun
    .map((c) => c.endExclusive)
    .sort()
    .reverse();
  const idleSince = lastContractEnd === null ? listedFrom : later(listedFrom, lastContractEnd);
  // What is listed later, or still runs, is idle from a later day: for less than no month.
  const months = wholeMonths(idleSince, today);
  if (months < rule.months) return null;
  return { solutionId, vendorId, name, listedFrom, idleSince, lastContractEnd, months };
}

/** The most months from a day that are over on another; a missing day is the month's last. */
function wholeMonths(from: CivilDate, to: CivilDate): number {
  const [years, months] = [yearOf(to) - yearOf(from), monthOf(to) - monthOf(from)];
  const most = years * 12 + months;
  return addMonths(from, most) <= to ? most : most - 1;
}

function yearOf(date: CivilDate): number {
  return Number(date.slice(0, 4));
}

function monthOf(date: CivilDate): number {
  return Number(date.slice(5, 7));
}
