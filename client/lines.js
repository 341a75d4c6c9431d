import { FlowproofClientError } from './error.js';

/**
 * @typedef {import('./index.js').NewUsageEvent} NewUsageEvent
 * @typedef {import('./index.js').UsageEvent} UsageEvent
 * @typedef {import('./index.js').Body} Body
 */

/** What the server takes in one request. */
const BODY_EVENTS_MAX = 5_000;
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * @param {NewUsageEvent} event
 * @returns {UsageEvent}
 */
export function withId(event) {
  return { ...event, id: event.id ?? crypto.randomUUID() };
}

/**
 * The event as a line of NDJSON, its end included: from here on nothing changes what is sent.
 * @param {UsageEvent} event
 * @param {number} index for the message
 */
export function lineOf(event, index) {
  const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
  if (line.length <= BODY_BYTES_MAX) return line;
  const message = `Event ${index} is larger than a request may be (4 MiB).`;
  throw new FlowproofClientError('event_too_large', message);
}

/**
 * Ids are given here, once.
 * @param {Iterable<NewUsageEvent> | AsyncIterable<NewUsageEvent>} events
 */
export async function* linesOf(events) {
  let index = 0;
  for await (const event of events) {
    yield lineOf(withId(event), index);
    index += 1;
  }
}

/**
 * Bodies as full as the server takes them.
 * @param {Iterable<Uint8Array> | AsyncIterable<Uint8Array>} lines
 * @returns {AsyncGenerator<Body, void, void>}
 */
export async function* bodiesOf(lines) {
  /** @type {Uint8Array[]} */
  let taken = [];
  let length = 0;
  for await (const line of lines) {
    if (taken.length === BODY_EVENTS_MAX || length + line.length > BODY_BYTES_MAX) {
      yield bodyOf(taken, length);
      [taken, length] = [[], 0];
    }
    taken.push(line);
    length += line.length;
  }
  if (taken.length > 0) yield bodyOf(taken, length);
}

/**
 * @param {readonly Uint8Array[]} lines
 * @param {number} length of all of them
 * @returns {Body}
 */
function bodyOf(lines, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
  }
  return { contentType: 'application/x-ndjson', bytes };
}
