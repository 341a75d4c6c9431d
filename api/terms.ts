import { contractOf } from '../core/contract.ts';
import type { CountingTerms } from '../core/exclusion.ts';
import type { Order } from '../core/registry.ts';
import type { ApiDependencies } from './dependencies.ts';
import { notFound } from './request.ts';

/** What decides whether an event of the order counts, as it stands at an instant. */
export async function countingTermsOf(
  order: Order,
  asOfMs: number,
  { months, registry }: Pick<ApiDependencies, 'months' | 'registry'>,
): Promise<CountingTerms> {
  const solution = registry.view.solution(order.solutionId);
  if (solution === undefined) throw notFound();
  const countedUntilMs = await months.countedUntilOf(order, asOfMs);
  return { contract: contractOf(order), solution, countedUntilMs };
}
