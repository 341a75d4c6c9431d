import { FlowproofError } from '../core/errors.ts';
import { BODY_BYTES_MAX, INFLATED_BYTES_MAX } from '../core/limits.ts';
import type { BatchAnswer, Ingest, IngestRequest } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import { acceptEvents, type RejectedEvent } from './accept.ts';
import { decodeBody } from './decode/decodeBody.ts';
import { inflateBody } from './inflate.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { describeRefused, toRow } from './rows.ts';
import type { BatchWriter } from './writer.ts';

export interface ReceiverDependencies {
  readonly registry: RegistryView;
  readonly pseudonyms: Pseudonyms;
  readonly writer: BatchWriter;
  /** The wall clock, ms. */
  readonly clock: () => number;
  readonly newBatchId: () => string;
  /** The latest received time that is stored: the clock may step back, received times do not. */
  readonly lastReceivedAtMs: number;
}

/** Accept, persist, acknowledge: nothing is answered before it is on disk. */
export class Receiver implements Ingest {
  readonly #deps: ReceiverDependencies;
  #lastReceivedAtMs: number;

  constructor(deps: ReceiverDependencies) {
    this.#deps = deps;
    this.#lastReceivedAtMs = deps.lastReceivedAtMs;
  }

  async receive(request: IngestRequest): Promise<BatchAnswer> {
    const items = decodeBody(request.contentType ?? '', await inflated(request), request);
    const receivedAtMs = this.#receivedAt(request.simulatedNowMs);
    const { registry, pseudonyms, writer, newBatchId } = this.#deps;
    const { vendorId } = request;
    const batchId = newBatchId();
    const { accepted, rejected } = acceptEvents(items, { vendorId, receivedAtMs, registry });
    const context = { vendorId, batchId, receivedAtMs, pseudonyms };
    await writer.write({
      batch: {
        batchId,
        vendorId,
        keyId: request.keyId,
        receivedAtMs,
        received: items.length,
        accepted: accepted.length,
        rejected: rejected.length,
        simulated: request.simulatedNowMs !== null,
      },
      rows: accepted.map(({ index, event }) => ({ index, row: toRow(event, context) })),
      rejects: rejected.map(({ index, id, fault, value }) => ({
        batchId,
        vendorId,
        index,
        id,
        code: fault.code,
        detail: fault.detail,
        receivedAtMs,
        event: describeRefused(value, vendorId, pseudonyms),
      })),
    });
    return {
      batchId,
      received: items.length,
      accepted: accepted.length,
      rejected: rejected.map(answerOf),
      receipt: null,
    };
  }

  async close(): Promise<void> {
    await this.#deps.writer.close();
  }

  #receivedAt(simulatedNowMs: number | null): number {
    if (simulatedNowMs !== null) return simulatedNowMs;
    this.#lastReceivedAtMs = Math.max(this.#lastReceivedAtMs, this.#deps.clock());
    return this.#lastReceivedAtMs;
  }
}

async function inflated(request: IngestRequest): Promise<Buffer> {
  const body = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength);
  if (body.length > BODY_BYTES_MAX) {
    throw new FlowproofError('body_too_large', `A body holds at most ${BODY_BYTES_MAX} bytes.`);
  }
  const encoding = request.contentEncoding?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return body;
  if (encoding === 'gzip' || encoding === 'x-gzip') return inflateBody(body, INFLATED_BYTES_MAX);
  throw new FlowproofError('unsupported_media_type', 'Content-Encoding may be gzip or identity.');
}

function answerOf(rejected: RejectedEvent): BatchAnswer['rejected'][number] {
  const { index, id, fault } = rejected;
  return { index, id, code: fault.code, detail: fault.detail };
}
