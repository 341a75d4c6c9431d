import { z } from 'zod';
import { type MonthReview, REVIEW_DECISIONS } from '../core/review.ts';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { idSet, instantCell } from './text.ts';

/** What reviewers said of months: added to, never changed. */

export async function insertReview(db: Database, review: MonthReview): Promise<void> {
  const row = [
    review.reviewId,
    review.orderId,
    review.month,
    review.revision,
    review.number,
    review.decision,
    review.reason,
    review.by,
    instantCell(review.atMs),
  ];
  await insertRows(db.writer, 'reviews_v1', COLUMNS, [row]);
}

/**
 * Reviews of the orders' months that exist at an instant, in the order in which they were made. A
 * reopening is among them that has left no new revision: it was asked for and not done.
 * @param untilMs inclusive
 */
export async function readReviews(
  db: Database,
  orderIds: readonly string[],
  untilMs: number,
): Promise<MonthReview[]> {
  if (orderIds.length === 0) return [];
  const rows = await reviewRows(db, { orderIds });
  const known = rows.filter((row) => row.reviewed_ms <= untilMs).sort(asMade);
  return known.map((row) => ({
    reviewId: row.review_id,
    orderId: row.order_id,
    month: row.month,
    revision: row.revision,
    decision: row.decision,
    reason: row.reason,
    by: row.reviewed_by,
    atMs: row.reviewed_ms,
    number: row.number,
  }));
}

const COLUMNS = [
  'review_id',
  'order_id',
  'month',
  'revision',
  'number',
  'decision',
  'reason',
  'reviewed_by',
  'reviewed_at',
];

const reviewRow = z.strictObject({
  review_id: z.string(),
  order_id: z.string(),
  month: z.int(),
  revision: z.int(),
  number: countColumn,
  decision: z.enum(REVIEW_DECISIONS),
  reason: z.string(),
  reviewed_by: z.string(),
  reviewed_ms: integerColumn,
});
type ReviewRow = z.output<typeof reviewRow>;

/** Sorted here: for one order the engine would take half as long again. */
const reviewRows = defineQuery({
  name: 'reviews.ofOrders',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT review_id, order_id, month, revision, number, decision, reason, reviewed_by,
      toUnixTimestamp64Milli(reviewed_at) AS reviewed_ms
    FROM reviews_v1 WHERE order_id IN ${idSet(p.orderIds)}`,
  row: reviewRow,
});

function asMade(a: ReviewRow, b: ReviewRow): number {
  if (a.reviewed_ms !== b.reviewed_ms) return a.reviewed_ms - b.reviewed_ms;
  if (a.number !== b.number) return a.number - b.number;
  return a.review_id < b.review_id ? -1 : 1;
}
