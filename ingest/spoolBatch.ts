import { z } from 'zod';
import type { Batch } from '../store/batches.ts';
import type { Reject } from '../store/rejects.ts';
import { batchCells, readStagedRow } from '../store/stagedRow.ts';
import type { OfferedRow } from './identity.ts';
import type { RowTails } from './rowTails.ts';
import type { SpoolRecord } from './spool/position.ts';

/** What one request brings to be made durable. */
export interface PendingBatch {
  readonly batch: Batch;
  readonly rows: RowTails;
  readonly rejects: readonly Reject[];
}

/** The same on its way into the store, its events numbered by the spool. */
export interface SpooledBatch {
  readonly batch: Batch;
  readonly rejects: readonly Reject[];
  /** The number of its first accepted event; the others follow. */
  readonly firstSeq: number;
  /** Its accepted events as the spool keeps them: a line each, as `stagedRow` writes it. */
  readonly rows: Buffer;
}

/**
 * The form in which a batch lies in the spool: a line of JSON for the batch with its refused events,
 * then each accepted event as the line that the store reads, as `stagedRow` writes it too.
 */
export function encodeBatch({ batch, rows, rejects }: PendingBatch, firstSeq: number): Buffer {
  const head = `${JSON.stringify({ version: VERSION, batch, rejects })}\n`;
  const common = Buffer.from(`\t${batchCells(batch)}\t`);
  const lineBytesMax = NUMBER_DIGITS_MAX + common.length + 1;
  const headBytes = Buffer.byteLength(head);
  const payload = Buffer.allocUnsafe(headBytes + rows.bytes + rows.length * lineBytesMax);
  let at = payload.write(head);
  for (let row = 0; row < rows.length; row += 1) {
    at = writeNumber(firstSeq + row, payload, at);
    at += common.copy(payload, at);
    at = rows.copy(row, payload, at);
    payload[at] = LINE_END;
    at += 1;
  }
  return payload.subarray(0, at);
}

/** Decimal digits; gives the place behind them. */
function writeNumber(value: number, out: Buffer, start: number): number {
  let end = start + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end += 1;
  let rest = value;
  for (let at = end - 1; at >= start; at -= 1) {
    const tenth = Math.floor(rest / 10);
    out[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

/** Reads back what `encodeBatch` wrote; throws where it is anything else. */
export function decodeBatch({ payload, firstSeq, rows: numbered }: SpoolRecord): SpooledBatch {
  const headEnd = headEndOf(payload);
  const { batch, rejects } = headOf(payload, headEnd);
  const rows = payload.subarray(headEnd + 1);
  const lines = linesIn(rows);
  if (lines !== batch.accepted || lines !== numbered) {
    throw new RangeError('a batch of the spool has other rows than it says');
  }
  return { batch, rejects, firstSeq, rows };
}

/** The accepted events as lines, without their ends. */
export function linesOf({ rows }: SpooledBatch): string[] {
  return rows.toString('utf8').split('\n').slice(0, -1);
}

/**
 * Of the accepted events those whose contents are given, by their numbers, each with its place in
 * the request.
 */
export function rowsOf(
  { batch, rejects, firstSeq, rows }: SpooledBatch,
  contents: ReadonlyMap<number, string>,
): OfferedRow[] {
  if (contents.size === 0) return [];
  const { vendorId, batchId, receivedAtMs } = batch;
  const refused = new Set(rejects.map((reject) => reject.index));
  const found: OfferedRow[] = [];
  let [index, start] = [-1, 0];
  for (let seq = firstSeq; seq < firstSeq + batch.accepted; seq += 1) {
    do index += 1;
    while (refused.has(index));
    const end = rows.indexOf(LINE_END, start);
    const content = contents.get(seq);
    if (content !== undefined) {
      const { seq: own, ...row } = readStagedRow(rows.toString('utf8', start, end));
      if (own !== seq) throw new RangeError('a row of the spool has the number of another');
      found.push({ seq, index, vendorId, batchId, receivedAtMs, content, ...row });
    }
    start = end + 1;
  }
  return found;
}

/** When the batch of a record was received, ms. */
export function receivedAtOf({ payload }: SpoolRecord): number {
  return headOf(payload, headEndOf(payload)).batch.receivedAtMs;
}

function headEndOf(payload: Buffer): number {
  const end = payload.indexOf(LINE_END);
  if (end === -1) throw new RangeError('a batch of the spool has no head');
  return end;
}

function headOf(payload: Buffer, end: number) {
  return headSchema.parse(JSON.parse(payload.toString('utf8', 0, end)));
}

/** Throws where the last line has no end. */
function linesIn(rows: Buffer): number {
  let [lines, at] = [0, 0];
  while (at < rows.length) {
    at = rows.indexOf(LINE_END, at) + 1;
    if (at === 0) throw new RangeError('a row of the spool is cut short');
    lines += 1;
  }
  return lines;
}

const [LINE_END, ZERO] = [0x0a, 0x30] as const;
/** Of a number that a double holds exactly. */
const NUMBER_DIGITS_MAX = 16;
/** What another version wrote is no batch: a spool is emptied before an upgrade that changes it. */
const VERSION = 2;
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
