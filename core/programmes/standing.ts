import type { ClaimInput } from '../claim.ts';
import { type Contract, contractOf } from '../contract.ts';
import { type CivilDate, dateOf } from '../time.ts';

/** A contract month as a claim sees it. A review that rejects a held month ends its waiting. */
export type ClaimMonth = ClaimInput['months'][number];

/** Where an order stands at one asOf: the facts that every rule of a claim asks for. */
export interface Standing {
  readonly asOf: CivilDate;
  readonly contract: Contract;
  readonly months: readonly ClaimMonth[];
  readonly hasEnded: boolean;
  readonly claimableMonths: number;
  /** Months still open or inside their grace. */
  readonly unsettled: readonly number[];
  /** Months held that nobody has reviewed. */
  readonly waiting: readonly number[];
  /** The sum of the order's statements, clawbacks included. */
  readonly drawnTwd: number;
}

export function standingOf(input: ClaimInput): Standing {
  const asOf = dateOf(input.asOfMs);
  const contract = contractOf(input.order);
  const { months } = input;
  return {
    asOf,
    contract,
    months,
    hasEnded: asOf >= contract.endExclusive,
    claimableMonths: months.filter((m) => m.claimable).length,
    unsettled: months.filter((m) => m.state === 'open' || m.state === 'pending').map(numberOf),
    waiting: months.filter(waitsForReview).map(numberOf),
    drawnTwd: input.statements.reduce((sum, s) => sum + s.amountTwd, 0),
  };
}

/** Held, and nobody has accepted or rejected it. */
export function waitsForReview(month: Pick<ClaimMonth, 'state' | 'claimable' | 'review'>): boolean {
  return month.state === 'held' && !month.claimable && (month.review ?? null) === null;
}

function numberOf(month: ClaimMonth): number {
  return month.month;
}
