import { ownFigures } from '../core/authenticity/ownFigures.ts';
import { type ContractMonth, contractOf } from '../core/contract.ts';
import type { MonthDecision } from '../core/month.ts';
import type { Order } from '../core/registry.ts';
import type { KeyOwner } from '../store/liveKeys.ts';
import { notFound } from './request.ts';

/** The number of a month in a path; 404 where it is none. */
export function monthNumberOf(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw notFound();
  return Number(text);
}

/** The contract month that a path names; 404 where the contract has none of this number. */
export function monthOf(order: Order, text: string): ContractMonth {
  const number = monthNumberOf(text);
  const month = contractOf(order).months.find((m) => m.month === number);
  if (month === undefined) throw notFound();
  return month;
}

/** The month as the caller may see it: to a firm its findings tell nothing of other firms. */
export function monthFor(month: MonthDecision, owner: KeyOwner): MonthDecision {
  return owner.role === 'sme' ? { ...month, findings: ownFigures(month.findings) } : month;
}
