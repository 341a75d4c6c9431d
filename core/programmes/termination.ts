import type { ClaimStep, TerminationAnswer } from '../claim.ts';
import { contractOf, earlyEndOf } from '../contract.ts';
import type { Order, Sme } from '../registry.ts';
import { fractionWords, isBelow, shareTwd } from './share.ts';
import type { TerminationRule } from './types.ts';
import { isReturnedInTime, usableUntil } from './usableUntil.ts';

/**
 * What a termination gives back to the firm; null where the programme or the order has none, or it
 * changes nothing because the contract had already ended.
 */
export function terminationOf(
  order: Order,
  sme: Pick<Sme, 'pointsIssuedOn'>,
  rule: TerminationRule | null,
): TerminationAnswer | null {
  if (rule === null || order.termination === null || earlyEndOf(order) === null) return null;
  const usedMonths = contractOf(order).months.length;
  const pointsReturned = isReturnedInTime(order.termination.date, rule.usable)
    ? order.pointsTwd - shareTwd(order.pointsTwd, usedMonths, order.contractMonths)
    : 0;
  const selfPaymentTwd = order.priceTwd - order.pointsTwd;
  const kept = isEarly(usedMonths, order, rule)
    ? shareTwd(selfPaymentTwd, usedMonths, order.contractMonths)
    : selfPaymentTwd;
  return {
    usedMonths,
    pointsReturned,
    selfPaymentReturned: selfPaymentTwd - kept,
    usableUntil:
      pointsReturned === 0
        ? null
        : usableUntil(order.termination.date, sme.pointsIssuedOn, rule.usable),
  };
}

/** The arithmetic of the answer, step by step. */
export function terminationSteps(
  order: Order,
  answer: TerminationAnswer | null,
  rule: TerminationRule | null,
): ClaimStep[] {
  if (answer === null || rule === null || order.termination === null) return [];
  const { selfPaymentReturnedBelow: below, usable } = rule;
  const early = isEarly(answer.usedMonths, order, rule);
  const source = early ? below.source : rule.laterSource;
  const part = `${fractionWords(below.value)} of the term`;
  const steps: ClaimStep[] = [
    {
      label: 'months used before the termination',
      source: rule.monthsUsedSource,
      value: answer.usedMonths,
    },
    isReturnedInTime(order.termination.date, usable)
      ? {
          label: 'points returned: points − points × months used ÷ contract months, rounded down',
          source,
          value: answer.pointsReturned,
        }
      : {
          label: `points returned: none, the period was over on ${usable.lastDay.value}`,
          source: usable.lastDay.source,
          value: answer.pointsReturned,
        },
    {
      label: early
        ? `self-payment returned: terminated before ${part}, kept for the months used`
        : `self-payment returned: none, terminated at or after ${part}`,
      source,
      value: answer.selfPaymentReturned,
    },
  ];
  if (answer.usableUntil === null) return steps;
  const label = 'returned points usable until, while the budget lasts';
  const clauses = [usable.monthsAfterIssue, usable.workingDaysAfterReturn, usable.lastDay];
  const sources = [...new Set(clauses.map((c) => c.source))].join('; ');
  return [...steps, { label, source: sources, value: answer.usableUntil }];
}

function isEarly(usedMonths: number, order: Order, rule: TerminationRule): boolean {
  return isBelow(usedMonths, order.contractMonths, rule.selfPaymentReturnedBelow.value);
}
