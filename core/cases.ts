import type { Span } from './contract.ts';
import { coprosperity2023 } from './programmes/coprosperity2023.ts';
import type { CaseBody, Order, RegistryView } from './registry.ts';
import { addDays, type CivilDate, daysBetween, earlier } from './time.ts';

/** Cases (輔導案) of 數位共好 [002]: many firms, paid as a lump sum by checkpoint. */

/** The programme that pays by case. */
export const CASE_PROGRAMME = coprosperity2023;

/** The days whose use counts for a case; both days that it names are within, none past the programme. */
export function periodOf(theCase: Pick<CaseBody, 'periodStart' | 'periodEnd'>): Span {
  const last = earlier(theCase.periodEnd, CASE_PROGRAMME.period.endInclusive);
  return { start: theCase.periodStart, endExclusive: addDays(last, 1) };
}

/** The orders of a case, by id. */
export function ordersOfCase(caseId: string, registry: Pick<RegistryView, 'orders'>): Order[] {
  return [...registry.orders()]
    .filter((o) => o.caseId === caseId && o.programme === CASE_PROGRAMME.id)
    .sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
}

/** Case dates outside the programme are admitted, and said. */
export function caseWarnings(body: Pick<CaseBody, 'periodStart' | 'periodEnd'>): string[] {
  const { id, period } = CASE_PROGRAMME;
  if (daysBetween(body.periodEnd, period.endInclusive) >= 0) return [];
  return [
    `the case runs past the end of ${id}: what is used after ${period.endInclusive} is not in it`,
  ];
}

/** The first day after a checkpoint: its own day still counts. */
export function endOfCheckpoint(checkpoint: { readonly date: CivilDate }): CivilDate {
  return addDays(checkpoint.date, 1);
}
