/**
 * A controller that aborts with a signal too, until it is let go. Not `AbortSignal.any`: in Node 20
 * it holds its signals weakly, and a timeout that nobody else holds is collected before its time.
 * @param {AbortSignal | undefined} signal
 * @returns {{ readonly controller: AbortController, readonly letGo: () => void }}
 */
export function following(signal) {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  return { controller, letGo: () => signal?.removeEventListener('abort', abort) };
}

/**
 * Work whose signal aborts with the one given, and when the time is over.
 * @template R
 * @param {AbortSignal} signal
 * @param {number} timeoutMs
 * @param {(signal: AbortSignal) => Promise<R>} work
 * @returns {Promise<R>}
 */
export async function withTimeout(signal, timeoutMs, work) {
  const { controller, letGo } = following(signal);
  const late = () => controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    letGo();
  }
}
