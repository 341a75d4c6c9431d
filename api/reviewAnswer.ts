import { z } from 'zod';
import type { MonthRevision } from '../core/ports.ts';
import { type MonthReview, REVIEW_DECISIONS } from '../core/review.ts';
import { formatInstant } from '../core/time.ts';
import type { DrawnStatement } from '../store/statements.ts';
import { drawnMonthSchema, monthSchema } from './answers.ts';
import { drawnClaimOf } from './drawn.ts';

/** The shapes of reviews and revisions. */

const reviewSchema = z.object({
  reviewId: z.string(),
  decision: z.enum(REVIEW_DECISIONS),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
});

export const reviewedSchema = reviewSchema.extend({
  orderId: z.string(),
  month: z.int(),
  /** The revision that stands now: after a reopening the new one. */
  revision: z.int(),
  /** The month as it is answered from now on. */
  result: monthSchema,
});

export const revisionsSchema = z.object({
  orderId: z.string(),
  month: z.int(),
  asOf: z.string(),
  revisions: z
    .array(
      monthSchema.omit({ month: true }).extend({
        revision: z.int(),
        rulesVersion: z.string(),
        ruleFrom: z.string().nullable(),
        previous: z.string().nullable(),
        countedUntil: z.string().nullable(),
        reopening: reviewSchema.nullable(),
        reviews: z.array(reviewSchema).readonly(),
      }),
    )
    .readonly(),
  statements: z
    .array(
      drawnMonthSchema.omit({ month: true }).extend({
        statementId: z.string(),
        kind: z.enum(['claim', 'clawback']),
        instalment: z.int(),
        amountTwd: z.int(),
        asOf: z.string(),
        drawnAt: z.string(),
      }),
    )
    .readonly(),
});

export function reviewBody({ reviewId, decision, by, reason, atMs }: MonthReview) {
  return { reviewId, decision, by, reason, at: formatInstant(atMs) };
}

export function revisionBody(revision: MonthRevision) {
  const { decision, reopening, reviews, rulesVersion, ruleFrom, previous, countedUntil } = revision;
  const { month: _month, ...decided } = decision;
  return {
    ...decided,
    revision: decision.seal?.revision ?? 0,
    rulesVersion,
    ruleFrom,
    previous,
    countedUntil,
    reopening: reopening === null ? null : reviewBody(reopening),
    reviews: reviews.map(reviewBody),
  };
}

/** The statements that were drawn on a month, each with what it saw of the month. */
export function statementsOnMonth(statements: readonly DrawnStatement[], month: number) {
  return statements.flatMap((statement) => {
    const { statementId, kind, instalment, amountTwd, asOfMs, drawnAtMs } = statement;
    const seen = drawnClaimOf(statement).months?.find((m) => m.month === month);
    if (seen === undefined) return [];
    const { month: _month, ...rest } = seen;
    const [asOf, drawnAt] = [formatInstant(asOfMs), formatInstant(drawnAtMs)];
    return [{ statementId, kind, instalment, amountTwd, asOf, drawnAt, ...rest }];
  });
}
