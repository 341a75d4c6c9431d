import { contractOf, type Span } from './contract.ts';
import { grouped } from './grouped.ts';
import type { Order } from './registry.ts';
import { later } from './time.ts';

/** Which firms have orders of which solution, and on which days a contract of them ran. */

export interface FirmOfSolution {
  readonly solutionId: string;
  readonly smeId: string;
}

export interface OrderedFirm extends FirmOfSolution {
  readonly orders: readonly Order[];
}

/** By solution and firm, in the order of `placeOf`. */
export function orderedFirms(orders: Iterable<Order>): OrderedFirm[] {
  return [...grouped(orders, placeOf)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, its]) => {
      const [first] = its;
      if (first === undefined) return [];
      return { solutionId: first.solutionId, smeId: first.smeId, orders: its };
    });
}

/** A text that sorts by solution and then by firm: no id holds a space, or what sorts before it. */
export function placeOf({ solutionId, smeId }: FirmOfSolution): string {
  return `${solutionId} ${smeId}`;
}

/** The days of the contracts, to an early end, ascending and without overlap. */
export function contractedSpans(orders: readonly Order[]): Span[] {
  const spans: Span[] = [];
  const all = orders.map((order) => contractOf(order));
  for (const { start, endExclusive } of all.sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = spans.at(-1);
    if (last === undefined || last.endExclusive < start) spans.push({ start, endExclusive });
    else
      spans[spans.length - 1] = { ...last, endExclusive: later(last.endExclusive, endExclusive) };
  }
  return spans;
}
