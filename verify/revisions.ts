import type { MonthRevision } from '../core/ports.ts';
import { standingReview, withReview } from '../core/review.ts';
import type { Database } from '../store/clickhouse.ts';
import { storeFailure } from '../store/failure.ts';
import { type MonthResult, readRevisions } from '../store/monthResults.ts';
import { readReviews } from '../store/reviews.ts';
import { fromResult, type SealedMonth } from './sealed.ts';
import { decisionOf } from './seals.ts';

/**
 * Every revision of an order's month that exists at an instant, with what was said of it until then,
 * the first first. Throws where one does not fit its digest, or its digest is not the one that the
 * next revision names.
 * @param untilMs inclusive
 */
export async function revisionsOf(
  db: Database,
  orderId: string,
  month: number,
  untilMs: number,
): Promise<MonthRevision[]> {
  const results = await readRevisions(db, orderId, month);
  const all = await readReviews(db, [orderId], untilMs);
  const reviews = all.filter((r) => r.month === month);
  const revisions = results.map((result, i) => {
    const sealed = fromResult(result);
    assertFollows(sealed, results[i - 1]);
    return { sealed, result };
  });
  const known = revisions.filter(({ result }) => result.sealedAtMs <= untilMs);
  const made = new Set(known.map(({ result }) => result.verificationId));
  return known.map(({ sealed, result }, i) => {
    const until = known.slice(0, i + 1).map((k) => k.result);
    return {
      decision: withReview(decisionOf({ sealed, result }), standingReview(reviews, until, true)),
      rulesVersion: sealed.rulesVersion,
      ruleFrom: sealed.ruleFrom ?? null,
      previous: sealed.previous ?? null,
      countedUntil: sealed.countedUntil ?? null,
      reopening: reviews.find((r) => r.reviewId === result.verificationId) ?? null,
      // A reopening that made no revision was asked for and not done.
      reviews: reviews.filter(
        (r) => r.revision === result.revision && (r.decision !== 'reopen' || made.has(r.reviewId)),
      ),
    };
  });
}

function assertFollows(sealed: SealedMonth, before: MonthResult | undefined): void {
  if (sealed.previous === undefined || sealed.previous === before?.digest) return;
  const which = `revision ${sealed.revision} of month ${sealed.month} of ${sealed.orderId}`;
  throw storeFailure(`${which} follows on another digest than that of the revision before`);
}
