/**
 * @typedef {import('./index.js').FlowproofClientError} Declared
 * @typedef {import('./index.js').Problem} Problem
 */

/** @implements {Declared} */
export class FlowproofClientError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{
   *   status?: number | null,
   *   isRetryable?: boolean,
   *   retryAfterMs?: number | null,
   *   problem?: Problem | null,
   *   cause?: unknown,
   * }} [rest]
   */
  constructor(code, message, rest = {}) {
    super(message, rest.cause === undefined ? undefined : { cause: rest.cause });
    this.name = 'FlowproofClientError';
    this.code = code;
    this.status = rest.status ?? null;
    this.isRetryable = rest.isRetryable ?? false;
    this.retryAfterMs = rest.retryAfterMs ?? null;
    this.problem = rest.problem ?? null;
  }
}
