import { FlowproofError } from '../../core/errors.ts';
import {
  SPOOL_GROUP_BYTES_MAX,
  SPOOL_PAYLOAD_BYTES_MAX,
  SPOOL_WAITING_BYTES_MAX,
} from '../../core/limits.ts';
import { Alarms, type SpoolAlarm, type SpoolCounts } from './alarm.ts';
import { DirLock } from './dirLock.ts';
import { bytesOf, durableEndOf, firstPositionOf, type Log } from './log.ts';
import { LogReader, type SpoolPage } from './logReader.ts';
import { LogWriter } from './logWriter.ts';
import type { SpoolPosition, SpoolReceipt, SpoolRecord } from './position.ts';
import { Quarantine } from './quarantine.ts';
import { type PendingRecord, RECORD_HEADER_BYTES, recordBytes } from './record.ts';
import { recoverLog } from './recover.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import type { SpoolFs } from './spoolFs.ts';

export interface SpoolOptions {
  readonly dir: string;
  readonly fs: SpoolFs;
  /** Numbers below it are taken already, by rows that left the log. */
  readonly firstSeqAtLeast: number;
  /** How far the log was loaded (`SpoolCursor.position`); null: not known. */
  readonly cursor: SpoolPosition | null;
  /** Disk that the whole spool may take; at least two segments. */
  readonly bytesMax: number;
  readonly segmentBytesMax: number;
  /** Free bytes of the disk below which nothing is accepted: what loading needs. */
  readonly reserveBytes: number;
  /** Behind a group of so many records, as many are waited for, so long; null: never. */
  readonly gather: { readonly fromRecords: number; readonly ms: number } | null;
  onAlarm(alarm: SpoolAlarm): void;
}

interface Waiting extends PendingRecord {
  readonly resolve: (receipt: SpoolReceipt) => void;
  readonly reject: (error: unknown) => void;
}

const WAITING_RETRY_S = 2;
const ROWS_MAX = 0xffff_ffff;
const SEGMENT_BYTES_MAX = 0x7fff_ffff;

interface Parts {
  readonly options: SpoolOptions;
  readonly log: Log;
  readonly alarms: Alarms;
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly lock: DirLock;
}

/**
 * An append-only log on disk. What `append` acknowledged survives power loss, is read once at its
 * place, in the order of its numbers, until it is released.
 */
export class Spool {
  readonly #parts: Parts;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | null = null;
  #lastGroupRecords = 0;
  /** Ends the wait for more. */
  #groupIsFull: () => void = () => undefined;
  #closing: Promise<void> | null = null;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws SpoolLocked where the directory is open elsewhere, and what the disk throws. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { fs, dir, segmentBytesMax, bytesMax } = options;
    const least = SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES;
    if (segmentBytesMax <= least || segmentBytesMax > SEGMENT_BYTES_MAX) {
      throw new RangeError(`a segment has between ${least} and ${SEGMENT_BYTES_MAX} bytes`);
    }
    if (bytesMax < 2 * segmentBytesMax) throw new RangeError('a spool holds two segments at least');
    await fs.mkdir(dir);
    const lock = await DirLock.take(fs, dir);
    try {
      const alarms = new Alarms((alarm) => options.onAlarm(alarm));
      const shared = { fs, dir, alarms, quarantine: new Quarantine(fs, dir) };
      const log = await recoverLog(shared, options.firstSeqAtLeast, options.cursor);
      const writer = new LogWriter({ ...options, log, alarms });
      const reader = new LogReader({ ...shared, log });
      return new Spool({ options, log, alarms, writer, reader, lock });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /**
   * Resolves when the payload is on disk, in the order of the log; until then the bytes must not be
   * changed. Rejects with `ingest_unavailable` and Retry-After, `body_too_large` or `shutting_down`:
   * not acknowledged, though it may still be found after a restart.
   * @param encode makes the payload, which may hold the numbers of its rows
   * @param rows how many sequence numbers it takes, 0 or more
   */
  append(encode: (firstSeq: number) => Uint8Array, rows: number): Promise<SpoolReceipt> {
    return new Promise((resolve, reject) => {
      const firstSeq = this.#number(rows);
      const payload = encode(firstSeq);
      this.#admit(payload);
      this.#waiting.push({ payload, firstSeq, rows, resolve, reject });
      this.#waitingBytes += recordBytes(payload);
      if (this.#isGroupFull()) this.#groupIsFull();
      this.#running ??= this.#run();
    });
  }

  /**
   * Durable records from there on, in order, of about `bytesMax` bytes with their headers, one at
   * least where one is there. A position where no record starts counts as damage: use those given.
   */
  read(from: SpoolPosition, bytesMax: number): Promise<SpoolPage> {
    if (this.#closing !== null) return Promise.reject(closed());
    return this.#parts.reader.read(from, bytesMax);
  }

  /**
   * Deletes the segments that end at or before the position, the last one never. Save the cursor
   * first: what is deleted cannot be loaded again.
   */
  release(before: SpoolPosition): Promise<void> {
    if (this.#closing !== null) return Promise.reject(closed());
    return this.#parts.reader.release(before);
  }

  /** The last record that was there when the spool was opened; null where there was none. */
  async readLast(): Promise<SpoolRecord | null> {
    const from = this.#parts.log.recoveredLast;
    if (from === null) return null;
    const { records } = await this.read(from, 1);
    return records[0] ?? null;
  }

  /** Whether something may be gone that was not loaded, by what was known when it was opened. */
  get mayLack(): boolean {
    const { log, options } = this.#parts;
    // Its last record stays when it is loaded: behind it no number can be taken.
    const isShort = log.recoveredNextSeq < options.firstSeqAtLeast;
    return isShort || options.cursor === null || this.losses > 0;
  }

  /** How often something that was on disk was found to be gone. */
  get losses(): number {
    const { damagedRanges, missingSegments } = this.#parts.alarms.counts;
    return damagedRanges + missingSegments;
  }

  get durableEnd(): SpoolPosition {
    return durableEndOf(this.#parts.log);
  }

  get firstPosition(): SpoolPosition {
    return firstPositionOf(this.#parts.log);
  }

  /** The number that the next row gets, at least. */
  get nextSeq(): number {
    return this.#parts.log.nextSeq;
  }

  /** Disk taken by segments. */
  get bytes(): number {
    return bytesOf(this.#parts.log);
  }

  get counts(): Readonly<SpoolCounts> {
    return this.#parts.alarms.counts;
  }

  /** Finishes what waits, then gives the directory back; later calls are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    this.#groupIsFull();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#running;
    await this.#parts.writer.close();
    await this.#parts.reader.close();
    await this.#parts.lock.release();
  }

  /** Takes numbers for so many rows. */
  #number(rows: number): number {
    if (this.#closing !== null) throw closed();
    if (!Number.isInteger(rows) || rows < 0 || rows > ROWS_MAX) {
      throw new RangeError(`a record has 0 to ${ROWS_MAX} rows, not ${rows}`);
    }
    const { log } = this.#parts;
    const firstSeq = log.nextSeq;
    log.nextSeq += rows;
    return firstSeq;
  }

  #admit(payload: Uint8Array): void {
    const room = this.#parts.options.segmentBytesMax - SEGMENT_HEADER_BYTES - RECORD_HEADER_BYTES;
    const bytesMax = Math.min(room, SPOOL_PAYLOAD_BYTES_MAX);
    if (payload.length > bytesMax) {
      throw new FlowproofError('body_too_large', `A batch takes at most ${bytesMax} bytes.`);
    }
    if (
      this.#waiting.length > 0 &&
      this.#waitingBytes + recordBytes(payload) > SPOOL_WAITING_BYTES_MAX
    ) {
      const retry = { retryAfterS: WAITING_RETRY_S };
      throw new FlowproofError('ingest_unavailable', 'Too many events are waiting.', retry);
    }
  }

  async #run(): Promise<void> {
    // Whoever asks in the same turn goes together.
    await null;
    while (this.#waiting.length > 0) {
      await this.#gather();
      const group = this.#takeGroup();
      this.#lastGroupRecords = group.length;
      try {
        const receipts = await this.#parts.writer.commit(group);
        for (const [i, receipt] of receipts.entries()) group[i]?.resolve(receipt);
      } catch (error) {
        this.#parts.alarms.counts.failedGroups += 1;
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#running = null;
  }

  /** Waits for more records behind a group of many, until there are as many or its time is over. */
  async #gather(): Promise<void> {
    const { gather } = this.#parts.options;
    if (gather === null || this.#lastGroupRecords < gather.fromRecords) return;
    if (this.#isGroupFull()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gather.ms);
      this.#groupIsFull = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isGroupFull(): boolean {
    const isEnough = this.#waiting.length >= this.#lastGroupRecords;
    return isEnough || this.#waitingBytes >= SPOOL_GROUP_BYTES_MAX || this.#closing !== null;
  }

  #takeGroup(): Waiting[] {
    const room = this.#parts.options.segmentBytesMax - SEGMENT_HEADER_BYTES;
    const bytesMax = Math.min(room, SPOOL_GROUP_BYTES_MAX);
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.#waiting) {
      if (count > 0 && bytes + recordBytes(payload) > bytesMax) break;
      bytes += recordBytes(payload);
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

function closed(): FlowproofError {
  const retry = { retryAfterS: WAITING_RETRY_S };
  return new FlowproofError('shutting_down', 'The server is stopping.', retry);
}
