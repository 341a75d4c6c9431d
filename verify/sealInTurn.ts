import type { Order, RegistryView } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { insertMonthResults, type MonthResult, sealedMonthsOf } from '../store/monthResults.ts';

/**
 * Waits until nothing else writes seals, and the registry stands still; `confirm` throws where the
 * turn was lost since.
 */
export type SealingTurn = (work: (confirm: () => Promise<void>) => Promise<void>) => Promise<void>;

export interface SealingDependencies {
  readonly db: Database;
  readonly registry: RegistryView;
  /** Absent: nothing else writes seals or the registry. */
  readonly sealingTurn?: SealingTurn;
}

/**
 * Judges orders, then writes their seals in one turn; nobody waits while they are judged. Whatever
 * of an order or its solution is registered meanwhile, it is judged again: a seal is by the rule that
 * stands when it is made, and what would alter it is refused from then on.
 * @param judge given the orders as they are registered
 * @returns how many months were sealed: a revision that another wrote meanwhile is not written
 */
export async function sealInTurn(
  { db, registry, sealingTurn = ALONE }: SealingDependencies,
  orders: readonly Order[],
  judge: (orders: readonly Order[]) => Promise<readonly MonthResult[]>,
): Promise<number> {
  let sealed = 0;
  for (let left = orders; left.length > 0; ) {
    const judged = left.map((order) => registry.order(order.orderId) ?? order);
    const before = judged.map((order) => standingOf(order, registry));
    const results = await judge(judged);
    await sealingTurn(async (confirm) => {
      left = judged.filter((order, i) =>
        standingOf(order, registry).some((now, j) => now !== before[i]?.[j]),
      );
      const changed = new Set(left.map((order) => order.orderId));
      const sound = results.filter((result) => !changed.has(result.orderId));
      const unsealed = await stillUnsealed(db, sound);
      await confirm();
      await insertMonthResults(db, unsealed);
      sealed += unsealed.length;
    });
  }
  return sealed;
}

/** Of one that writes alone. */
const ALONE: SealingTurn = (work) => work(async () => undefined);

/** The registry has a new object for what is entered anew. */
function standingOf({ orderId, solutionId }: Order, registry: RegistryView) {
  return [registry.order(orderId), registry.solution(solutionId)];
}

/** Without the revisions that another worker wrote since the seals were read. */
async function stillUnsealed(
  db: Database,
  results: readonly MonthResult[],
): Promise<MonthResult[]> {
  if (results.length === 0) return [];
  const orderIds = [...new Set(results.map((r) => r.orderId))];
  const latest = new Map(
    (await sealedMonthsOf(db, { orderIds })).map((s) => [`${s.order_id} ${s.month}`, s.latest]),
  );
  return results.filter((r) => r.revision > (latest.get(`${r.orderId} ${r.month}`) ?? 0));
}
