import { z } from 'zod';
import type { Batch } from '../store/batches.ts';
import { rejectIndexesIn } from '../store/rejects.ts';
import { batchCells, readStagedRow } from '../store/stagedRow.ts';
import type { OfferedRow } from './identity.ts';
import type { RowTails } from './rowTails.ts';
import type { SpoolRecord } from './spool/position.ts';

/** What one request brings to be made durable. */
export interface PendingBatch {
  readonly batch: Batch;
  readonly rows: RowTails;
  /** The refused events, each as `rejectTail`. */
  readonly rejects: RowTails;
}

/** The same on its way into the store, its events numbered by the spool. */
export interface SpooledBatch {
  readonly batch: Batch;
  /** Its refused events as the spool keeps them: a line each, `batchCells` and `rejectTail`. */
  readonly rejects: Buffer;
  /** The number of its first accepted event; the others follow. */
  readonly firstSeq: number;
  /** Its accepted events as the spool keeps them: a line each, as `stagedRow` writes it. */
  readonly rows: Buffer;
}

/**
 * The form in which a batch lies in the spool: a line of JSON for the batch, then its refused and its
 * accepted events, each as the line that the store reads; those of accepted ones `stagedRow` writes
 * too.
 */
export function encodeBatch({ batch, rows, rejects }: PendingBatch, firstSeq: number): Buffer {
  const head = Buffer.from(`${JSON.stringify({ version: VERSION, batch })}\n`);
  const common = Buffer.from(`\t${batchCells(batch)}\t`);
  const lineBytesMax = NUMBER_DIGITS_MAX + common.length + 1;
  const lines = rejects.length + rows.length;
  const bytesMax = head.length + rejects.bytes + rows.bytes + lines * lineBytesMax;
  const payload = Buffer.allocUnsafe(bytesMax);
  let at = head.copy(payload);
  for (let row = 0; row < rejects.length; row += 1) {
    at += common.copy(payload, at, 1);
    at = rejects.copy(row, payload, at);
    payload[at] = LINE_END;
    at += 1;
  }
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
  const { batch } = headOf(payload, headEnd);
  const rejectsEnd = endOfLines(payload, headEnd + 1, batch.rejected);
  const rowsEnd = endOfLines(payload, rejectsEnd, batch.accepted);
  if (rowsEnd !== payload.length || batch.accepted !== numbered) {
    throw new RangeError('a batch of the spool has other rows than it says');
  }
  const rejects = payload.subarray(headEnd + 1, rejectsEnd);
  return { batch, rejects, firstSeq, rows: payload.subarray(rejectsEnd) };
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
  if (!isAnyAsked(contents, firstSeq, batch.accepted)) return [];
  const { vendorId, batchId, receivedAtMs } = batch;
  const refused = new Set(rejectIndexesIn(rejects));
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

/** By the batch's own numbers: of a range of small batches all may be asked. */
function isAnyAsked(contents: ReadonlyMap<number, string>, first: number, count: number): boolean {
  for (let seq = first; seq < first + count; seq += 1) if (contents.has(seq)) return true;
  return false;
}

/** When the batch of a record was received, ms; also of one that another version wrote. */
export function receivedAtOf({ payload }: SpoolRecord): number {
  return receivedSchema.parse(jsonOf(payload, headEndOf(payload))).batch.receivedAtMs;
}

function headEndOf(payload: Buffer): number {
  const end = payload.indexOf(LINE_END);
  if (end === -1) throw new RangeError('a batch of the spool has no head');
  return end;
}

function headOf(payload: Buffer, end: number) {
  return headSchema.parse(jsonOf(payload, end));
}

function jsonOf(payload: Buffer, end: number): unknown {
  return JSON.parse(payload.toString('utf8', 0, end));
}

/** Behind so many lines; throws where they are not there. */
function endOfLines(payload: Buffer, start: number, lines: number): number {
  let end = start;
  for (let line = 0; line < lines; line += 1) {
    end = payload.indexOf(LINE_END, end) + 1;
    if (end === 0) throw new RangeError('a batch of the spool is cut short');
  }
  return end;
}

const [LINE_END, ZERO] = [0x0a, 0x30] as const;
/** Of a number that a double holds exactly. */
const NUMBER_DIGITS_MAX = 16;
/** What another version wrote is no batch: a spool is loaded before an upgrade that changes it. */
const VERSION = 3;
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
});
const receivedSchema = z.object({ batch: z.object({ receivedAtMs: instant }) });
