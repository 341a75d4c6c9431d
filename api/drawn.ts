import type { z } from 'zod';
import type { MonthDecision } from '../core/month.ts';
import type { DrawnStatement } from '../store/statements.ts';
import { statementSchema } from './answers.ts';

/** What a statement keeps of the claim that it was drawn from, and of the months behind it. */

const drawnClaimSchema = statementSchema.omit({ statementId: true, kind: true, drawnAt: true });

/** The claim as it was drawn; months null where the statement is older than they are kept. */
export function drawnClaimOf(statement: Pick<DrawnStatement, 'claim'>) {
  const claim: unknown = JSON.parse(statement.claim);
  return drawnClaimSchema.parse({ months: null, ...Object(claim) });
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
