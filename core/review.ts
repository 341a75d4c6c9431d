import { z } from 'zod';
import type { MonthDecision, MonthState, Review } from './month.ts';
import { formatInstant } from './time.ts';

/**
 * What a person says of a sealed month [000 八(七)1, 八(八)1]: beside what was computed, never in its
 * place. It stands until a reopening makes the next revision, on which nobody has said anything yet;
 * an acceptance also no longer than what was accepted.
 */
export const REVIEW_DECISIONS = ['accept', 'reject', 'reopen'] as const;
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/** A reason is read by the vendor and the firm; a page of text is enough for one month. */
const REASON_CHARS_MAX = 1_000;

export const reviewBodySchema = z.strictObject({
  decision: z.enum(REVIEW_DECISIONS),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(REASON_CHARS_MAX)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), { message: 'is no text' }),
});

export interface MonthReview {
  readonly reviewId: string;
  readonly orderId: string;
  readonly month: number;
  /** The revision that the reviewer saw. */
  readonly revision: number;
  readonly decision: ReviewDecision;
  readonly reason: string;
  /** The id of the reviewer's key: no name is kept. */
  readonly by: string;
  readonly atMs: number;
  /** Its place among the reviews of the month, from 1: orders those of one instant. */
  readonly number: number;
}

/** A month that met its rule and was not rejected, or one that was accepted. */
export function isClaimable(state: MonthState, review: Pick<Review, 'decision'> | null): boolean {
  return review === null ? state === 'met' : review.decision === 'accept';
}

/** What an auditor says is no use, whatever was computed of it. */
export function isRejected(month: { readonly review: Pick<Review, 'decision'> | null }): boolean {
  return month.review?.decision === 'reject';
}

/** A month with what stands reviewed of it; its state is never touched. */
export function withReview(month: MonthDecision, review: Review | null): MonthDecision {
  return { ...month, claimable: isClaimable(month.state, review), review };
}

/** What made a revision: a closing, or the reopening of that reviewId. */
export interface RevisionMade {
  readonly revision: number;
  readonly verificationId: string;
}

/**
 * What stands on a month: the latest word that accepts or rejects it since a reopening made one of
 * its revisions. A rejection stands on where an early end has cut the month, also when a closing has
 * sealed it anew; what was accepted is what was counted then, and is looked at again (decision). A
 * reopening that was broken off before its seal clears nothing.
 * @param reviews of the month, in order
 * @param revisions of the month, in order; what was said of later ones stands on none of these
 * @param isSealed the last of them is of the month as it is
 */
export function standingReview(
  reviews: readonly MonthReview[],
  revisions: readonly RevisionMade[],
  isSealed: boolean,
): Review | null {
  const asked = new Set(reviews.filter((r) => r.decision === 'reopen').map((r) => r.reviewId));
  const first = revisions.findLast((made) => asked.has(made.verificationId))?.revision ?? 1;
  const last = revisions.at(-1)?.revision ?? 0;
  const latest = reviews.findLast(
    (r): r is MonthReview & Pick<Review, 'decision'> =>
      r.decision !== 'reopen' && first <= r.revision && r.revision <= last,
  );
  if (latest === undefined) return null;
  const { decision, by, reason, atMs, revision } = latest;
  if (decision === 'accept' && !(isSealed && revision === last)) return null;
  return { decision, by, reason, at: formatInstant(atMs) };
}
