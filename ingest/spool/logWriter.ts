import { FlowproofError } from '../../core/errors.ts';
import { SPOOL_SPACE_ASKED_BYTES } from '../../core/limits.ts';
import type { Alarms } from './alarm.ts';
import { bytesOf, durableEndOf, type Log } from './log.ts';
import type { SpoolReceipt } from './position.ts';
import {
  encodeGroup,
  encodeMark,
  MARKER_BYTES,
  type PendingRecord,
  recordBytes,
} from './record.ts';
import {
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type Segment,
  segmentFileName,
} from './segment.ts';
import { quietly, type SpoolFile, type SpoolFs, writeFully } from './spoolFs.ts';

export interface LogWriterDependencies {
  readonly fs: SpoolFs;
  readonly dir: string;
  readonly log: Log;
  readonly alarms: Alarms;
  /** Of all segments together, on disk. */
  readonly bytesMax: number;
  readonly segmentBytesMax: number;
  /** Free bytes of the disk that the spool leaves to others. */
  readonly reserveBytes: number;
}

interface Active {
  readonly segment: Segment;
  readonly file: SpoolFile;
}

const FAILING_RETRY_S = 2;
const FULL_RETRY_S = 10;

/** The single writer of the log. One commit at a time. */
export class LogWriter {
  readonly #deps: LogWriterDependencies;
  /** null: the next commit makes a segment. A segment once left is never written again. */
  #active: Active | null = null;
  /** Free bytes of the disk when last asked, less what was written since; null: to be asked. */
  #free: number | null = null;
  #spent = 0;

  constructor(deps: LogWriterDependencies) {
    this.#deps = deps;
  }

  /**
   * One write and one sync. Resolved = on disk. Rejected = `ingest_unavailable`, none of the group
   * is acknowledged or read; the next commit is as good as any.
   */
  async commit(group: readonly PendingRecord[]): Promise<readonly SpoolReceipt[]> {
    try {
      return await this.#commit(group);
    } catch (error) {
      // What was known of the disk may be why.
      this.#free = null;
      throw error;
    }
  }

  async #commit(group: readonly PendingRecord[]): Promise<readonly SpoolReceipt[]> {
    const { log, alarms } = this.#deps;
    const bytes = group.reduce((sum, { payload }) => sum + recordBytes(payload), 0);
    await this.#checkSpace(bytes);
    const active = await this.#activeFor(bytes, group[0]?.firstSeq ?? log.nextSeq);
    const { segment } = active;
    const place = { marker: segment.marker, segment: segment.number, offset: segment.end };
    const encoded = encodeGroup(group, place);
    await Promise.all([this.#write(active, encoded.bytes), this.#spend(encoded.bytes.length)]);
    segment.end += encoded.bytes.length;
    alarms.counts.groups += 1;
    alarms.counts.records += group.length;
    return encoded.receipts;
  }

  /** Leaves a mark that proves the last group durable, where the disk lets it. */
  async close(): Promise<void> {
    const active = this.#active;
    if (active === null) return;
    const { segment } = active;
    const place = { marker: segment.marker, segment: segment.number, offset: segment.end };
    const mark = encodeMark(place, this.#deps.log.nextSeq);
    const wrote = await quietly(this.#write(active, mark));
    if (wrote) segment.end += mark.length;
    await this.#leave();
  }

  async #checkSpace(bytes: number): Promise<void> {
    const { log, bytesMax, reserveBytes } = this.#deps;
    const needed = bytes + SEGMENT_HEADER_BYTES;
    if (bytesOf(log) + needed > bytesMax) throw full('the spool has its full size');
    const isRoomIn = (free: number) => free - needed >= reserveBytes;
    if (this.#free !== null && isRoomIn(this.#free)) return;
    const free = await this.#freeNow();
    if (!isRoomIn(free)) throw full(`the disk has ${free} free bytes left`);
    this.#free = free;
  }

  /** Free space is asked for while a group is written, and not for every small one. */
  async #spend(bytes: number): Promise<void> {
    const { fs, dir } = this.#deps;
    this.#spent += bytes;
    if (this.#free !== null) this.#free -= bytes;
    if (this.#spent < SPOOL_SPACE_ASKED_BYTES) return;
    this.#spent = 0;
    const free = await fs.freeBytes(dir).catch(() => null);
    // The group itself may not be in the answer yet.
    this.#free = free === null ? null : free - bytes;
  }

  async #freeNow(): Promise<number> {
    const { fs, dir } = this.#deps;
    try {
      return await fs.freeBytes(dir);
    } catch (cause) {
      throw failing(cause);
    }
  }

  async #activeFor(bytes: number, firstSeq: number): Promise<Active> {
    const active = this.#active;
    if (active !== null && active.segment.end + bytes <= this.#deps.segmentBytesMax) return active;
    await this.#leave();
    const created = await this.#create(firstSeq);
    this.#active = created;
    return created;
  }

  async #write(active: Active, bytes: Buffer): Promise<void> {
    const { segment, file } = active;
    const { alarms } = this.#deps;
    segment.bytes = segment.end + bytes.length;
    try {
      const written = await file.write(bytes, segment.end);
      if (written < bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
    } catch (cause) {
      alarms.raise({ kind: 'write_failed', segment: segment.number, cause });
      if (!(await this.#cutBack(active))) await this.#abandon(cause);
      throw failing(cause);
    }
    try {
      await file.datasync();
    } catch (cause) {
      // The system may have dropped what it could not write and call the file clean from now on.
      alarms.raise({ kind: 'sync_failed', segment: segment.number, cause });
      await this.#cutBack(active);
      await this.#abandon(cause);
      throw failing(cause);
    }
  }

  async #cutBack({ segment, file }: Active): Promise<boolean> {
    try {
      await file.truncate(segment.end);
      segment.bytes = segment.end;
      return true;
    } catch (cause) {
      this.#deps.alarms.raise({ kind: 'cut_failed', segment: segment.number, cause });
      return false;
    }
  }

  async #abandon(cause: unknown): Promise<void> {
    const segment = this.#active?.segment.number ?? 0;
    this.#deps.alarms.raise({ kind: 'segment_abandoned', segment, cause });
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    if (active !== null) await quietly(active.file.close());
  }

  /** Durable, name included, when it resolves. A number is used once, whatever became of it. */
  async #create(nextSeq: number): Promise<Active> {
    const { fs, dir, log, alarms } = this.#deps;
    const number = log.nextNumber;
    log.nextNumber += 1;
    const name = { number, marker: Buffer.from(fs.randomBytes(MARKER_BYTES)) };
    const path = `${dir}/${segmentFileName(name)}`;
    const { segment, offset } = durableEndOf(log);
    const previous = { number: segment, end: offset };
    let file: SpoolFile | null = null;
    try {
      file = await fs.open(path, 'create');
      await writeFully(file, encodeSegmentHeader({ ...name, previous, nextSeq }));
      await file.sync();
      await fs.syncDir(dir);
    } catch (cause) {
      alarms.raise({ kind: 'create_failed', segment: number, cause });
      if (file !== null) {
        await quietly(file.close());
        if (!(await quietly(fs.remove(path)))) log.leftovers.push(path);
      }
      throw failing(cause);
    }
    const end = SEGMENT_HEADER_BYTES;
    const created: Segment = { ...name, path, end, bytes: end, gaps: [], unsaved: [] };
    log.segments.push(created);
    return { segment: created, file };
  }
}

function failing(cause: unknown): FlowproofError {
  const detail = 'The events could not be stored; send them again.';
  return new FlowproofError('ingest_unavailable', detail, { retryAfterS: FAILING_RETRY_S, cause });
}

function full(internal: string): FlowproofError {
  const detail = 'No space is left for events; send them again later.';
  return new FlowproofError('ingest_unavailable', detail, { retryAfterS: FULL_RETRY_S, internal });
}
