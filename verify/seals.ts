import type { ContractMonth } from '../core/contract.ts';
import type { Order } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { type MonthResult, readMonthResults } from '../store/monthResults.ts';
import { fromResult, type SealedMonth, sealsSpan } from './sealed.ts';

export interface ReadSeal {
  readonly sealed: SealedMonth;
  readonly result: MonthResult;
}

/** The latest seals of orders' months, read once. */
export class Seals {
  readonly #seals = new Map<string, ReadSeal>();

  private constructor(results: readonly MonthResult[]) {
    for (const result of results) {
      this.#seals.set(key(result.orderId, result.month), { sealed: fromResult(result), result });
    }
  }

  /** @param sealedUntilMs seals made later do not exist yet */
  static async read(
    db: Database,
    orders: readonly Order[],
    sealedUntilMs: number = FOREVER_MS,
  ): Promise<Seals> {
    const ids = orders.map((o) => o.orderId);
    return new Seals(await readMonthResults(db, ids, sealedUntilMs));
  }

  /** The seal of this very month: one of a span that an early end has cut since is none. */
  of(order: Order, month: ContractMonth): ReadSeal | undefined {
    const seal = this.#seals.get(key(order.orderId, month.month));
    return seal !== undefined && sealsSpan(seal.sealed, month) ? seal : undefined;
  }

  /** The latest revision of the month under any span; 0 where it was never sealed. */
  revisionOf(order: Order, month: number): number {
    return this.#seals.get(key(order.orderId, month))?.result.revision ?? 0;
  }
}

/** 9999-12-31: later than every seal. */
const FOREVER_MS = Date.UTC(9999, 11, 31);

function key(orderId: string, month: number): string {
  return `${orderId} ${month}`;
}
