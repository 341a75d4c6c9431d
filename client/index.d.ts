/**
 * The client of flowproof for a vendor's own programs: batches, retries and stable ids. It needs
 * nothing but `fetch` and `crypto` of the platform: Node 20, browsers, and others that have both.
 */

/** One action by one person in the solution, as it is sent. */
export interface UsageEvent {
  /** 1–128 characters, unique for the vendor for ever: under one id an event counts once. */
  readonly id: string;
  readonly solutionId: string;
  /** The unified business number (統一編號), 8 digits. */
  readonly smeId: string;
  /** 1–128 characters; stored as a keyed pseudonym. */
  readonly actorId: string;
  /** `staff` where absent. Only owner and staff count. */
  readonly actorRole?: 'owner' | 'staff' | 'consumer' | 'vendor' | 'system' | null;
  /** `login`, `create`, `update`, `delete`, `query`, `browse`, `click`, or a declared one. */
  readonly action: string;
  /** RFC 3339 with an offset; a Date is sent in UTC. */
  readonly occurredAt: string | Date;
  readonly source?: string | null;
  /** A whole number, 0 or more: the source's own count of its events. */
  readonly seq?: number | null;
  readonly sessionId?: string | null;
  readonly resource?: string | null;
  readonly ip?: string | null;
  /** At most 16 short texts. */
  readonly attributes?: Readonly<Record<string, string>> | null;
}

/** An event whose id the client may make. */
export type NewUsageEvent = Omit<UsageEvent, 'id'> & { readonly id?: string };

export type RejectionCode =
  | 'too_large'
  | 'malformed'
  | 'unknown_field'
  | 'missing_field'
  | 'invalid_field'
  | 'unknown_solution'
  | 'unknown_sme'
  | 'unknown_action'
  | 'future_timestamp'
  | 'too_old';

/** A refused event: the others of its batch are not touched by it. */
export interface Rejection {
  /** The place in what the caller gave, from 0. */
  readonly index: number;
  readonly id: string | null;
  readonly code: RejectionCode;
  readonly detail: string;
}

/** What the server answered to one request. */
export interface BatchAnswer {
  readonly batchId: string;
  readonly received: number;
  /** On the server's disk when the answer comes. */
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
  readonly receipt: unknown;
}

export interface Summary {
  /** Events that were answered; `accepted` and the length of `rejected` add up to it. */
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

/** A request that is cut already. */
export interface Body {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export interface Problem {
  readonly type?: string;
  readonly title: string;
  readonly status?: number;
  readonly detail: string;
  readonly code: string;
  readonly instance?: string;
}

/** A try that failed and is followed by another. */
export interface Retry {
  /** Tries so far. */
  readonly tried: number;
  readonly waitMs: number;
  readonly error: FlowproofClientError;
}

export interface ClientOptions {
  /** Such as `https://flowproof.example`. */
  readonly url: string;
  /** Of the role vendor. Goes to that server alone; never part of a message. */
  readonly key: string;
  /** Requests under way at once; 2 where absent. */
  readonly concurrency?: number;
  /** Tries of one request, the first included; 8 where absent. */
  readonly triesMax?: number;
  /** One try ends after so long and counts as a broken connection; 60,000 where absent. */
  readonly timeoutMs?: number;
  readonly onRetry?: (retry: Retry) => void;
  readonly fetch?: typeof globalThis.fetch;
  /** From 0 to less than 1; spreads the pauses of many senders. */
  readonly random?: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface SendOptions {
  /** Ends what is under way, and the wait for a source; a deadline is `AbortSignal.timeout(ms)`. */
  readonly signal?: AbortSignal;
}

export interface BufferOptions {
  /** Events that may wait; 10,000 where absent. */
  readonly eventsMax?: number;
  /** An event waits at most so long before it is sent; 5,000 where absent. */
  readonly delayMsMax?: number;
  /** Refused events: sent again unchanged they are refused again. */
  readonly onRejected: (rejected: readonly BufferedRejection[]) => void;
  /** A send in the background failed. Its events are kept, and tried again with the next ones. */
  readonly onError: (error: unknown) => void;
}

export interface BufferedRejection extends Omit<Rejection, 'index'> {
  /** As it was sent, its id included. */
  readonly event: unknown;
}

/** Gathers the events of an application. In memory alone: what waits is lost with the process. */
export interface EventBuffer {
  /** Events that are not answered yet. */
  readonly size: number;
  /**
   * Takes an event as it is now, and gives its id. Throws FlowproofClientError `buffer_full` or
   * `buffer_closed`: the event was not taken.
   */
  add(event: NewUsageEvent): string;
  /** Resolves when everything added before is answered; rejects where it could not be sent. */
  flush(): Promise<void>;
  /** Takes no more and flushes. Where it rejects the events are kept: call it again. */
  close(): Promise<void>;
}

/** One server and one key. */
export class FlowproofClient {
  constructor(options: ClientOptions);

  /**
   * Sends any number of events and resolves when each was answered. Rejects with
   * FlowproofClientError where a request failed for good: what was sent before stands, and the same
   * events under the same ids may be sent again, since each counts once.
   */
  send(
    events: Iterable<NewUsageEvent> | AsyncIterable<NewUsageEvent>,
    options?: SendOptions,
  ): Promise<Summary>;

  /** The same, answer by answer in the order of the events: for logs larger than memory. */
  batches(
    events: Iterable<NewUsageEvent> | AsyncIterable<NewUsageEvent>,
    options?: SendOptions,
  ): AsyncGenerator<BatchAnswer, void, void>;

  /** Requests that the caller cut, sent byte for byte; indexes count on over all of them. */
  bodies(
    bodies: Iterable<Body> | AsyncIterable<Body>,
    options?: SendOptions,
  ): AsyncGenerator<BatchAnswer, void, void>;

  buffer(options: BufferOptions): EventBuffer;
}

/**
 * - a code of the server's problem document, as its errors.md lists them
 * - `no_answer`: no server, or the connection broke, every time that it was tried
 * - `unexpected_answer`: what answers is no flowproof server, or something in between
 * - `event_too_large`: one event is larger than a request may be
 * - `buffer_full`, `buffer_closed`: of an EventBuffer
 */
export class FlowproofClientError extends Error {
  readonly code: string;
  /** Null where no answer came. */
  readonly status: number | null;
  /** The same, sent later, may succeed: the client gave up, not the server. */
  readonly isRetryable: boolean;
  /** What the server asked for with its last answer. */
  readonly retryAfterMs: number | null;
  readonly problem: Problem | null;
}

/** The event under an id of its own, which it keeps from then on. */
export function withId(event: NewUsageEvent): UsageEvent;
