import { FlowproofError } from '../core/errors.ts';
import {
  BODY_BYTES_MAX,
  INFLATED_BYTES_MAX,
  TURN_VENDOR_WEIGHT_MAX,
  TURN_WEIGHT_MIN,
} from '../core/limits.ts';
import type { BatchAnswer, Ingest, IngestRequest } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import { claimedSizeOf, inflateWithin, Workspace } from './inflate.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import type { Quota } from './quota.ts';
import { type ReadBatch, readBatch } from './readBatch.ts';
import type { ReceivedTimes } from './receivedTimes.ts';
import { Slices } from './slices.ts';
import type { Turns } from './turns.ts';
import type { BatchWriter } from './writer.ts';

export interface ReceiverDependencies {
  readonly registry: RegistryView;
  readonly pseudonyms: Pseudonyms;
  readonly writer: BatchWriter;
  readonly turns: Turns;
  /** Null: vendors may send as much as they like. */
  readonly quota: Quota | null;
  readonly receivedTimes: ReceivedTimes;
  readonly newBatchId: () => string;
}

/** Accept, persist, acknowledge: nothing is answered before it is on disk. */
export class Receiver implements Ingest {
  readonly #deps: ReceiverDependencies;
  readonly #workspace = new Workspace(INFLATED_BYTES_MAX);
  readonly #slices = new Slices();

  constructor(deps: ReceiverDependencies) {
    this.#deps = deps;
  }

  /** Inflated and read when the turn of its vendor has come: what waits is as it was sent. */
  async receive(request: IngestRequest): Promise<BatchAnswer> {
    const { turns, quota } = this.#deps;
    const { vendorId } = request;
    const body = bodyOf(request);
    const weights = isCompressed(request) ? inflatedSizesOf(body) : null;
    await quota?.assertLeft(vendorId);
    if (weights === null) {
      const weight = Math.max(body.length, TURN_WEIGHT_MIN);
      return turns.run(vendorId, weight, () => this.#take(body, request));
    }
    for (const weight of weights) {
      const answer = await turns.run(vendorId, Math.max(weight, TURN_WEIGHT_MIN), async () => {
        const inflated = await this.#inflate(body, weight);
        return inflated === null ? null : this.#take(inflated, request);
      });
      if (answer !== null) return answer;
    }
    const detail = `the body inflates to more than ${INFLATED_BYTES_MAX} bytes`;
    throw new FlowproofError('body_too_large', detail);
  }

  /** Two of the largest weight are never in work together, so the workspace is of one alone. */
  #inflate(body: Buffer, bytesMax: number): Promise<Buffer | null> {
    const isLarge = bytesMax === INFLATED_BYTES_MAX;
    return isLarge ? this.#workspace.inflate(body) : inflateWithin(body, bytesMax);
  }

  async #take(body: Buffer, request: IngestRequest): Promise<BatchAnswer> {
    const { registry, pseudonyms, quota, newBatchId } = this.#deps;
    const { vendorId, format, cloudEvent, contentType = '', simulatedNowMs } = request;
    const read = await readBatch(
      body,
      { format, cloudEvent, contentType },
      { vendorId, receivedAtMs: this.#receivedAt(simulatedNowMs), registry },
      pseudonyms,
      this.#slices,
    );
    await quota?.take(vendorId, read.received);
    const batchId = newBatchId();
    try {
      await this.#write(batchId, read, request);
    } catch (error) {
      await quota?.giveBack(vendorId, read.received);
      throw error;
    }
    return {
      batchId,
      received: read.received,
      accepted: read.rows.length,
      rejected: read.rejected,
      receipt: null,
    };
  }

  /** The received time is that of the writing, so that it grows with the order of the spool. */
  async #write(batchId: string, read: ReadBatch, request: IngestRequest): Promise<void> {
    const { vendorId, keyId, simulatedNowMs } = request;
    const receivedAtMs = this.#receivedAt(simulatedNowMs);
    await this.#deps.writer.write({
      batch: {
        batchId,
        vendorId,
        keyId,
        receivedAtMs,
        received: read.received,
        accepted: read.rows.length,
        rejected: read.rejected.length,
        simulated: simulatedNowMs !== null,
      },
      rows: read.rows,
      rejects: read.rejects,
    });
  }

  #receivedAt(simulatedNowMs: number | null): number {
    return simulatedNowMs ?? this.#deps.receivedTimes.next();
  }
}

function bodyOf({ body }: IngestRequest): Buffer {
  if (body.byteLength > BODY_BYTES_MAX) {
    throw new FlowproofError('body_too_large', `A body holds at most ${BODY_BYTES_MAX} bytes.`);
  }
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function isCompressed({ contentEncoding }: IngestRequest): boolean {
  const encoding = contentEncoding?.trim().toLowerCase() ?? '';
  if (encoding === 'identity' || encoding === '') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new FlowproofError('unsupported_media_type', 'Content-Encoding may be gzip or identity.');
}

/** The sizes for which a body is tried: what it claims where that is ordinary, then the largest. */
function inflatedSizesOf(body: Buffer): readonly number[] {
  const claimed = claimedSizeOf(body);
  const isOrdinary = claimed <= TURN_VENDOR_WEIGHT_MAX;
  return isOrdinary ? [claimed, INFLATED_BYTES_MAX] : [INFLATED_BYTES_MAX];
}
