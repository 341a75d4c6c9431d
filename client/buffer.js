import { FlowproofClientError } from './error.js';
import { lineOf, withId } from './lines.js';

/**
 * @typedef {import('./index.js').EventBuffer} Declared
 * @typedef {import('./index.js').BatchAnswer} BatchAnswer
 * @typedef {import('./index.js').BufferOptions} BufferOptions
 * @typedef {import('./index.js').NewUsageEvent} NewUsageEvent
 */

/** One full request: so many waiting are sent before their delay ends. */
const BODY_EVENTS_MAX = 5_000;

/** @implements {Declared} */
export class EventBuffer {
  /** @type {Required<BufferOptions>} */
  #options;
  /** @type {(lines: readonly Uint8Array[]) => AsyncIterable<BatchAnswer>} */
  #send;
  /** Lines that are not answered yet, the oldest first: written once, so a retry is the same. */
  /** @type {Uint8Array[]} */
  #waiting = [];
  /** @type {Promise<void> | null} */
  #sending = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #isClosed = false;

  /**
   * @param {BufferOptions} options
   * @param {(lines: readonly Uint8Array[]) => AsyncIterable<BatchAnswer>} send
   */
  constructor({ eventsMax = 10_000, delayMsMax = 5_000, onRejected, onError }, send) {
    this.#options = { eventsMax, delayMsMax, onRejected, onError };
    this.#send = send;
  }

  get size() {
    return this.#waiting.length;
  }

  /** @param {NewUsageEvent} event */
  add(event) {
    if (this.#isClosed) {
      throw new FlowproofClientError('buffer_closed', 'The buffer is closed: nothing was taken.');
    }
    if (this.size >= this.#options.eventsMax) {
      const message = `${this.size} events wait already: this one was not taken.`;
      throw new FlowproofClientError('buffer_full', message, { isRetryable: true });
    }
    const taken = withId(event);
    this.#waiting.push(lineOf(taken, this.size));
    // Half of the room is left for what comes while these are under way.
    if (this.size >= Math.min(BODY_EVENTS_MAX, this.#options.eventsMax / 2)) this.#sendBehind();
    else this.#sendLater();
    return taken.id;
  }

  async flush() {
    // What is under way may lack the latest events; where it fails, they are tried again below.
    await this.#sending?.catch(() => undefined);
    if (this.size > 0) await this.#sendWaiting();
  }

  close() {
    this.#isClosed = true;
    return this.flush();
  }

  #sendLater() {
    this.#timer ??= setTimeout(() => {
      // It may fire while a send is under way: when that ends, a new delay must begin.
      this.#timer = undefined;
      this.#sendBehind();
    }, this.#options.delayMsMax);
  }

  #sendBehind() {
    if (this.#sending === null) this.#sendWaiting().catch(this.#options.onError);
  }

  /** One at a time: an event that is under way twice would be answered twice. */
  #sendWaiting() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = null;
      if (this.size > 0 && !this.#isClosed) this.#sendLater();
    });
    return this.#sending;
  }

  async #drain() {
    const lines = [...this.#waiting];
    for await (const { received, rejected } of this.#send(lines)) {
      this.#waiting.splice(0, received);
      if (rejected.length === 0) continue;
      const told = rejected.map(({ index, ...rest }) => ({
        ...rest,
        event: eventOf(lines[index]),
      }));
      this.#options.onRejected(told);
    }
  }
}

/**
 * @param {Uint8Array | undefined} line
 * @returns {unknown}
 */
function eventOf(line) {
  return line === undefined ? null : JSON.parse(new TextDecoder().decode(line));
}
