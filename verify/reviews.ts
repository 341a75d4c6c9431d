import { grouped } from '../core/grouped.ts';
import type { Review } from '../core/month.ts';
import type { Order } from '../core/registry.ts';
import { type MonthReview, standingReview } from '../core/review.ts';
import type { Database } from '../store/clickhouse.ts';
import { readReviews } from '../store/reviews.ts';
import type { ReadSeal } from './seals.ts';

/** What reviewers said of orders' months, read once. */
export class Reviews {
  readonly #byMonth: ReadonlyMap<string, readonly MonthReview[]>;

  private constructor(reviews: readonly MonthReview[]) {
    this.#byMonth = grouped(reviews, key);
  }

  /** @param untilMs what was said later is not known yet */
  static async read(db: Database, orders: readonly Order[], untilMs: number): Promise<Reviews> {
    const ids = orders.map((o) => o.orderId);
    return new Reviews(await readReviews(db, ids, untilMs));
  }

  /** What stands on this very revision. */
  standing({ result }: ReadSeal): Review | null {
    return standingReview(this.#byMonth.get(key(result)) ?? [], result.revision);
  }
}

function key({ orderId, month }: Pick<MonthReview, 'orderId' | 'month'>): string {
  return `${orderId} ${month}`;
}
