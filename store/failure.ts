import { FlowproofError } from '../core/errors.ts';

/** The store did not answer as it must; the cause is for the log, the caller may try again. */
export function storeFailure(internal: string, cause?: unknown): FlowproofError {
  return new FlowproofError('store_unavailable', 'The store did not answer; try again.', {
    internal,
    retryAfterS: 2,
    ...(cause === undefined ? {} : { cause }),
  });
}
