import { withTimeout } from './deadline.js';
import { FlowproofClientError } from './error.js';

/**
 * @typedef {import('./index.js').BatchAnswer} BatchAnswer
 * @typedef {import('./index.js').Body} Body
 * @typedef {import('./index.js').Problem} Problem
 * @typedef {object} Connection
 * @property {string} url
 * @property {string} key
 * @property {number} timeoutMs
 * @property {typeof globalThis.fetch} fetch
 */

/** 422 says that no event was accepted, which is an answer like 200. */
const ANSWERED = [200, 422];
/** Safe to repeat whatever became of it: an event counts once under its id. */
const RETRYABLE = [408, 425, 429, 500, 502, 503, 504];

/**
 * One try of one request; throws FlowproofClientError, or the signal's reason when it aborts.
 * @param {Connection} to
 * @param {Body} body
 * @param {AbortSignal} signal
 * @returns {Promise<BatchAnswer>}
 */
export async function post(to, body, signal) {
  const [response, text] = await exchange(to, body, signal);
  const answer = parsed(text);
  if (ANSWERED.includes(response.status) && isBatchAnswer(answer)) return answer;
  throw failureOf(response, isProblem(answer) ? answer : null);
}

/**
 * @param {Connection} to
 * @param {Body} body
 * @param {AbortSignal} signal
 * @returns {Promise<[Response, string]>}
 */
async function exchange({ url, key, timeoutMs, fetch }, { contentType, bytes }, signal) {
  try {
    return await withTimeout(signal, timeoutMs, async (either) => {
      const response = await fetch(`${url.replace(/\/+$/, '')}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': contentType },
        body: /** @type {Uint8Array<ArrayBuffer>} */ (bytes),
        // The key goes to the server that was named, nowhere else.
        redirect: 'manual',
        signal: either,
      });
      return [response, await response.text()];
    });
  } catch (cause) {
    signal.throwIfAborted();
    const message = `No answer from ${url}: ${reasonOf(cause)}.`;
    throw new FlowproofClientError('no_answer', message, { isRetryable: true, cause });
  }
}

/**
 * @param {Response} response
 * @param {Problem | null} problem
 */
function failureOf(response, problem) {
  const { status } = response;
  const isRetryable = RETRYABLE.includes(status);
  const retryAfterMs = isRetryable ? retryAfterMsOf(response.headers) : null;
  const rest = { status, isRetryable, retryAfterMs, problem };
  if (problem !== null) {
    return new FlowproofClientError(problem.code, `${problem.title}: ${problem.detail}`, rest);
  }
  const message = `The answer (status ${status}) is not one of a flowproof server.`;
  return new FlowproofClientError('unexpected_answer', message, rest);
}

/**
 * Seconds, or a date by the server's own clock: the clock of this machine may be wrong.
 * @param {Headers} headers
 */
function retryAfterMsOf(headers) {
  const text = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const waitMs = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : null;
}

/** @param {string} text */
function parsed(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {value is BatchAnswer}
 */
function isBatchAnswer(value) {
  if (typeof value !== 'object' || value === null) return false;
  const { batchId, received, accepted, rejected } = /** @type {Partial<BatchAnswer>} */ (value);
  const isCounted = Number.isSafeInteger(received) && Number.isSafeInteger(accepted);
  return typeof batchId === 'string' && isCounted && Array.isArray(rejected);
}

/**
 * @param {unknown} value
 * @returns {value is Problem}
 */
function isProblem(value) {
  if (typeof value !== 'object' || value === null) return false;
  const { code, title, detail } = /** @type {Partial<Problem>} */ (value);
  return [code, title, detail].every((text) => typeof text === 'string');
}

/** @param {unknown} error */
function reasonOf(error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
