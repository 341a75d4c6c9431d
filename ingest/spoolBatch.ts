import { z } from 'zod';
import type { Batch } from '../store/batches.ts';
import type { Reject } from '../store/rejects.ts';
import { cell, uncell } from '../store/text.ts';
import type { OfferedRow } from './identity.ts';
import type { AcceptedRow } from './rows.ts';
import type { SpoolRecord } from './spool/position.ts';

/** What one request brings to be made durable. */
export interface PendingBatch {
  readonly batch: Batch;
  readonly rows: readonly AcceptedRow[];
  readonly rejects: readonly Reject[];
}

/** The same on its way into the store, its events numbered by the spool. */
export interface SpooledBatch {
  readonly batch: Batch;
  readonly rejects: readonly Reject[];
  /** The number of its first accepted event; the others follow. */
  readonly firstSeq: number;
  /** Its accepted events as the spool keeps them. */
  readonly lines: readonly string[];
}

/**
 * The form in which a batch lies in the spool: a line of JSON for the batch with its refused events,
 * then a line of cells for each accepted event: id, content, and the text that the store reads.
 */
export function encodeBatch({ batch, rows, rejects }: PendingBatch): Buffer {
  let text = JSON.stringify({ version: VERSION, batch, rejects });
  for (const row of rows) text += `\n${cell(row.eventId)}\t${row.content}\t${row.text}`;
  return Buffer.from(text);
}

/** Reads back what `encodeBatch` wrote; throws where it is anything else. */
export function decodeBatch({ payload, firstSeq, rows: numbered }: SpoolRecord): SpooledBatch {
  const [head, ...lines] = payload.toString('utf8').split('\n');
  const { batch, rejects } = headSchema.parse(JSON.parse(head ?? ''));
  if (lines.length !== batch.accepted || lines.length !== numbered) {
    throw new RangeError('a batch of the spool lacks rows');
  }
  if (!lines.every((line) => ROW.test(line))) {
    throw new RangeError('a row of the spool cannot be read');
  }
  return { batch, rejects, firstSeq, lines };
}

/** The accepted events one by one, each with its place in the request. */
export function rowsOf({ batch, rejects, firstSeq, lines }: SpooledBatch): OfferedRow[] {
  const { vendorId, batchId, receivedAtMs } = batch;
  const refused = new Set(rejects.map((reject) => reject.index));
  let index = -1;
  return lines.map((line, i): OfferedRow => {
    do index += 1;
    while (refused.has(index));
    const idEnd = line.indexOf('\t');
    const contentEnd = line.indexOf('\t', idEnd + 1);
    const eventId = uncell(line.slice(0, idEnd));
    if (eventId === null) throw new RangeError('a row of the spool has no id');
    const content = line.slice(idEnd + 1, contentEnd);
    const text = line.slice(contentEnd + 1);
    return { seq: firstSeq + i, index, vendorId, eventId, batchId, receivedAtMs, content, text };
  });
}

/** When the batch of a record was received, ms. */
export function receivedAtOf({ payload }: SpoolRecord): number {
  const end = payload.indexOf('\n');
  const head = payload.toString('utf8', 0, end === -1 ? payload.length : end);
  return headSchema.parse(JSON.parse(head)).batch.receivedAtMs;
}

/** What another version wrote is no batch: a spool is emptied before an upgrade that changes it. */
const VERSION = 1;
/** An id, a content, and the text that the store reads. */
const ROW = /^(?!\\N\t)[^\t]*\t\d{1,39}\t/;
const instant = z.int();
const count = z.int().min(0);
const headSchema = z.strictObject({
  version: z.literal(VERSION),
  batch: z.strictObject({
    batchId: z.string(),
    vendorId: z.string(),
    keyId: z.string(),
    receivedAtMs: instant,
    received: count,
    accepted: count,
    rejected: count,
    simulated: z.boolean(),
  }),
  rejects: z.array(
    z.strictObject({
      batchId: z.string(),
      vendorId: z.string(),
      index: count,
      id: z.string().nullable(),
      code: z.string(),
      detail: z.string(),
      receivedAtMs: instant,
      event: z.string(),
    }),
  ),
});
