import type { Claim, ClaimInput, Instalment } from '../claim.ts';
import type { CivilDate } from '../time.ts';

/** A subsidy programme: its figures as data, each with its clause, and the claim as a function. */

/** A figure and the clause it comes from, such as `000 八(六)2`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

/** `parts` of `of`; held against amounts in whole numbers, never as a float. */
export interface Fraction {
  readonly parts: number;
  readonly of: number;
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
  /** At most this part of an order's price. */
  readonly ofPriceMax: Sourced<Fraction>;
}

export interface InstalmentRule {
  readonly instalment: Instalment;
  /** It may be claimed from so many months after the contract's start; null: from its end. */
  readonly opensAfterMonths: number | null;
  readonly opensSource: string;
  /** Calendar days in which it may be claimed, the first included; null: no last day. */
  readonly windowDays: Sourced<number> | null;
  /** The part of the points that it pays; null: what is earned less what was drawn. */
  readonly share: Sourced<Fraction> | null;
  /** Of the first `months`, so many must be claimable; null: none in particular. */
  readonly firstMonths: {
    readonly months: number;
    readonly asked: number;
    readonly source: string;
  } | null;
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

/** What an early end gives back to the firm: points always, the self-payment where it came early. */
export interface TerminationRule {
  /** A month that began is a month used. */
  readonly monthsUsedSource: string;
  /** Fewer months used than this part of the term: the unused self-payment is returned as well. */
  readonly selfPaymentReturnedBelow: Sourced<Fraction>;
  /** At that part or later. */
  readonly laterSource: string;
  /** The firm's closure gives back the same. */
  readonly closureSource: string;
  readonly usable: UsableRule;
}

/**
 * Until when returned points may be used: the later of the first two, never past the last. After the
 * last day none are returned.
 */
export interface UsableRule {
  readonly monthsAfterIssue: Sourced<number>;
  readonly workingDaysAfterReturn: Sourced<number>;
  readonly lastDay: Sourced<CivilDate>;
}

/** A listed solution without a running contract for so many months is on the warning list. */
export interface IdleRule {
  readonly months: number;
  readonly source: string;
}

export type CaseKind = 'popular' | 'inclusive';

/** A programme that pays cases (輔導案) of many firms, as a lump sum by checkpoint. */
export interface CaseRules {
  readonly paymentSource: string;
  /** By date; the last one judges the whole case. */
  readonly checkpoints: readonly Checkpoint[];
  /** The last day on which a firm may have begun to use its tool. */
  readonly toolsBy: Sourced<CivilDate>;
  /** Clause of the threshold that is agreed for a solution. */
  readonly thresholdSource: string;
  readonly totalFlowSource: string;
  /** Firms of so many people at most, but for a few larger ones. */
  readonly peopleMax: Sourced<number>;
  readonly largerFirmsMax: Readonly<Record<CaseKind, number>>;
  readonly tiers: Readonly<Record<CaseKind, readonly Tier[]>>;
}

export interface Checkpoint {
  /** What happened on this day still counts for it. */
  readonly date: CivilDate;
  /** Of the total flow's target, from the case's start. */
  readonly sharePercent: number;
  /** Every firm has begun and every tool is introduced by then. */
  readonly asksAllIntroduced: boolean;
  /** Every firm keeps its normal flow. */
  readonly asksNormalFlow: boolean;
  readonly source: string;
}

/** A class of cases by their number of firms, and the most that one is paid. */
export interface Tier {
  readonly tier: string;
  readonly firmsMin: number;
  /** Null: no upper limit. */
  readonly firmsMax: number | null;
  readonly lumpSumMaxTwd: number;
  readonly source: string;
}

export interface Programme<Id extends string = string> {
  readonly id: Id;
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
  /** Programmes, by id, that a firm may not be in as well: warned of. Null: it names none. */
  readonly excludes: Sourced<readonly string[]> | null;
  /** In order; empty where nothing is claimed per order. */
  readonly instalments: readonly InstalmentRule[];
  /** What enough claimable months earn: all points, or their share of them. Null: nothing. */
  readonly earning: Sourced<'whole' | 'prorated'> | null;
  readonly floor: Floor | null;
  /** Over all orders of a vendor in the programme, by the calendar year of drawing. */
  readonly vendorCeilingPerYearTwd: Sourced<number> | null;
  /** Null: an early end gives nothing back through the programme. */
  readonly termination: TerminationRule | null;
  /** Null: the programme watches no solution for being idle. */
  readonly idle: IdleRule | null;
  /** Null: the programme pays by order, or not at all. */
  readonly cases: CaseRules | null;
  /**
   * The claim of one instalment; throws RangeError for an instalment that the programme lacks.
   * Null where nothing is claimed per order.
   */
  readonly claim: ((input: ClaimInput) => Claim) | null;
}
