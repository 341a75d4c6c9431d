import { iteratorOf, letGo, nextOf } from './source.js';

/**
 * Works on so many items at once and yields the results in the order of the items, each as soon as
 * it is there, whether the source gives a further item or not. After the first failure, and when
 * the caller takes no more, nothing new is begun.
 * @template T, R
 * @param {AsyncIterable<T> | Iterable<T>} items
 * @param {number} width
 * @param {(item: T) => Promise<R>} work
 * @returns {AsyncGenerator<R, void, void>}
 */
export async function* inOrder(items, width, work) {
  const source = iteratorOf(items);
  /** @type {Promise<{ readonly result: R }>[]} */
  const running = [];
  /** @type {Promise<{ readonly step: IteratorResult<T> }> | undefined} */
  let coming;
  let isEnded = false;
  try {
    while (!isEnded || running.length > 0) {
      if (!isEnded && running.length < width) coming ??= quiet(stepOf(source));
      const first = running[0];
      const waited = [first, coming].filter((promise) => promise !== undefined);
      const done = await Promise.race(waited);
      if ('result' in done) {
        running.shift();
        yield done.result;
      } else {
        coming = undefined;
        if (done.step.done) isEnded = true;
        else running.push(quiet(resultOf(work(done.step.value))));
      }
    }
  } finally {
    if (!isEnded) await letGo(source, coming !== undefined);
  }
}

/**
 * Whoever awaits it later sees its failure; until then nobody does.
 * @template P
 * @param {Promise<P>} promise
 */
function quiet(promise) {
  promise.catch(() => undefined);
  return promise;
}

/**
 * @template T
 * @param {AsyncIterator<T> | Iterator<T>} source
 */
async function stepOf(source) {
  return { step: await nextOf(source) };
}

/**
 * @template R
 * @param {Promise<R>} working
 */
async function resultOf(working) {
  return { result: await working };
}
