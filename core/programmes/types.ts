import type { Claim, ClaimInput, Instalment } from '../claim.ts';
import type { ProgrammeId } from '../registry.ts';
import type { CivilDate } from '../time.ts';

/** A subsidy programme: its figures as data, each with its clause, and the claim as a function. */

/** A figure and the clause it comes from, such as `000 八(六)2`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

/** Contract dates outside it are admitted with a warning. */
export interface Period {
  /** Null where the source names no day. */
  readonly start: CivilDate | null;
  readonly endInclusive: CivilDate;
  /** The last day on which an order may be placed, where it is not the period's end. */
  readonly ordersUntil: CivilDate | null;
  readonly source: string;
}

/** Whole months that a contract may last. */
export interface ContractLength {
  readonly min: number;
  /** Null: no upper limit. */
  readonly max: number | null;
  readonly source: string;
}

/** What points an order may use; 1 point = NT$1. */
export interface PointsRule {
  /** Over all orders of one firm in the programme, points returned not counted. */
  readonly perSmeMax: Sourced<number>;
  /** Clause of "at most half of the price". */
  readonly halfSource: string;
  /** A termination gives the points of unused months back to the firm. */
  readonly returnedOnTermination: boolean;
}

export interface InstalmentRule {
  readonly instalment: Instalment;
  /** What must be attached to the order; the usage record is the system's own. */
  readonly attachments: readonly Sourced<string>[];
}

/** Fewer claimable months than this over the whole order earn nothing. */
export interface Floor {
  readonly months: number;
  readonly afterClosure: number;
  readonly source: string;
  readonly closureSource: string;
}

export interface Programme {
  readonly id: ProgrammeId;
  /** Names the rules an answer was made with; another option or figure is another version. */
  readonly rulesVersion: string;
  /** Days after a month's end in which late events still count. */
  readonly graceDays: number;
  readonly period: Period;
  readonly contractLength: ContractLength;
  /** Null: nothing is paid per order, an order carries 0 points. */
  readonly points: PointsRule | null;
  /** Whether two orders of one firm for one solution may run at the same time. */
  readonly overlap: 'admitted' | 'refused';
  /** In order; empty where nothing is claimed per order. */
  readonly instalments: readonly InstalmentRule[];
  readonly floor: Floor | null;
  /** Over all orders of a vendor, by the calendar year of drawing. */
  readonly vendorCeilingPerYearTwd: Sourced<number> | null;
  /**
   * The claim of one instalment; throws RangeError for an instalment that the programme lacks.
   * Null where nothing is claimed per order.
   */
  readonly claim: ((input: ClaimInput) => Claim) | null;
}
