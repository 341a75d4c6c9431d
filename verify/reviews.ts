import { grouped } from '../core/grouped.ts';
import type { Review } from '../core/month.ts';
import type { Order } from '../core/registry.ts';
import { type MonthReview, standingReview } from '../core/review.ts';
import type { Database } from '../store/clickhouse.ts';
import type { LatestResult } from '../store/monthResults.ts';
import { readReviews } from '../store/reviews.ts';

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

  /**
   * What stands on a month, by its latest seal under any span; null where it was never sealed.
   * @param isSealed that seal is of the month as it is
   */
  standing(latest: LatestResult | undefined, isSealed: boolean): Review | null {
    const said = latest === undefined ? undefined : this.#byMonth.get(key(latest));
    if (latest === undefined || said === undefined) return null;
    return standingReview(said, latest.revisions, isSealed);
  }
}

function key({ orderId, month }: Pick<MonthReview, 'orderId' | 'month'>): string {
  return `${orderId} ${month}`;
}
