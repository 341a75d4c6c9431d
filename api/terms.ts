import { contractOf } from '../core/contract.ts';
import type { CountingTerms } from '../core/exclusion.ts';
import type { Order } from '../core/registry.ts';
import type { ApiDependencies } from './dependencies.ts';

/** What decides whether an event of the order counts, as it stands at an instant. */
export async function countingTermsOf(
  order: Order,
  asOfMs: number,
  { months }: Pick<ApiDependencies, 'months'>,
): Promise<CountingTerms> {
  return { contract: contractOf(order), months: await months.termsOf(order, asOfMs) };
}
