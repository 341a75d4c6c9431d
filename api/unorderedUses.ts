import { z } from 'zod';
import {
  contractedSpans,
  type FirmOfSolution,
  type OrderedFirm,
  orderedFirms,
  placeOf,
} from '../core/orderedFirms.ts';
import type { Order } from '../core/registry.ts';
import { formatInstant, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import {
  pageOfUnorderedUse,
  type UnorderedUse,
  type UnorderedUseQuestion,
} from '../store/unorderedUse.ts';

/** Use of one firm in one solution that lies in no contract. */
export const unorderedUseSchema = z.object({
  vendorId: z.string(),
  solutionId: z.string(),
  smeId: z.string(),
  /** Orders that the firm has of the solution, of whatever time; 0 = none at all. */
  orders: z.int().min(0),
  /** That lie outside of all their contracts, whoever acted. */
  events: z.int().min(0),
  firstOccurredAt: z.string(),
  lastOccurredAt: z.string(),
});
type Answer = z.infer<typeof unorderedUseSchema>;

/**
 * The first such firms, by solution and number. The log is read from firm to firm, each stretch of
 * it once, until there are enough.
 * @param orders of the solutions asked; those of firms before are passed over
 * @param firmsPerRead with orders whose contracts stand in one question
 */
export async function unorderedUses(
  db: Database,
  orders: readonly Order[],
  asked: Omit<UnorderedUseQuestion, 'to' | 'contracts'>,
  firmsPerRead: number,
): Promise<Answer[]> {
  const firms = firmsBehind(asked.after, orders);
  const found: Answer[] = [];
  let after = asked.after;
  for (let i = 0; found.length < asked.limit; i += firmsPerRead) {
    const piece = firms.slice(i, i + firmsPerRead);
    // Behind the last firm with an order there may be firms without one.
    const to = i + piece.length < firms.length ? (piece.at(-1) ?? null) : null;
    const limit = asked.limit - found.length;
    const contracts = piece.flatMap(contractedTimes);
    const uses = await pageOfUnorderedUse(db, { ...asked, after, to, contracts, limit });
    const known = new Map(piece.map((firm) => [placeOf(firm), firm.orders.length]));
    found.push(...uses.map((use) => toBody(use, known.get(placeOf(use)) ?? 0)));
    if (to === null) break;
    after = to;
  }
  return found;
}

function firmsBehind(after: FirmOfSolution | null, orders: readonly Order[]): OrderedFirm[] {
  const from = after === null ? '' : placeOf(after);
  return orderedFirms(orders.filter((o) => placeOf(o) > from));
}

function contractedTimes({ solutionId, smeId, orders }: OrderedFirm) {
  return contractedSpans(orders).map(({ start, endExclusive }) => ({
    solutionId,
    smeId,
    startMs: startOfDay(start),
    endExclusiveMs: startOfDay(endExclusive),
  }));
}

function toBody(use: UnorderedUse, orders: number): Answer {
  const { vendorId, solutionId, smeId, events, firstMs, lastMs } = use;
  return {
    vendorId,
    solutionId,
    smeId,
    orders,
    events,
    firstOccurredAt: formatInstant(firstMs),
    lastOccurredAt: formatInstant(lastMs),
  };
}
