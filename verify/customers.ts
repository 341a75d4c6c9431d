import type { RegistryView } from '../core/registry.ts';
import { startOfDay } from '../core/time.ts';
import { weekNumber } from '../store/vendorUse.ts';
import { planOrder } from './plans.ts';

/**
 * The customers of one vendor: firms with an order for the solution that they use, in the weeks that
 * its contract touches. Others are none, whatever a vendor sends in their name.
 */
export class Customers {
  readonly #registry: RegistryView;
  /** By solution and firm. */
  readonly #weeks = new Map<string, Map<string, Weeks[]>>();

  constructor(registry: RegistryView) {
    this.#registry = registry;
  }

  /** Whether a firm is a customer in a week, by its number. */
  of(solutionId: string, smeId: string): (week: number) => boolean {
    const weeks = this.#ofSolution(solutionId).get(smeId) ?? [];
    return (week) => weeks.some(({ first, last }) => week >= first && week <= last);
  }

  #ofSolution(solutionId: string): Map<string, Weeks[]> {
    const known = this.#weeks.get(solutionId);
    if (known !== undefined) return known;
    const bySme = new Map<string, Weeks[]>();
    for (const order of this.#registry.ordersOfSolution(solutionId)) {
      const { start, endExclusive } = planOrder(order, this.#registry).contract;
      const weeks = {
        first: weekNumber(startOfDay(start)),
        last: weekNumber(startOfDay(endExclusive) - 1),
      };
      bySme.set(order.smeId, [...(bySme.get(order.smeId) ?? []), weeks]);
    }
    this.#weeks.set(solutionId, bySme);
    return bySme;
  }
}

interface Weeks {
  readonly first: number;
  readonly last: number;
}
