import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FlowproofError } from '../core/errors.ts';

const CHUNK_BYTES = 64 * 1024;
const gunzipAsync = promisify(gunzip);

/**
 * The body behind `Content-Encoding: gzip`, members joined where there are several. Inflation stops
 * at the first chunk beyond the bound, so a compression bomb costs the bound and no more.
 * @param maxInflated bytes, inclusive
 * @throws FlowproofError `body_too_large` beyond the bound, `unreadable_body` where it is no gzip,
 * is cut short or carries anything after its end
 */
export async function inflateBody(bytes: Uint8Array, maxInflated: number): Promise<Buffer> {
  try {
    return await gunzipAsync(bytes, { maxOutputLength: maxInflated, chunkSize: CHUNK_BYTES });
  } catch (cause) {
    if (isTooLarge(cause)) {
      const detail = `the body inflates to more than ${maxInflated} bytes`;
      throw new FlowproofError('body_too_large', detail, { cause });
    }
    throw new FlowproofError('unreadable_body', 'the body is not valid gzip', { cause });
  }
}

function isTooLarge(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
}
