import { z } from 'zod';
import type { Batch } from '../store/batches.ts';
import type { OfferedRow } from './identity.ts';
import type { PendingBatch } from './writer.ts';

/**
 * The form in which a batch lies in the spool: JSON, a line for the batch with its refused events
 * and a line for each accepted row, pseudonyms in place of persons.
 */
export function encodeBatch({ batch, rows, rejects }: PendingBatch): Buffer {
  const lines = [JSON.stringify({ batch, rejects })];
  for (const { row, index } of rows) {
    lines.push(
      JSON.stringify([
        index,
        row.solutionId,
        row.smeId,
        row.eventId,
        row.actor.toString(16),
        row.actorRole,
        row.action,
        row.occurredAtMs,
        row.source,
        row.sourceSeq,
        row.sessionId,
        row.resource,
        row.address.toString(16),
        row.attributes,
        row.content.toString(16),
      ]),
    );
  }
  return Buffer.from(lines.join('\n'));
}

/** Reads back what `encodeBatch` wrote; throws where it is anything else. */
export function decodeBatch(payload: Buffer): PendingBatch {
  const [head, ...lines] = payload.toString('utf8').split('\n');
  const { batch, rejects } = headSchema.parse(JSON.parse(head ?? ''));
  const rows = lines.map((line) => rowOf(rowSchema.parse(JSON.parse(line)), batch));
  if (rows.length !== batch.accepted) throw new RangeError('a batch of the spool lacks rows');
  return { batch, rows, rejects };
}

const instant = z.int();
const count = z.int().min(0);
const headSchema = z.strictObject({
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

const hex = z
  .string()
  .regex(/^[0-9a-f]{1,32}$/)
  .transform((text) => BigInt(`0x${text}`));
const rowSchema = z.tuple([
  count,
  z.string(),
  z.string(),
  z.string(),
  hex,
  z.string(),
  z.string(),
  instant,
  z.string(),
  count.nullable(),
  z.string(),
  z.string(),
  hex,
  z.string(),
  hex,
]);

function rowOf(fields: z.output<typeof rowSchema>, batch: Batch): OfferedRow {
  const [index, solutionId, smeId, eventId, actor, actorRole, action, occurredAtMs, ...rest] =
    fields;
  const [source, sourceSeq, sessionId, resource, address, attributes, content] = rest;
  const { vendorId, batchId, receivedAtMs } = batch;
  return {
    index,
    row: {
      vendorId,
      solutionId,
      smeId,
      eventId,
      actor,
      actorRole,
      action,
      occurredAtMs,
      receivedAtMs,
      source,
      sourceSeq,
      sessionId,
      resource,
      address,
      attributes,
      content,
      batchId,
    },
  };
}
