import { Sequence } from '../../core/lock.ts';
import type { Alarms } from './alarm.ts';
import { durableEndOf, type Log } from './log.ts';
import { comparePositions, type SpoolPosition, type SpoolRecord } from './position.ts';
import type { Quarantine } from './quarantine.ts';
import { readAround } from './readAround.ts';
import { decodeHeader, payloadHolds, RECORD_HEADER_BYTES } from './record.ts';
import { scanRecords } from './scan.ts';
import { type Gap, SEGMENT_HEADER_BYTES, type Segment } from './segment.ts';
import { hasCode, quietly, type SpoolFile, type SpoolFs } from './spoolFs.ts';
import { Window } from './window.ts';

export interface LogReaderDependencies {
  readonly fs: SpoolFs;
  readonly dir: string;
  readonly log: Log;
  readonly alarms: Alarms;
  readonly quarantine: Quarantine;
}

export interface SpoolPage {
  readonly records: readonly SpoolRecord[];
  /** Where to read on. */
  readonly next: SpoolPosition;
}

/** A stretch of a segment that has no known gap. */
interface Stretch {
  readonly segment: Segment;
  readonly start: number;
  readonly endExclusive: number;
}

/** Reads what is durable, and deletes what is loaded; one at a time, in the order asked. */
export class LogReader {
  readonly #deps: LogReaderDependencies;
  readonly #turns = new Sequence();
  #removedUnsynced = false;
  /** Told once, however often it is tried again. */
  #removeFailed = false;
  #open: { readonly path: string; readonly file: SpoolFile } | null = null;

  constructor(deps: LogReaderDependencies) {
    this.#deps = deps;
  }

  read(from: SpoolPosition, bytesMax: number): Promise<SpoolPage> {
    return this.#turns.run(() => this.#read(from, bytesMax));
  }

  release(before: SpoolPosition): Promise<void> {
    return this.#turns.run(async () => {
      try {
        await this.#release(before);
        this.#removeFailed = false;
      } catch (cause) {
        const segment = this.#deps.log.segments[0]?.number ?? 0;
        if (!this.#removeFailed) this.#deps.alarms.raise({ kind: 'remove_failed', segment, cause });
        this.#removeFailed = true;
        throw cause;
      }
    });
  }

  close(): Promise<void> {
    return this.#turns.run(() => this.#closeFile());
  }

  async #read(from: SpoolPosition, bytesMax: number): Promise<SpoolPage> {
    const records: SpoolRecord[] = [];
    let next = from;
    let bytes = 0;
    while (records.length === 0 || bytes < bytesMax) {
      const stretch = nextStretch(this.#deps.log, next);
      if (stretch === null) break;
      const { segment } = stretch;
      const wanted = await this.#parse(stretch, bytesMax - bytes, records);
      const end = wanted.end;
      bytes += end - stretch.start;
      next = { segment: segment.number, offset: end };
      if (wanted.damaged) await this.#setAside({ ...stretch, start: end }, records.at(-1));
      else if (end < stretch.endExclusive && records.length > 0) break;
    }
    const end = durableEndOf(this.#deps.log);
    const passed = nextStretch(this.#deps.log, next) === null && comparePositions(next, end) < 0;
    return { records, next: passed ? end : next };
  }

  /** Appends the valid records from the start of the stretch; at least one where one is there. */
  async #parse(
    stretch: Stretch,
    bytesMax: number,
    records: SpoolRecord[],
  ): Promise<{ readonly end: number; readonly damaged: boolean }> {
    const { segment, start, endExclusive } = stretch;
    const first = records.length;
    let length = Math.min(endExclusive - start, Math.max(bytesMax, RECORD_HEADER_BYTES));
    let chunk = await this.#chunk(segment, start, length);
    let at = 0;
    while (start + at < endExclusive) {
      const offset = start + at;
      if (at + RECORD_HEADER_BYTES > length && offset + RECORD_HEADER_BYTES <= endExclusive) break;
      const { marker, number } = segment;
      const bytes = chunk.subarray(at, at + RECORD_HEADER_BYTES);
      const header = decodeHeader(bytes, { marker, segment: number, offset });
      const size = RECORD_HEADER_BYTES + (header?.payloadLength ?? 0);
      if (header === null || offset + size > endExclusive) return { end: offset, damaged: true };
      if (header.kind === 'void') {
        at += size;
        continue;
      }
      if (at + size > length) {
        if (at > 0 || first > 0) break;
        length = size;
        chunk = await this.#chunk(segment, start, length);
      }
      const payload = chunk.subarray(at + RECORD_HEADER_BYTES, at + size);
      if (!payloadHolds(header, payload)) return { end: offset, damaged: true };
      const { firstSeq, rows } = header;
      const span = {
        start: { segment: number, offset },
        end: { segment: number, offset: offset + size },
      };
      if (header.kind === 'data') records.push({ firstSeq, rows, payload, ...span });
      at += size;
    }
    return { end: start + at, damaged: false };
  }

  /** Durable bytes that are not valid any more: copied, told, and never read again. */
  async #setAside(
    { segment, start, endExclusive }: Stretch,
    before: SpoolRecord | undefined,
  ): Promise<void> {
    const { alarms, quarantine } = this.#deps;
    const file = await this.#fileOf(segment);
    const size = await file.size();
    const scan = await scanRecords(new Window(file, size), segment, {
      from: start,
      endExclusive: Math.min(size, endExclusive),
      seqAtLeast: before === undefined ? 0 : before.firstSeq + before.rows,
    });
    const tail = { start: scan.end, endExclusive };
    const gaps: Gap[] = [...scan.gaps, ...(scan.end < endExclusive ? [tail] : [])];
    if (gaps[0]?.start !== start) throw new Error('a spool file reads differently each time');
    segment.gaps = [...segment.gaps, ...gaps].toSorted((a, b) => a.start - b.start);
    for (const gap of gaps) {
      const outcome = await quarantine.keep(file, segment, gap);
      if (outcome === 'failed') segment.unsaved.push(gap);
      alarms.raise({ kind: 'damaged', segment: segment.number, ...gap, quarantine: outcome });
    }
  }

  async #release(before: SpoolPosition): Promise<void> {
    const { fs, log } = this.#deps;
    for (;;) {
      const [first, second] = log.segments;
      if (first === undefined || second === undefined) break;
      const end = { segment: first.number, offset: first.end };
      if (comparePositions(end, before) > 0 || !(await this.#saved(first))) break;
      await this.#closeFile();
      await this.#syncRemoved();
      await removeIfThere(fs, first.path);
      this.#removedUnsynced = true;
      log.segments.shift();
    }
    await this.#syncRemoved();
    const left: string[] = [];
    for (const path of log.leftovers)
      if (!(await quietly(removeIfThere(fs, path)))) left.push(path);
    log.leftovers = left;
  }

  /** In order, also after a power loss: a file missing between others is a loss. */
  async #syncRemoved(): Promise<void> {
    if (!this.#removedUnsynced) return;
    await this.#deps.fs.syncDir(this.#deps.dir);
    this.#removedUnsynced = false;
  }

  async #saved(segment: Segment): Promise<boolean> {
    for (const gap of [...segment.unsaved]) {
      const file = await this.#fileOf(segment);
      const outcome = await this.#deps.quarantine.keep(file, segment, gap);
      if (outcome === 'failed') return false;
      segment.unsaved.shift();
    }
    return true;
  }

  async #chunk(segment: Segment, start: number, length: number): Promise<Buffer> {
    return readAround(await this.#fileOf(segment), Buffer.allocUnsafe(length), start);
  }

  async #fileOf({ path }: Segment): Promise<SpoolFile> {
    if (this.#open?.path === path) return this.#open.file;
    await this.#closeFile();
    const file = await this.#deps.fs.open(path, 'read');
    this.#open = { path, file };
    return file;
  }

  async #closeFile(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open !== null) await quietly(open.file.close());
  }
}

/** The first readable stretch at or after the position; null at the durable end. */
function nextStretch({ segments }: Log, from: SpoolPosition): Stretch | null {
  for (const segment of segments) {
    if (segment.number < from.segment) continue;
    const offset = segment.number === from.segment ? from.offset : 0;
    let start = Math.max(offset, SEGMENT_HEADER_BYTES);
    for (const gap of segment.gaps) {
      if (start < gap.start) break;
      start = Math.max(start, gap.endExclusive);
    }
    if (start >= segment.end) continue;
    const gap = segment.gaps.find((g) => g.start > start);
    return { segment, start, endExclusive: gap?.start ?? segment.end };
  }
  return null;
}

async function removeIfThere(fs: SpoolFs, path: string): Promise<void> {
  try {
    await fs.remove(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
