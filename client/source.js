/**
 * What a source gives until the signal aborts: then the reason is thrown, also while the source is
 * waited for, and the source is told.
 * @template T
 * @param {AsyncIterable<T> | Iterable<T>} items
 * @param {AbortSignal} signal
 * @returns {AsyncIterable<T> | Iterable<T>}
 */
export function untilAborted(items, signal) {
  return Symbol.asyncIterator in items ? raced(items, signal) : items;
}

/**
 * @template T
 * @param {AsyncIterable<T>} items
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<T, void, void>}
 */
async function* raced(items, signal) {
  const source = iteratorOf(items);
  /** @type {(reason: unknown) => void} */
  let fail = () => undefined;
  let isEnded = false;
  // One listener for all: each race with one promise would be held until that promise settles.
  const aborted = () => fail(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    for (;;) {
      /** @type {IteratorResult<T>} */
      const step = await new Promise((resolve, reject) => {
        fail = reject;
        signal.throwIfAborted();
        nextOf(source).then(resolve, reject);
      });
      isEnded = step.done === true;
      if (step.done) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    if (!isEnded) await letGo(source, signal.aborted);
  }
}

/**
 * @template T
 * @param {AsyncIterable<T> | Iterable<T>} items
 * @returns {AsyncIterator<T> | Iterator<T>}
 */
export function iteratorOf(items) {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/**
 * @template T
 * @param {AsyncIterator<T> | Iterator<T>} source
 * @returns {Promise<IteratorResult<T>>}
 */
export async function nextOf(source) {
  return source.next();
}

/**
 * Tells a source that nobody reads on. Where it is in the middle of its next item it may never come
 * to an end, and is not waited for.
 * @param {AsyncIterator<unknown> | Iterator<unknown>} source
 * @param {boolean} isBusy
 */
export async function letGo(source, isBusy) {
  const ended = returned(source);
  // Why it could not end is of no use to who reads no more.
  ended.catch(() => undefined);
  if (!isBusy) await ended.catch(() => undefined);
}

/** @param {AsyncIterator<unknown> | Iterator<unknown>} source */
async function returned(source) {
  await source.return?.();
}
