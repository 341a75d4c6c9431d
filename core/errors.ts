/**
 * The error catalogue: every code that an answer can carry, and the one bridge to RFC 9457 problem
 * details. `docs/errors.md` says what each means and what mends it; a test holds both together.
 */

interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  /** The same request, sent again later, may succeed: clients retry these alone, with backoff. */
  readonly retryable: boolean;
}

export const ERRORS = {
  unreadable_body: { status: 400, title: 'The body cannot be read', retryable: false },
  empty_batch: { status: 400, title: 'The batch holds no event', retryable: false },
  invalid_request: { status: 400, title: 'The request is not valid', retryable: false },
  invalid_header: { status: 400, title: 'A header is not valid', retryable: false },
  as_of_in_future: { status: 400, title: 'asOf is later than the clock', retryable: false },
  simulated_clock_off: { status: 400, title: 'The clock is not simulated', retryable: false },
  unauthenticated: { status: 401, title: 'A valid key is needed', retryable: false },
  forbidden: { status: 403, title: 'The key may not do this', retryable: false },
  not_found: { status: 404, title: 'Not found', retryable: false },
  no_claim_in_programme: {
    status: 404,
    title: 'The programme knows no such claim',
    retryable: false,
  },
  not_acceptable: { status: 406, title: 'No accepted form can be given', retryable: false },
  request_timeout: { status: 408, title: 'The body took too long to arrive', retryable: true },
  sealed_month_would_change: {
    status: 409,
    title: 'A sealed month would change',
    retryable: false,
  },
  not_sealed: { status: 409, title: 'The month is not sealed', retryable: false },
  not_eligible: { status: 409, title: 'The claim is not eligible', retryable: false },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  too_many_events: { status: 413, title: 'The batch holds too many events', retryable: false },
  unsupported_media_type: {
    status: 415,
    title: 'The content type or encoding is not supported',
    retryable: false,
  },
  invalid_tax_id: {
    status: 422,
    title: 'The unified business number is not valid',
    retryable: false,
  },
  unknown_vendor: { status: 422, title: 'The vendor is not registered', retryable: false },
  unknown_solution: { status: 422, title: 'The solution is not registered', retryable: false },
  unknown_sme: { status: 422, title: 'The firm is not registered', retryable: false },
  unknown_case: { status: 422, title: 'The case is not registered', retryable: false },
  solution_of_another_vendor: {
    status: 422,
    title: 'The solution is registered by another vendor',
    retryable: false,
  },
  contract_length: {
    status: 422,
    title: 'The programme does not admit this contract length',
    retryable: false,
  },
  points_over_half: {
    status: 422,
    title: 'The points exceed half of the price',
    retryable: false,
  },
  points_over_ceiling: {
    status: 422,
    title: "The points exceed the firm's ceiling",
    retryable: false,
  },
  points_not_allowed: { status: 422, title: 'The programme has no points', retryable: false },
  overlapping_order: {
    status: 422,
    title: 'The firm has an overlapping order for the solution',
    retryable: false,
  },
  closure_and_termination: {
    status: 422,
    title: 'An order ends early by closure or by termination, not both',
    retryable: false,
  },
  early_end_before_start: {
    status: 422,
    title: 'The early end is not after the start of the contract',
    retryable: false,
  },
  rule_invalid: {
    status: 422,
    title: 'The normal flow counts what the solution does not declare',
    retryable: false,
  },
  over_quota: { status: 429, title: 'The quota of the vendor is used up', retryable: true },
  internal_error: { status: 500, title: 'An internal error', retryable: true },
  ingest_unavailable: { status: 503, title: 'No event can be accepted now', retryable: true },
  store_unavailable: { status: 503, title: 'The store does not answer', retryable: true },
  render_busy: { status: 503, title: 'Too many records are being drawn', retryable: true },
  shutting_down: { status: 503, title: 'The server is shutting down', retryable: true },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface FlowproofErrorOptions {
  /** For the log only: never leaves the server. */
  readonly internal?: string;
  /** For the log only: never leaves the server. */
  readonly cause?: unknown;
  /** Whole seconds for the Retry-After header. */
  readonly retryAfterS?: number;
  /** Further members of the problem document; the standard members cannot be replaced. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * An error with a public face. `detail` (also the `message`) is for the caller and holds no
 * customer data; what only operators may read is in `internal` and `cause`, which neither JSON nor
 * a spread carries.
 */
export class FlowproofError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterS: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly #internal: string | undefined;

  constructor(code: ErrorCode, detail: string, options: FlowproofErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FlowproofError';
    this.code = code;
    this.detail = detail;
    this.retryAfterS = options.retryAfterS;
    this.extra = options.extra ?? {};
    this.#internal = options.internal;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** For the log only. */
  get internal(): string | undefined {
    return this.#internal;
  }

  /** What JSON shows of it: the public members alone. */
  toJSON(): Record<string, unknown> {
    return { ...this.extra, code: this.code, detail: this.detail };
  }
}

/** RFC 9457 problem details, with the members of `extra` beside the standard ones. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly instance: string;
  readonly [member: string]: unknown;
}

/**
 * The problem document of any thrown value. What is not a FlowproofError is an `internal_error`
 * without any of its text.
 * @param instance the request that failed, a URI reference
 */
export function toProblem(error: unknown, instance: string): Problem {
  const known = error instanceof FlowproofError ? error : undefined;
  const code = known?.code ?? 'internal_error';
  const { status, title } = ERRORS[code];
  const detail = known?.detail ?? 'The server failed to answer; the log has the cause.';
  const standard = { type: `urn:flowproof:error:${code}`, title, status, detail, code, instance };
  return { ...standard, ...known?.extra, ...standard };
}
