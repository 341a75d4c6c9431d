import { grouped } from '../core/grouped.ts';
import type { JobPayload } from '../core/jobs.ts';
import type { Order, RegistryView } from '../core/registry.ts';

export interface ClosingJob {
  readonly parts: ClosingPart[];
  readonly orders: Order[];
}
type ClosingPart = JobPayload<'closeOrders'>['parts'][number];

/**
 * Orders as jobs of bounded size that have no order in common: several small solutions in one, a
 * large one cut by its firms' numbers. The log of a solution lies in this order, so no part of it is
 * read twice, and a vendor's solutions follow on each other: what its firms share is read once.
 */
export function closingJobsOf(orders: readonly Order[], ordersMax: number): ClosingJob[] {
  const jobs: ClosingJob[] = [];
  let job: ClosingJob = { parts: [], orders: [] };
  for (const { part, orders: some } of partsOf(orders, ordersMax)) {
    if (job.orders.length === 0 || job.orders.length + some.length > ordersMax) {
      job = { parts: [], orders: [] };
      jobs.push(job);
    }
    job.parts.push(part);
    for (const order of some) job.orders.push(order);
  }
  return jobs;
}

/** The orders of a job as they are registered now, in the order of the log. */
export function ordersOfJob(
  { parts, orderIds, programme }: JobPayload<'closeOrders'>,
  registry: RegistryView,
): Order[] {
  const named = orderIds === null ? null : new Set(orderIds);
  return parts.flatMap(({ solutionId, smeFrom, smeUntil }) =>
    registry
      .ordersOfSolution(solutionId)
      .filter(
        (o) =>
          (programme === null || o.programme === programme) &&
          (named === null || named.has(o.orderId)) &&
          (smeFrom === null || o.smeId >= smeFrom) &&
          (smeUntil === null || o.smeId < smeUntil),
      )
      .sort(byFirm),
  );
}

function partsOf(orders: readonly Order[], ordersMax: number) {
  return [...grouped(orders, (order) => order.solutionId)]
    .sort(([a, [first]], [b, [second]]) => {
      const [vendorA = '', vendorB = ''] = [first?.vendorId, second?.vendorId];
      if (vendorA !== vendorB) return vendorA < vendorB ? -1 : 1;
      return a < b ? -1 : 1;
    })
    .flatMap(([solutionId, group]) => cut(solutionId, group.sort(byFirm), ordersMax));
}

/** All orders of a firm stay in one part: a part may be longer by so many. */
function cut(solutionId: string, orders: readonly Order[], ordersMax: number) {
  const starts = [0];
  let from = 0;
  orders.forEach((order, i) => {
    if (i - from >= ordersMax && order.smeId !== orders[i - 1]?.smeId) {
      starts.push(i);
      from = i;
    }
  });
  return starts.map((start, i) => {
    const end = starts[i + 1];
    const part: ClosingPart = {
      solutionId,
      smeFrom: i === 0 ? null : (orders[start]?.smeId ?? null),
      smeUntil: end === undefined ? null : (orders[end]?.smeId ?? null),
    };
    return { part, orders: orders.slice(start, end) };
  });
}

function byFirm(a: Order, b: Order): number {
  if (a.smeId !== b.smeId) return a.smeId < b.smeId ? -1 : 1;
  return a.orderId < b.orderId ? -1 : 1;
}
