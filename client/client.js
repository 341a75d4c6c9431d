import { EventBuffer } from './buffer.js';
import { following } from './deadline.js';
import { FlowproofClientError } from './error.js';
import { inOrder } from './inOrder.js';
import { bodiesOf, linesOf } from './lines.js';
import { post } from './post.js';
import { untilAborted } from './source.js';

/**
 * @typedef {import('./index.js').FlowproofClient} Declared
 * @typedef {import('./index.js').BatchAnswer} BatchAnswer
 * @typedef {import('./index.js').Body} Body
 * @typedef {import('./index.js').NewUsageEvent} NewUsageEvent
 * @typedef {import('./index.js').SendOptions} SendOptions
 */

/** Pauses grow from the first to the last of these. */
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 60_000;
/** A server that asks for a longer pause has the caller decide. */
const RETRY_AFTER_MS_MAX = 10 * 60_000;

/** @implements {Declared} */
export class FlowproofClient {
  /** @type {Required<import('./index.js').ClientOptions>} */
  #options;

  /** @param {import('./index.js').ClientOptions} options */
  constructor({
    url,
    key,
    concurrency = 2,
    triesMax = 8,
    timeoutMs = 60_000,
    onRetry = () => undefined,
    // A browser's fetch asks for its own `this`.
    fetch = (input, init) => globalThis.fetch(input, init),
    random = drawn,
    sleep = slept,
  }) {
    if (!/^https?:$/.test(new URL(url).protocol)) throw new TypeError('url is no http address');
    // What no header can carry would come back in a message.
    if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('key is no key: it is not one word');
    const more = { onRetry, fetch, random, sleep };
    this.#options = { url, key, concurrency, triesMax, timeoutMs, ...more };
  }

  /**
   * @param {Iterable<NewUsageEvent> | AsyncIterable<NewUsageEvent>} events
   * @param {SendOptions} [options]
   */
  async send(events, options) {
    let [sent, accepted] = [0, 0];
    const rejected = [];
    for await (const answer of this.batches(events, options)) {
      sent += answer.received;
      accepted += answer.accepted;
      for (const rejection of answer.rejected) rejected.push(rejection);
    }
    return { sent, accepted, rejected };
  }

  /**
   * @param {Iterable<NewUsageEvent> | AsyncIterable<NewUsageEvent>} events
   * @param {SendOptions} [options]
   */
  batches(events, options) {
    return this.#answers((signal) => bodiesOf(linesOf(untilAborted(events, signal))), options);
  }

  /**
   * @param {Iterable<Body> | AsyncIterable<Body>} bodies
   * @param {SendOptions} [options]
   */
  bodies(bodies, options) {
    return this.#answers((signal) => untilAborted(bodies, signal), options);
  }

  /** @param {import('./index.js').BufferOptions} options */
  buffer(options) {
    return new EventBuffer(options, (lines) => this.bodies(bodiesOf(lines)));
  }

  /**
   * @param {(signal: AbortSignal) => Iterable<Body> | AsyncIterable<Body>} bodiesUntil
   * which end when the signal aborts, whatever they wait for
   * @param {SendOptions} [options]
   * @returns {AsyncGenerator<BatchAnswer, void, void>}
   */
  async *#answers(bodiesUntil, { signal } = {}) {
    const { controller: ended, letGo } = following(signal);
    /** @param {Body} body */
    const work = async (body) => {
      try {
        return await this.#try(body, ended.signal);
      } catch (error) {
        // The others are not waited for: one may be in a long pause.
        ended.abort(error);
        throw error;
      }
    };
    let before = 0;
    try {
      for await (const answer of inOrder(
        bodiesUntil(ended.signal),
        this.#options.concurrency,
        work,
      )) {
        const offset = before;
        before += answer.received;
        const rejected = answer.rejected.map((r) => ({ ...r, index: offset + r.index }));
        yield { ...answer, rejected };
      }
    } finally {
      letGo();
      ended.abort();
    }
  }

  /**
   * The one place that tries again: the same bytes, so the same ids.
   * @param {Body} body
   * @param {AbortSignal} signal
   */
  async #try(body, signal) {
    const { triesMax, onRetry } = this.#options;
    for (let tried = 1; ; tried += 1) {
      signal.throwIfAborted();
      try {
        return await post(this.#options, body, signal);
      } catch (error) {
        if (!(error instanceof FlowproofClientError) || !error.isRetryable) throw error;
        if (tried >= triesMax || (error.retryAfterMs ?? 0) > RETRY_AFTER_MS_MAX) throw error;
        const waitMs = this.#waitMs(tried, error.retryAfterMs);
        onRetry({ tried, waitMs, error });
        await this.#options.sleep(waitMs, signal);
      }
    }
  }

  /**
   * Never before the server asked to come back; spread, so that many senders do not come as one.
   * @param {number} tried
   * @param {number | null} retryAfterMs
   */
  #waitMs(tried, retryAfterMs) {
    const spreadMs = Math.min(PAUSE_MS_MIN * 2 ** (tried - 1), PAUSE_MS_MAX);
    return (retryAfterMs ?? 0) + Math.round(this.#options.random() * spreadMs);
  }
}

function drawn() {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number / 2 ** 32;
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function slept(ms, signal) {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    signal.addEventListener('abort', aborted, { once: true });
  });
}
