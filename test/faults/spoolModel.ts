import { FlowproofError } from '../../core/errors.ts';
import {
  comparePositions,
  LOG_START,
  type SpoolPosition,
  type SpoolReceipt,
  type SpoolRecord,
} from '../../ingest/spool/position.ts';
import type { Spool } from '../../ingest/spool/spool.ts';
import { below, bytesOf, type Random } from '../helpers/spoolFsRandom.ts';

interface Sent {
  readonly payload: Buffer;
  readonly rows: number;
  receipt: SpoolReceipt | null;
}

/** What senders know of a spool: what they sent, and what was acknowledged. */
export class SpoolModel {
  lives = 0;
  acknowledged = 0;
  refused = 0;
  surplus = 0;
  readonly faults: string[] = [];
  readonly #sent = new Map<number, Sent>();
  readonly #loaded = new Set<number>();
  /** The furthest position that a cursor was told to remember. */
  #savedAtMost: SpoolPosition = LOG_START;
  #lastSeqEnd = 0;

  /** Settles when the spool answered; payloads begin with a number of their own. */
  async append(spool: Spool, random: Random): Promise<void> {
    const id = this.#sent.size;
    const payload = bytesOf(random, 4 + below(random, random() < 0.1 ? 3_000 : 300));
    payload.writeUInt32LE(id);
    const sent: Sent = { payload, rows: below(random, 4), receipt: null };
    this.#sent.set(id, sent);
    try {
      sent.receipt = await spool.append(() => payload, sent.rows);
    } catch (error) {
      this.refused += 1;
      const known = error instanceof FlowproofError && error.code === 'ingest_unavailable';
      if (!known || error.retryAfterS === undefined) this.faults.push(`refused by ${error}`);
      return;
    }
    this.acknowledged += 1;
    const { firstSeq, rows } = sent.receipt;
    if (firstSeq < this.#lastSeqEnd) this.faults.push(`sequence ${firstSeq} was given twice`);
    this.#lastSeqEnd = firstSeq + rows;
  }

  loaded(records: readonly SpoolRecord[]): void {
    for (const record of records) {
      const id = this.#identify(record);
      if (id !== null) this.#loaded.add(id);
    }
  }

  saving(position: SpoolPosition): void {
    if (comparePositions(position, this.#savedAtMost) > 0) this.#savedAtMost = position;
  }

  /**
   * @param all every record that is found
   * @param unloaded those from the cursor on
   */
  check(all: readonly SpoolRecord[], unloaded: readonly SpoolRecord[], nextSeq: number): void {
    let last: SpoolRecord | null = null;
    const found = new Set<number>();
    for (const record of all) {
      const id = this.#identify(record);
      if (id === null) continue;
      if (found.has(id)) this.faults.push(`record ${id} is found twice`);
      found.add(id);
      const sent = this.#sent.get(id);
      if (sent?.receipt === null) this.surplus += 1;
      else if (sent !== undefined) this.#comparePlace(id, sent, record);
      if (last !== null && !follows(last, record)) this.faults.push(`record ${id} is out of order`);
      last = record;
    }
    const ahead = new Set(unloaded.map((record) => record.payload.readUInt32LE()));
    for (const [id, { receipt }] of this.#sent) {
      if (receipt === null) continue;
      const passed = comparePositions(receipt.end, this.#savedAtMost) <= 0;
      if (!found.has(id) && !passed) this.faults.push(`acknowledged record ${id} is lost`);
      if (!ahead.has(id) && !this.#loaded.has(id)) this.faults.push(`record ${id} is never loaded`);
      if (receipt.firstSeq + receipt.rows > nextSeq)
        this.faults.push(`${nextSeq} would come again`);
    }
    this.#lastSeqEnd = Math.max(this.#lastSeqEnd, ...all.map((r) => r.firstSeq + r.rows));
  }

  /** The number of the payload; null, and a fault, where no such payload was ever sent. */
  #identify(record: SpoolRecord): number | null {
    const id = record.payload.length < 4 ? -1 : record.payload.readUInt32LE();
    const sent = this.#sent.get(id);
    if (sent?.payload.equals(record.payload) && sent.rows === record.rows) {
      return id;
    }
    this.faults.push(`a record at ${record.start.segment}:${record.start.offset} was never sent`);
    return null;
  }

  #comparePlace(id: number, { receipt }: Sent, record: SpoolRecord): void {
    const { firstSeq, start, end } = record;
    const same =
      receipt !== null &&
      receipt.firstSeq === firstSeq &&
      comparePositions(receipt.start, start) === 0 &&
      comparePositions(receipt.end, end) === 0;
    if (!same) this.faults.push(`record ${id} is not where it was acknowledged`);
  }
}

function follows(a: SpoolRecord, b: SpoolRecord): boolean {
  return b.firstSeq >= a.firstSeq + a.rows && comparePositions(a.end, b.start) <= 0;
}
