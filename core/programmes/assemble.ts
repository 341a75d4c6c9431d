import type { Claim, ClaimInput, ClaimReason, ClaimStep, TerminationAnswer } from '../claim.ts';
import { formatInstant } from '../time.ts';
import type { Standing } from './standing.ts';
import type { Programme } from './types.ts';

/** What the rules of one instalment found. */
export interface Outcome {
  readonly reasons: readonly ClaimReason[];
  readonly amountTwd: number;
  readonly termination: TerminationAnswer | null;
  readonly steps: readonly ClaimStep[];
}

/** The answer. It is eligible exactly when no rule failed. */
export function assembleClaim(
  programme: Pick<Programme, 'rulesVersion'>,
  input: ClaimInput,
  standing: Standing,
  found: Outcome,
): Claim {
  return {
    orderId: input.order.orderId,
    programme: input.order.programme,
    rulesVersion: programme.rulesVersion,
    instalment: input.instalment,
    asOf: formatInstant(input.asOfMs),
    eligible: found.reasons.length === 0,
    reasons: found.reasons,
    claimableMonths: standing.claimableMonths,
    contractMonths: input.order.contractMonths,
    amountTwd: found.amountTwd,
    drawnTwd: standing.drawnTwd,
    termination: found.termination,
    steps: found.steps,
  };
}
