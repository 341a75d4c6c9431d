import { SLICE_BYTES, SLICE_EVENTS } from '../core/limits.ts';
import type { RejectedEvent } from '../core/ports.ts';
import { type AcceptContext, judgeOf } from './accept.ts';
import { type BodyFraming, decodeBody } from './decode/decodeBody.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { type AcceptedRow, describeRefused, toRow } from './rows.ts';
import type { Slices } from './slices.ts';

/** What a body brought, every event judged by itself. */
export interface ReadBatch {
  readonly received: number;
  readonly rows: readonly AcceptedRow[];
  readonly refused: readonly (RejectedEvent & {
    /** As it may be kept, pseudonyms in place of persons. */
    readonly event: string;
  })[];
}

/**
 * Reads an inflated body event by event: what is decoded is judged and let go before the next. A
 * body larger than one slice lets others be served between its slices, so that none holds them up.
 * @throws FlowproofError where the body cannot be read as a whole
 */
export async function readBatch(
  body: Buffer,
  framing: BodyFraming,
  context: AcceptContext,
  pseudonyms: Pseudonyms,
  slices: Slices,
): Promise<ReadBatch> {
  if (body.length > SLICE_BYTES) await slices.next();
  const { vendorId } = context;
  const judge = judgeOf(context);
  const rows: AcceptedRow[] = [];
  const refused: ReadBatch['refused'][number][] = [];
  const progress = { bytes: 0 };
  let [received, pausedAtBytes, pausedAtEvents] = [0, 0, 0];
  for (const item of decodeBody(body, framing, progress)) {
    const judged = judge(received, item);
    if ('event' in judged) rows.push(toRow(judged.event, vendorId, pseudonyms));
    else {
      const { index, id, fault, value } = judged;
      const event = describeRefused(value, vendorId, pseudonyms);
      refused.push({ index, id, code: fault.code, detail: fault.detail, event });
    }
    received += 1;
    const isSlice =
      progress.bytes - pausedAtBytes >= SLICE_BYTES || received - pausedAtEvents >= SLICE_EVENTS;
    if (!isSlice) continue;
    await slices.next();
    [pausedAtBytes, pausedAtEvents] = [progress.bytes, received];
  }
  return { received, rows, refused };
}
