import type { ChartWeek, UsageChart } from './chart.ts';
import type { RejectCode } from './event.ts';
import type { MonthDecision } from './month.ts';
import type { Order } from './registry.ts';

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
  /** Finishes what is waiting, then refuses. */
  close(): Promise<void>;
}
