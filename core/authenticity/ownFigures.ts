import type { Finding } from '../month.ts';

/**
 * The findings as the firm itself may read them: what they say of its own use. Figures about other
 * firms of the vendor (whose use was copied, how many share a mark, how many there are) are left
 * out, and so is every figure that is not listed here.
 */
export function ownFigures(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({
    ...finding,
    figures: Object.fromEntries(
      Object.entries(finding.figures).filter(([name]) => OWN_FIGURES.has(name)),
    ),
  }));
}

/** `movedSeconds` of a copied stream is not among them: it tells when the other firm worked. */
const OWN_FIGURES: ReadonlySet<string> = new Set([
  'actsOnBeat',
  'aheadEvents',
  'acts',
  'beatMinutes',
  'burstEvents',
  'bursts',
  'copiedEvents',
  'days',
  'deliveries',
  'earlierOrders',
  'firstUse',
  'lateActs',
  'lateEvents',
  'longestAheadSeconds',
  'longestDelayDays',
  'monthsInARow',
  'mostActsInAnHour',
  'receivedAfterMonthEnd',
  'regularEvents',
  'shareOfActs',
  'shareOfEvents',
  'sharedEvents',
  'taxId',
  'threshold',
  'usesAWeek',
  'usesBefore',
  'value',
  'versions',
  'weeks',
]);
