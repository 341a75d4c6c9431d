import { promisify } from 'node:util';
import { createGunzip, type Gunzip, gunzip, type ZlibOptions } from 'node:zlib';
import { FlowproofError } from '../core/errors.ts';

const CHUNK_BYTES = 64 * 1024;
const gunzipAsync = promisify(gunzip) as unknown as (
  body: Uint8Array,
  options: ZlibOptions & { readonly info: true },
) => Promise<{ readonly buffer: Buffer; readonly engine: Gunzip }>;

/**
 * The body behind `Content-Encoding: gzip`, members joined where there are several; null where it
 * is larger than the bound. Inflation stops at the first chunk beyond it.
 * @param maxInflated bytes, inclusive
 * @throws FlowproofError `unreadable_body` where it is no gzip, is cut short or carries anything
 * after its end
 */
export async function inflateWithin(body: Uint8Array, maxInflated: number): Promise<Buffer | null> {
  try {
    const options = { maxOutputLength: maxInflated, chunkSize: CHUNK_BYTES, info: true } as const;
    const { buffer, engine } = await gunzipAsync(body, options);
    assertReadWhole(engine, body);
    return buffer;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      return null;
    }
    throw noGzip(cause);
  }
}

/**
 * Inflates large bodies one after the other into the same memory, so that bombs cost it once. What
 * it gives is overwritten by the next: it is read, and let go, before.
 */
export class Workspace {
  readonly #bytesMax: number;
  #memory: Buffer | null = null;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** As `inflateWithin`; the bound is that of the workspace. */
  async inflate(body: Uint8Array): Promise<Buffer | null> {
    this.#memory ??= Buffer.allocUnsafeSlow(this.#bytesMax);
    const memory = this.#memory;
    const stream = createGunzip({ chunkSize: CHUNK_BYTES });
    stream.end(body);
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (bytes + chunk.length > memory.length) return null;
        chunk.copy(memory, bytes);
        bytes += chunk.length;
      }
      assertReadWhole(stream, body);
    } catch (cause) {
      throw noGzip(cause);
    }
    return memory.subarray(0, bytes);
  }
}

const SIZE_BYTES = 4;

/**
 * What its last member says of its size, at least 1: true of an honest body of one member, and less
 * than it is of one with several [RFC 1952 2.3.1].
 */
export function claimedSizeOf(body: Buffer): number {
  return body.length < SIZE_BYTES ? 1 : Math.max(1, body.readUInt32LE(body.length - SIZE_BYTES));
}

/** Node stops in silence at a zero byte behind a member: a member behind it would be lost. */
function assertReadWhole(engine: Gunzip, body: Uint8Array): void {
  if (engine.bytesWritten !== body.length) throw new RangeError('bytes behind the end of the gzip');
}

function noGzip(cause: unknown): FlowproofError {
  return new FlowproofError('unreadable_body', 'the body is not valid gzip', { cause });
}
