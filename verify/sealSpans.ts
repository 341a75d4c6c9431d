import type { ContractMonth } from '../core/contract.ts';
import type { Order } from '../core/registry.ts';
import { civilDate } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { readSealedSpans } from '../store/monthResults.ts';
import type { OrderPlan } from './plans.ts';
import { admittedMsOf } from './sealed.ts';

type SealedSpan = Awaited<ReturnType<typeof readSealedSpans>>[number];

/** Which months of orders are sealed already, and what the next seal of each follows on. */
export class SealSpans {
  readonly #byMonth: ReadonlyMap<string, SealedSpan>;
  readonly #broken = new Map<string, number>();

  private constructor(spans: readonly SealedSpan[]) {
    this.#byMonth = new Map(spans.map((span) => [key(span.order_id, span.month), span]));
    for (const { order_id: orderId, month, intact } of spans) {
      if (intact !== 1 && !this.#broken.has(orderId)) this.#broken.set(orderId, month);
    }
  }

  static async read(db: Database, orders: readonly Order[]): Promise<SealSpans> {
    if (orders.length === 0) return new SealSpans([]);
    return new SealSpans(await readSealedSpans(db, { orderIds: orders.map((o) => o.orderId) }));
  }

  /** The first month whose seal differs from its digest: nothing more is to be sealed of the order. */
  brokenMonthOf(order: Order): number | undefined {
    return this.#broken.get(order.orderId);
  }

  /** Whether this very month is sealed: a seal of a span that an early end has cut since is none. */
  has(order: Order, month: ContractMonth): boolean {
    const span = this.#byMonth.get(key(order.orderId, month.month));
    if (span === undefined) return false;
    return span.start === month.start && span.end_exclusive === month.endExclusive;
  }

  /** What the next seal of the month follows on, under any span. */
  nextOf({ order, programme }: OrderPlan, month: ContractMonth): NextSeal {
    const span = this.#byMonth.get(key(order.orderId, month.month));
    if (span === undefined) return { revision: 1 };
    const seal = {
      start: civilDate(span.start),
      endExclusive: civilDate(span.end_exclusive),
      countedUntil: span.counted_until === '' ? undefined : span.counted_until,
    };
    const admittedMs = admittedMsOf(seal, month, programme.graceDays);
    return { revision: span.revision + 1, previous: span.digest, admittedMs };
  }
}

interface NextSeal {
  readonly revision: number;
  readonly previous?: string;
  /** Absent: nothing admits what came after its own grace. */
  readonly admittedMs?: number | undefined;
}

function key(orderId: string, month: number): string {
  return `${orderId} ${month}`;
}
