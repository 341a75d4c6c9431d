import type { ClaimStep, TerminationAnswer } from '../claim.ts';
import { contractOf, earlyEndOf } from '../contract.ts';
import type { Order, Sme } from '../registry.ts';
import type { Words } from '../words.ts';
import { fractionWords, isBelow, shareTwd } from './share.ts';
import { step } from './steps.ts';
import type { TerminationRule, UsableRule } from './types.ts';
import { isReturnedInTime, usableUntil } from './usableUntil.ts';

/**
 * What a termination gives back to the firm, and the firm's closure likewise [001 八(六)]; null where
 * the programme or the order has none, or it changes nothing because the contract had already ended.
 */
export function terminationOf(
  order: Order,
  sme: Pick<Sme, 'pointsIssuedOn'>,
  rule: TerminationRule | null,
): TerminationAnswer | null {
  const endedOn = earlyEndOf(order);
  if (rule === null || endedOn === null) return null;
  const usedMonths = contractOf(order).months.length;
  const pointsReturned = isReturnedInTime(endedOn, rule.usable)
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
      pointsReturned === 0 ? null : usableUntil(endedOn, sme.pointsIssuedOn, rule.usable),
  };
}

/** The arithmetic of the answer, step by step. */
export function terminationSteps(
  order: Order,
  answer: TerminationAnswer | null,
  rule: TerminationRule | null,
): ClaimStep[] {
  const endedOn = earlyEndOf(order);
  if (answer === null || rule === null || endedOn === null) return [];
  const { selfPaymentReturnedBelow: below, usable } = rule;
  const early = isEarly(answer.usedMonths, order, rule);
  const words = order.closure === null ? TERMINATED : CLOSED;
  const clause = early ? below.source : rule.laterSource;
  const source = order.closure === null ? clause : `${clause}; ${rule.closureSource}`;
  const steps: ClaimStep[] = [
    step(
      { zh: `${words.zh}前已使用月數`, en: `months used before the ${words.noun}` },
      rule.monthsUsedSource,
      answer.usedMonths,
    ),
    isReturnedInTime(endedOn, usable)
      ? step(POINTS_RETURNED, source, answer.pointsReturned)
      : step(noneReturned(usable.lastDay.value), usable.lastDay.source, answer.pointsReturned),
    step(selfPayment(early, fractionWords(below.value), words), source, answer.selfPaymentReturned),
  ];
  if (answer.usableUntil === null) return steps;
  return [...steps, step(USABLE_UNTIL, usableClauses(usable), answer.usableUntil)];
}

/** What the last day of returned points comes from. */
export function usableClauses(usable: UsableRule): string {
  const clauses = [usable.monthsAfterIssue, usable.workingDaysAfterReturn, usable.lastDay];
  return [...new Set(clauses.map((c) => c.source))].join('; ');
}

const TERMINATED = { zh: '終止', noun: 'termination', en: 'terminated' };
const CLOSED = { zh: '停業、歇業', noun: 'closure', en: 'closed' };

const POINTS_RETURNED: Words = {
  zh: '退還點數：點數 −（點數 × 已使用月數 ÷ 期程月數，無條件捨去）',
  en: 'points returned: points − points × months used ÷ contract months, rounded down',
};
const USABLE_UNTIL: Words = {
  zh: '退還點數之使用期限（經費用罄為止）',
  en: 'returned points usable until, while the budget lasts',
};

function noneReturned(lastDay: string): Words {
  return {
    zh: `退還點數：無，使用期間已於 ${lastDay} 屆滿`,
    en: `points returned: none, the period was over on ${lastDay}`,
  };
}

function selfPayment(early: boolean, part: string, { zh, en }: Words): Words {
  return early
    ? {
        zh: `退還自付額：於契約期程 ${part} 前${zh}，扣除已使用月數`,
        en: `self-payment returned: ${en} before ${part} of the term, kept for the months used`,
      }
    : {
        zh: `退還自付額：無，於契約期程 ${part} 以後${zh}`,
        en: `self-payment returned: none, ${en} at or after ${part} of the term`,
      };
}

function isEarly(usedMonths: number, order: Order, rule: TerminationRule): boolean {
  return isBelow(usedMonths, order.contractMonths, rule.selfPaymentReturnedBelow.value);
}
