import { z } from 'zod';
import type { MonthDecision } from '../core/month.ts';
import type { DrawnStatement } from '../store/statements.ts';
import { statementSchema } from './answers.ts';

/** What a statement keeps of the claim that it was drawn from, and of the months behind it. */

const drawnClaimSchema = statementSchema.omit({ statementId: true, kind: true, drawnAt: true });

/** What older statements have less of. */
const storedClaimSchema = z.looseObject({
  reasons: z.array(z.looseObject({ detail: z.string() })),
  steps: z.array(z.looseObject({ label: z.string() })),
});

/**
 * The claim as it was drawn. Of a statement that is older than they are kept months are null, and
 * what was said in Chinese is in English.
 */
export function drawnClaimOf(statement: Pick<DrawnStatement, 'claim'>) {
  const claim = storedClaimSchema.parse(JSON.parse(statement.claim));
  const reasons = claim.reasons.map((reason) => ({ zh: reason.detail, ...reason }));
  const steps = claim.steps.map((step) => ({ zh: step.label, ...step }));
  return drawnClaimSchema.parse({ months: null, ...claim, reasons, steps });
}

/** A month as a draw sees it. */
export function drawnMonth(
  month: Pick<MonthDecision, 'month' | 'state' | 'claimable' | 'seal' | 'review'>,
): DrawnMonth {
  const { seal, review } = month;
  return {
    month: month.month,
    state: month.state,
    claimable: month.claimable,
    revision: seal?.revision ?? null,
    digest: seal?.digest ?? null,
    review: review === null ? null : { decision: review.decision, by: review.by, at: review.at },
  };
}

type DrawnMonth = NonNullable<z.output<typeof statementSchema>['months']>[number];
