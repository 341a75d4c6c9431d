import type { Calibration } from './calibration.ts';
import type { ChartWeek, UsageChart } from './chart.ts';
import type { RejectCode } from './event.ts';
import type { MonthTerms } from './exclusion.ts';
import type { MonthDecision } from './month.ts';
import type { Case, Order, Solution, SolutionVersion } from './registry.ts';
import type { MonthReview } from './review.ts';
import type { Roster } from './roster.ts';
import type { CivilDate } from './time.ts';
import type { Silence } from './warning.ts';
import type { RuleProposal, WhatIf } from './whatIf.ts';

/** What one stage needs of another: interfaces, handed in by the composition root. */

export interface OrderMonths {
  readonly order: Order;
  readonly rulesVersion: string;
  /** All contract months, in order. */
  readonly months: readonly MonthDecision[];
  readonly claimableMonths: number;
}

/** Answers months for any instant; throws where the store cannot be read. */
export interface MonthReader {
  /**
   * @param sealedUntilMs seals made until then are looked at for months whose grace had ended at
   * asOf; asOf itself where absent. A draw looks at all of them: a month that was found doubtful
   * since must not be paid.
   */
  monthsOf(
    orders: readonly Order[],
    asOfMs: number,
    sealedUntilMs?: number,
  ): Promise<readonly OrderMonths[]>;
  weeksOf(order: Order, asOfMs: number): Promise<readonly ChartWeek[]>;
  chartOf(
    order: Order,
    asOfMs: number,
    months: { readonly from: number; readonly to: number } | null,
  ): Promise<UsageChart>;
  /**
   * What counts, of every contract month: until the end of the grace, or what its seals at asOf
   * admitted beyond it; by the version that its seal names, else the one in force.
   */
  termsOf(order: Order, asOfMs: number): Promise<readonly MonthTerms[]>;
  /** The same of many orders, in the order asked; read at once. */
  termsOfAll(orders: readonly Order[], asOfMs: number): Promise<readonly (readonly MonthTerms[])[]>;
  /** Every revision of a month that exists at an instant, the first first; empty: never sealed. */
  revisionsOf(order: Order, month: number, untilMs: number): Promise<readonly MonthRevision[]>;
}

/** One sealed revision of a month, with what was said of it. */
export interface MonthRevision {
  /** As answered while it stands, with the review that stands on it. */
  readonly decision: MonthDecision;
  readonly rulesVersion: string;
  /** The effectiveFrom of the solution's version that judged it; null in older seals. */
  readonly ruleFrom: CivilDate | null;
  /** The digest of the revision before; null for the first. */
  readonly previous: string | null;
  /** Beyond its own grace, by a reopening or the seal of a longer span: what came before it counts. */
  readonly countedUntil: string | null;
  /** The reopening that made it; null where a closing did. */
  readonly reopening: MonthReview | null;
  /** In order; a reopening of it is the last. */
  readonly reviews: readonly MonthReview[];
}

export interface Reopening {
  readonly order: Order;
  readonly month: number;
  readonly reviewId: string;
  /** Events received before this instant count, and the new revision is sealed at it. */
  readonly atMs: number;
}

/** Makes the next revision of a sealed month. One at a time: the caller holds the lock. */
export interface MonthReopener {
  /**
   * Waits until all that was received before an instant is in the store; throws `store_unavailable`
   * where that takes long.
   */
  awaitStored(receivedBeforeMs: number): Promise<void>;
  /** Counts, finds and seals; throws `not_sealed` where the month is not sealed at that instant. */
  reopen(reopening: Reopening): Promise<void>;
}

/** Judges past months under a rule that need not be the one in force; writes nothing. */
export interface RuleTrials {
  /** Under the version in force at asOf. */
  calibrationOf(
    solution: Solution,
    asOfMs: number,
  ): Promise<{ readonly version: SolutionVersion; readonly calibration: Calibration }>;
  whatIf(solution: Solution, proposal: RuleProposal, asOfMs: number): Promise<WhatIf>;
}

/** A firm going silent inside a running month. */
export interface SilentFirm extends Silence, Pick<MonthDecision, 'totals' | 'criteria'> {
  readonly order: Order;
}

export interface WarningReader {
  /** In the order of the orders; throws where the store cannot be read. */
  silentAmong(orders: readonly Order[], asOfMs: number): Promise<readonly SilentFirm[]>;
}

/** Answers the flow roster of a case for any instant; throws where the store cannot be read. */
export interface RosterReader {
  rosterOf(theCase: Case, asOfMs: number): Promise<Roster>;
}

/** A verification under way or done. */
export interface VerificationProgress {
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  /** Orders. */
  readonly done: number;
  readonly total: number;
}

export interface VerificationRequest {
  readonly orderIds: readonly string[] | null;
  readonly programme: string | null;
  readonly asOfMs: number;
  /** The clock of the request: when seals made by it say they were made. */
  readonly nowMs: number;
  readonly simulated: boolean;
}

export interface Verifications {
  /** The id under which progress is found; the same question asked while it runs gets the same id. */
  request(request: VerificationRequest): Promise<string>;
  /** null: no such verification. */
  progress(verificationId: string): Promise<VerificationProgress | null>;
}

/** `events`: ours, and CloudEvents, told apart by their type; `otlp`: log records of OpenTelemetry. */
export type IngestFormat = 'events' | 'otlp';

/** The `ce-*` headers of a binary CloudEvent: names without `ce-`, values as sent. */
export type CloudEventHeaders = Readonly<Record<string, string>>;

/** One request of events, authenticated, as it came. */
export interface IngestRequest {
  readonly format: IngestFormat;
  readonly vendorId: string;
  readonly keyId: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Null where the request carries no binary CloudEvent. */
  readonly cloudEvent: CloudEventHeaders | null;
  readonly body: Uint8Array;
  /** The simulated clock of the request; null = the server's own. */
  readonly simulatedNowMs: number | null;
}

export interface RejectedEvent {
  readonly index: number;
  readonly id: string | null;
  readonly code: RejectCode;
  readonly detail: string;
}

/** The per-event answer; given only when every accepted event is on disk. */
export interface BatchAnswer {
  readonly batchId: string;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: readonly RejectedEvent[];
  readonly receipt: null;
}

/** Accept, persist, acknowledge. Throws where nothing of the request was acknowledged. */
export interface Ingest {
  receive(request: IngestRequest): Promise<BatchAnswer>;
}
