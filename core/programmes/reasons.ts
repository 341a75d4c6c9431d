import {
  CLAIM_REASONS,
  type ClaimInput,
  type ClaimReason,
  type ClaimReasonCode,
} from '../claim.ts';
import { addDays, addMonths } from '../time.ts';
import type { ClaimMonth, Standing } from './standing.ts';
import type { InstalmentRule, Sourced } from './types.ts';

/** One function a rule: the reason where it failed, else null. */
export type Verdict = ClaimReason | null;

/** The rules that failed, in the order in which answers list them. */
export function failed(verdicts: readonly Verdict[]): ClaimReason[] {
  const place = (reason: ClaimReason) => CLAIM_REASONS.indexOf(reason.code);
  return verdicts.filter((v) => v !== null).sort((a, b) => place(a) - place(b));
}

/** Months from the contract's start are counted also where the order ended early. */
export function tooEarly(standing: Standing, rule: InstalmentRule): Verdict {
  const { start, endExclusive } = standing.contract;
  const { opensAfterMonths } = rule;
  const from = opensAfterMonths === null ? endExclusive : addMonths(start, opensAfterMonths);
  if (standing.asOf >= from) return null;
  return reason('too_early', rule.opensSource, `may be claimed from ${from}`);
}

/** Of the first months, at least so many must be claimable; a month that never began is missing. */
export function monthsNotClaimable(
  standing: Standing,
  first: InstalmentRule['firstMonths'],
): Verdict {
  if (first === null) return null;
  const numbers = Array.from({ length: first.months }, (_, i) => i + 1);
  const found = numbers.map((n) => ({ n, month: standing.months.find((m) => m.month === n) }));
  const failing = found.filter((f) => f.month?.claimable !== true);
  if (found.length - failing.length >= first.asked) return null;
  const named = failing.map((f) => `month ${f.n} is ${wordFor(f.month)}`).join(', ');
  const detail = `${first.asked} of the first ${first.months} months must be claimable: ${named}`;
  return reason('months_not_claimable', first.source, detail);
}

export function monthsPending(standing: Standing, source: string): Verdict {
  if (!standing.hasEnded || standing.unsettled.length === 0) return null;
  const detail = `months inside their grace for late events: ${standing.unsettled.join(', ')}`;
  return reason('months_pending', source, detail);
}

export function monthsHeld(waiting: readonly number[], source: string): Verdict {
  if (waiting.length === 0) return null;
  return reason('months_held', source, `months that wait for a review: ${waiting.join(', ')}`);
}

/** A window of so many calendar days; the first day without service is the first of them. */
export function windowClosed(standing: Standing, days: Sourced<number> | null): Verdict {
  if (days === null) return null;
  const lastDay = addDays(standing.contract.endExclusive, days.value - 1);
  if (standing.asOf <= lastDay) return null;
  return reason('window_closed', days.source, `could be claimed to ${lastDay}`);
}

export function attachmentMissing(attached: readonly string[], rule: InstalmentRule): Verdict {
  const missing = rule.attachments.filter((a) => !attached.includes(a.value));
  const [first] = missing;
  if (first === undefined) return null;
  const detail = `missing: ${missing.map((a) => a.value).join(', ')}`;
  return reason('attachment_missing', first.source, detail);
}

export function belowMinimum(claimableMonths: number, floor: Sourced<number>): Verdict {
  if (claimableMonths >= floor.value) return null;
  const detail = `${claimableMonths} claimable months, at least ${floor.value} are asked`;
  return reason('below_minimum_months', floor.source, detail);
}

/** A draw that would pass the ceiling is refused whole; a clawback never passes it. */
export function vendorCeiling(
  input: ClaimInput,
  amountTwd: number,
  ceiling: Sourced<number> | null,
): Verdict {
  if (ceiling === null || amountTwd <= 0) return null;
  if (input.vendorDrawnTwd + amountTwd <= ceiling.value) return null;
  const detail = `the vendor drew ${input.vendorDrawnTwd} this year, at most ${ceiling.value}`;
  return reason('vendor_ceiling', ceiling.source, detail);
}

export function alreadyDrawn(isDrawn: boolean, detail: string, source: string): Verdict {
  return isDrawn ? reason('already_drawn', source, detail) : null;
}

function reason(code: ClaimReasonCode, source: string, detail: string): ClaimReason {
  return { code, detail, source };
}

function wordFor(month: ClaimMonth | undefined): string {
  if (month === undefined) return 'missing';
  return month.review?.decision === 'reject' ? 'rejected' : month.state;
}
