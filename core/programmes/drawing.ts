import type { Claim, ClaimReasonCode, Statement } from '../claim.ts';

/**
 * What a claim may be drawn as; null: nothing may be drawn, `reasons` say why. A negative amount is
 * to be returned however it came about, so only months that may still change hold it back (decision).
 */
export function drawingOf(
  claim: Pick<Claim, 'amountTwd' | 'eligible' | 'reasons'>,
): Statement['kind'] | null {
  if (claim.amountTwd < 0) {
    return claim.reasons.some((r) => UNSETTLED.has(r.code)) ? null : 'clawback';
  }
  return claim.eligible ? 'claim' : null;
}

/** These say that a month is open, pending or held. */
const UNSETTLED: ReadonlySet<ClaimReasonCode> = new Set([
  'too_early',
  'months_pending',
  'months_held',
]);
