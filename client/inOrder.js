/**
 * Works on so many items at once and yields the results in the order of the items. After the first
 * failure, and when the caller takes no more, nothing new is begun.
 * @template T, R
 * @param {AsyncIterable<T> | Iterable<T>} items
 * @param {number} width
 * @param {(item: T) => Promise<R>} work
 * @returns {AsyncGenerator<Awaited<R>, void, void>}
 */
export async function* inOrder(items, width, work) {
  /** @type {Promise<R>[]} */
  const running = [];
  for await (const item of items) {
    const result = work(item);
    // Whoever awaits it later sees the failure; until then nobody does.
    result.catch(() => undefined);
    running.push(result);
    const [first] = running;
    if (first === undefined || running.length < width) continue;
    running.shift();
    yield await first;
  }
  for (const result of running) yield await result;
}
