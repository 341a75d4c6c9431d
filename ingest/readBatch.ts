import { REFUSED_WHOLE_BYTES_MAX, SLICE_BYTES, SLICE_EVENTS } from '../core/limits.ts';
import type { RejectedEvent } from '../core/ports.ts';
import { rejectTail } from '../store/rejects.ts';
import { type AcceptContext, Judge, type RefusedEvent } from './accept.ts';
import { type BodyFraming, decodeBody } from './decode/decodeBody.ts';
import type { DecodedItem } from './decode/item.ts';
import { CELLS_BYTES_MAX, PlainRows } from './plainRows.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { describeRefused, toRow } from './rows.ts';
import { RowTails } from './rowTails.ts';
import type { Slices } from './slices.ts';

/** What a body brought, every event judged by itself. */
export interface ReadBatch {
  readonly received: number;
  readonly rows: RowTails;
  readonly rejected: readonly RejectedEvent[];
  /** The same as they may be kept, pseudonyms in place of persons; each as `rejectTail`. */
  readonly rejects: RowTails;
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
  const batch = new Batch(body.length, context, pseudonyms);
  const progress = { bytes: 0 };
  let [pausedAtBytes, pausedAtEvents] = [0, 0];
  for (const item of decodeBody(body, framing, progress)) {
    batch.take(item);
    const { received } = batch;
    const isSlice =
      progress.bytes - pausedAtBytes >= SLICE_BYTES || received - pausedAtEvents >= SLICE_EVENTS;
    if (!isSlice) continue;
    await slices.next();
    [pausedAtBytes, pausedAtEvents] = [progress.bytes, received];
  }
  return batch;
}

class Batch implements ReadBatch {
  received = 0;
  readonly rows: RowTails;
  readonly rejected: RejectedEvent[] = [];
  readonly rejects = new RowTails(0);
  readonly #vendorId: string;
  readonly #pseudonyms: Pseudonyms;
  readonly #judge: Judge;
  readonly #plainRows: PlainRows;
  /** Of refused events. */
  #keptBytes = 0;

  constructor(bytes: number, context: AcceptContext, pseudonyms: Pseudonyms) {
    this.rows = new RowTails(bytes + CELLS_BYTES_MAX);
    this.#vendorId = context.vendorId;
    this.#pseudonyms = pseudonyms;
    this.#judge = new Judge(context);
    this.#plainRows = new PlainRows(this.#judge, pseudonyms.of(context.vendorId));
  }

  take(item: DecodedItem): void {
    const index = this.received;
    this.received += 1;
    if ('fault' in item) this.#refuse({ index, id: item.id, fault: item.fault, value: null });
    else if ('value' in item) this.#takeValue(index, item.value);
    else if (!this.#plainRows.add(item.plain, this.rows)) {
      this.#takeValue(index, item.plain.value());
    }
  }

  #takeValue(index: number, value: unknown): void {
    const judged = this.#judge.judge(index, value);
    if ('event' in judged) this.rows.add(toRow(judged.event, this.#vendorId, this.#pseudonyms));
    else this.#refuse(judged);
  }

  #refuse({ index, id, fault, value }: RefusedEvent): void {
    const isBrief = this.#keptBytes > REFUSED_WHOLE_BYTES_MAX;
    const event = describeRefused(value, this.#vendorId, this.#pseudonyms, isBrief);
    this.#keptBytes += Buffer.byteLength(event);
    const { code, detail } = fault;
    this.rejected.push({ index, id, code, detail });
    this.rejects.add(rejectTail({ index, id, code, detail, event }));
  }
}
