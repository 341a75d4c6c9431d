import {
  CLAIM_REASONS,
  type ClaimInput,
  type ClaimReason,
  type ClaimReasonCode,
} from '../claim.ts';
import { isRejected } from '../review.ts';
import { addDays, addMonths } from '../time.ts';
import { STATE_WORDS, type Words } from '../words.ts';
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
  return reason('too_early', rule.opensSource, {
    zh: `${from} 起可請款`,
    en: `may be claimed from ${from}`,
  });
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
  const namedZh = failing.map((f) => `第${f.n}期程月${zhFor(f.month)}`).join('、');
  const zh = `前${first.months}個期程月應有${first.asked}個可核銷：${namedZh}`;
  return reason('months_not_claimable', first.source, { zh, en: detail });
}

export function monthsPending(standing: Standing, source: string): Verdict {
  if (!standing.hasEnded || standing.unsettled.length === 0) return null;
  const detail = `months inside their grace for late events: ${standing.unsettled.join(', ')}`;
  const zh = `仍在遲到事件寬限期內之月：${standing.unsettled.join('、')}`;
  return reason('months_pending', source, { zh, en: detail });
}

export function monthsHeld(waiting: readonly number[], source: string): Verdict {
  if (waiting.length === 0) return null;
  const detail = `months that wait for a review: ${waiting.join(', ')}`;
  return reason('months_held', source, { zh: `待審查之月：${waiting.join('、')}`, en: detail });
}

/** A window of so many calendar days; the first day without service is the first of them. */
export function windowClosed(standing: Standing, days: Sourced<number> | null): Verdict {
  if (days === null) return null;
  const lastDay = addDays(standing.contract.endExclusive, days.value - 1);
  if (standing.asOf <= lastDay) return null;
  const said = { zh: `請款期限至 ${lastDay} 止`, en: `could be claimed to ${lastDay}` };
  return reason('window_closed', days.source, said);
}

export function attachmentMissing(attached: readonly string[], rule: InstalmentRule): Verdict {
  const missing = rule.attachments.filter((a) => !attached.includes(a.value));
  const [first] = missing;
  if (first === undefined) return null;
  const names = missing.map((a) => a.value);
  const said = { zh: `缺附件：${names.join('、')}`, en: `missing: ${names.join(', ')}` };
  return reason('attachment_missing', first.source, said);
}

export function belowMinimum(claimableMonths: number, floor: Sourced<number>): Verdict {
  if (claimableMonths >= floor.value) return null;
  const detail = `${claimableMonths} claimable months, at least ${floor.value} are asked`;
  const zh = `可核銷月 ${claimableMonths} 個，至少應有 ${floor.value} 個`;
  return reason('below_minimum_months', floor.source, { zh, en: detail });
}

/** A draw that would pass the ceiling is refused whole; a clawback never passes it. */
export function vendorCeiling(
  input: ClaimInput,
  amountTwd: number,
  ceiling: Sourced<number> | null,
): Verdict {
  if (ceiling === null || amountTwd <= 0) return null;
  const { vendorTaxId, vendorDrawnTwd: drawnTwd } = input;
  if (drawnTwd + amountTwd <= ceiling.value) return null;
  const detail = `the vendor, in all entries of ${vendorTaxId}, drew ${drawnTwd} this year, at most ${ceiling.value}`;
  const zh = `業者（統一編號 ${vendorTaxId} 之全部登錄）本年度已領 ${drawnTwd}，上限 ${ceiling.value}`;
  return reason('vendor_ceiling', ceiling.source, { zh, en: detail });
}

export function alreadyDrawn(isDrawn: boolean, said: Words, source: string): Verdict {
  return isDrawn ? reason('already_drawn', source, said) : null;
}

function reason(code: ClaimReasonCode, source: string, { zh, en }: Words): ClaimReason {
  return { code, detail: en, zh, source };
}

function wordFor(month: ClaimMonth | undefined): string {
  if (month === undefined) return 'missing';
  return isRejected(month) ? 'rejected' : month.state;
}

function zhFor(month: ClaimMonth | undefined): string {
  if (month === undefined) return '不存在';
  return isRejected(month) ? '經審查退回' : STATE_WORDS[month.state].zh;
}
