import type { ClaimStep, TerminationAnswer } from '../claim.ts';
import { contractOf, earlyEndOf } from '../contract.ts';
import type { Order, Sme } from '../registry.ts';
import { shareTwd } from './share.ts';
import { usableUntil } from './usableUntil.ts';

/**
 * What a termination gives back to the firm [001 七(六)(七)(八)]; null where the order has none, or
 * one that changes nothing because the contract had already ended.
 */
export function terminationOf(
  order: Order,
  sme: Pick<Sme, 'pointsIssuedOn'>,
): TerminationAnswer | null {
  if (order.termination === null || earlyEndOf(order) === null) return null;
  const usedMonths = contractOf(order).months.length;
  const pointsReturned =
    order.pointsTwd - shareTwd(order.pointsTwd, usedMonths, order.contractMonths);
  const selfPaymentTwd = order.priceTwd - order.pointsTwd;
  const kept = isBeforeHalf(usedMonths, order.contractMonths)
    ? shareTwd(selfPaymentTwd, usedMonths, order.contractMonths)
    : selfPaymentTwd;
  return {
    usedMonths,
    pointsReturned,
    selfPaymentReturned: selfPaymentTwd - kept,
    usableUntil:
      pointsReturned === 0 ? null : usableUntil(order.termination.date, sme.pointsIssuedOn),
  };
}

/** The arithmetic of the answer, step by step. */
export function terminationSteps(order: Order, answer: TerminationAnswer | null): ClaimStep[] {
  if (answer === null) return [];
  const before = isBeforeHalf(answer.usedMonths, order.contractMonths);
  const rule = before ? '001 七(六)1' : '001 七(六)2';
  const steps: ClaimStep[] = [
    { label: 'months used before the termination', source: '001 八(三)', value: answer.usedMonths },
    {
      label: 'points returned: points − points × months used ÷ contract months, rounded down',
      source: rule,
      value: answer.pointsReturned,
    },
    {
      label: before
        ? 'self-payment returned: terminated before half of the term, kept for the months used'
        : 'self-payment returned: none, terminated at or after half of the term',
      source: rule,
      value: answer.selfPaymentReturned,
    },
  ];
  if (answer.usableUntil === null) return steps;
  const last = { label: 'returned points usable until', source: '001 七(七)(八)' };
  return [...steps, { ...last, value: answer.usableUntil }];
}

function isBeforeHalf(usedMonths: number, contractMonths: number): boolean {
  return usedMonths * 2 < contractMonths;
}
