import type { MonthDecision } from './month.ts';
import type { Order, ProgrammeId, Sme } from './registry.ts';
import type { CivilDate } from './time.ts';

/** The reimbursement (核銷) of one instalment: the shapes; the rules are in `programmes/`. */

/** Every rule a claim can fail, in the order in which answers list them. */
export const CLAIM_REASONS = [
  'too_early',
  'months_not_claimable',
  'months_pending',
  'months_held',
  'window_closed',
  'attachment_missing',
  'below_minimum_months',
  'vendor_ceiling',
  'already_drawn',
] as const;
export type ClaimReasonCode = (typeof CLAIM_REASONS)[number];

export interface ClaimReason {
  readonly code: ClaimReasonCode;
  readonly detail: string;
  /** The same in Chinese. */
  readonly zh: string;
  /** Source clause, such as `000 八(六)2`. */
  readonly source: string;
}

export interface ClaimStep {
  readonly label: string;
  /** The same in Chinese. */
  readonly zh: string;
  readonly source: string;
  readonly value: number | string;
}

/** What an early end returns to the firm [001 七(六)(七)(八), 八(六)]; amounts in NT$ and points. */
export interface TerminationAnswer {
  readonly usedMonths: number;
  /** 0 after the programme's last day: the firm's ceiling counts them on. */
  readonly pointsReturned: number;
  readonly selfPaymentReturned: number;
  /** The last day on which the returned points may be used; null where none are returned. */
  readonly usableUntil: CivilDate | null;
}

export type Instalment = 1 | 2;

/** A drawn claim; a clawback (追繳) has a negative amount. */
export interface Statement {
  readonly statementId: string;
  readonly orderId: string;
  readonly kind: 'claim' | 'clawback';
  readonly instalment: Instalment;
  readonly amountTwd: number;
  /** The instant on which the application arrived, ms. */
  readonly asOfMs: number;
  /** The instant of drawing, ms. */
  readonly drawnAtMs: number;
}

/**
 * The statements that count in a claim as of an instant: each from its own asOf on, but never before
 * what it was drawn behind, an earlier statement or a review of the order. Counted without that, it
 * would pay or take back a difference that no day had.
 * @param statements of the order, in the order of drawing
 * @param reviewedMs when its months were reviewed, in any order
 */
export function statementsAsOf(
  statements: readonly Statement[],
  reviewedMs: readonly number[],
  asOfMs: number,
): Statement[] {
  let fromMs = Number.NEGATIVE_INFINITY;
  return statements.filter((s) => {
    fromMs = Math.max(fromMs, s.asOfMs, ...reviewedMs.filter((ms) => ms <= s.drawnAtMs));
    return fromMs <= asOfMs;
  });
}

export interface ClaimInput {
  readonly order: Order;
  readonly sme: Pick<Sme, 'pointsIssuedOn'>;
  /** All contract months, in order. */
  readonly months: readonly Pick<
    MonthDecision,
    'month' | 'start' | 'endExclusive' | 'state' | 'claimable' | 'review'
  >[];
  readonly instalment: Instalment;
  readonly asOfMs: number;
  /** The order's statements that count as of this instant, in the order of drawing. */
  readonly statements: readonly Statement[];
  readonly vendorTaxId: string;
  /**
   * What the vendor drew in the calendar year of drawing, over all its orders of the programme and
   * all entries of its number, clawbacks included.
   */
  readonly vendorDrawnTwd: number;
}

export interface Claim {
  readonly orderId: string;
  readonly programme: ProgrammeId;
  readonly rulesVersion: string;
  readonly instalment: Instalment;
  /** RFC 3339, Taipei. */
  readonly asOf: string;
  readonly eligible: boolean;
  readonly reasons: readonly ClaimReason[];
  readonly claimableMonths: number;
  readonly contractMonths: number;
  readonly amountTwd: number;
  readonly drawnTwd: number;
  /** Of a termination, and of the firm's closure; null where the contract ran to its end. */
  readonly termination: TerminationAnswer | null;
  readonly steps: readonly ClaimStep[];
}
