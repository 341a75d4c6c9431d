import { type ContractMonth, contractOf } from '../core/contract.ts';
import type { Order } from '../core/registry.ts';
import { notFound } from './request.ts';

/** The contract month that a path names; 404 where the contract has none of this number. */
export function monthOf(order: Order, text: string): ContractMonth {
  const number = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  const month = contractOf(order).months.find((m) => m.month === number);
  if (month === undefined) throw notFound();
  return month;
}
