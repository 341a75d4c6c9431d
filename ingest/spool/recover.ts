import type { Alarms } from './alarm.ts';
import type { Log } from './log.ts';
import type { SpoolPosition } from './position.ts';
import { readAround } from './readAround.ts';
import { cut, cutTorn, keepGaps, makeDurable, type RepairDependencies } from './repair.ts';
import { type Scan, scanRecords } from './scan.ts';
import {
  decodeSegmentHeader,
  type Gap,
  parseSegmentFileName,
  SEGMENT_HEADER_BYTES,
  type Segment,
  type SegmentHeader,
  type SegmentName,
} from './segment.ts';
import { quietly, type SpoolFs } from './spoolFs.ts';
import { Window } from './window.ts';

export interface RecoverDependencies extends RepairDependencies {
  readonly fs: SpoolFs;
  readonly dir: string;
}

interface Head extends SegmentName {
  readonly path: string;
  readonly size: number;
  /** null: damaged. */
  readonly header: SegmentHeader | null;
}

/** What is known of a segment whose end the next one does not state, from outside of it. */
interface Proof {
  /** So much was on disk at least. */
  readonly endAtLeast: number;
  readonly seqAtLeast: number;
}

interface Recovered {
  readonly head: Head;
  readonly segment: Segment;
  /** null: not looked through. */
  readonly scan: Pick<Scan, 'nextSeq' | 'lastData'> | null;
}

/**
 * Finds all that is valid at the end, cuts what was being written last, keeps a copy of what is
 * damaged. What the next segment states whole is not looked through, or opening would take as long
 * as the spool is large: who reads it finds its damage. Throws only where the disk fails: no content
 * makes it.
 * @param cursor how far the log was loaded: proof that it reached so far
 */
export async function recoverLog(
  deps: RecoverDependencies,
  firstSeqAtLeast: number,
  cursor: SpoolPosition | null,
): Promise<Log> {
  const found = await readHeads(deps);
  const ends = new Map(found.flatMap(({ header }) => (header === null ? [] : [statedEnd(header)])));
  const loadedOf = ({ number }: Head) => (cursor?.segment === number ? cursor.offset : 0);
  const unused = found.filter((h) => neverUsed(h) && !ends.has(h.number) && loadedOf(h) === 0);
  for (const { path } of unused) await quietly(deps.fs.remove(path));
  const heads = found.filter((h) => !unused.includes(h));
  tellMissing(deps.alarms, heads, cursor);
  const all: Recovered[] = [];
  let nextSeq = 0;
  // A row takes a byte at least: what may be read again one day has its numbers to itself.
  let rowsLostMax = 0;
  for (const head of heads) {
    nextSeq = Math.max(nextSeq, head.header?.nextSeq ?? 0);
    const statedEnd = ends.get(head.number);
    if (statedEnd === undefined) {
      const wholly = head === heads.at(-1) ? 0 : head.size;
      const endAtLeast = Math.max(loadedOf(head), wholly);
      const recovered = await recoverSegment(deps, head, { endAtLeast, seqAtLeast: nextSeq });
      nextSeq = recovered.scan.nextSeq;
      rowsLostMax += recovered.rowsLostMax;
      all.push({ head, segment: recovered.segment, scan: recovered.scan });
    } else {
      const end = Math.max(statedEnd, loadedOf(head));
      const isLoaded = head.number < (cursor?.segment ?? 0);
      all.push({ head, segment: await takeStated(deps, head, end, isLoaded), scan: null });
    }
  }
  await deps.fs.syncDir(deps.dir);
  return {
    segments: all.map(({ segment }) => segment),
    nextSeq: Math.max(nextSeq + rowsLostMax, firstSeqAtLeast),
    recoveredNextSeq: nextSeq,
    nextNumber: 1 + Math.max(0, cursor?.segment ?? 0, ...found.map((h) => h.number)),
    leftovers: [],
    recoveredLast: await lastDataOf(deps.fs, all),
  };
}

/** From the end on: segments without any record are few and small, so that few are looked through. */
async function lastDataOf(fs: SpoolFs, all: readonly Recovered[]): Promise<SpoolPosition | null> {
  for (const { head, segment, scan } of all.toReversed()) {
    const { lastData } = scan ?? (await scanStated(fs, head, segment));
    if (lastData !== null) return { segment: segment.number, offset: lastData };
  }
  return null;
}

async function scanStated(fs: SpoolFs, head: Head, { path, end }: Segment): Promise<Scan> {
  const file = await fs.open(path, 'read');
  try {
    const size = await file.size();
    return await scanRecords(new Window(file, size), head, {
      from: SEGMENT_HEADER_BYTES,
      endExclusive: Math.min(size, end),
      seqAtLeast: head.header?.nextSeq ?? 0,
    });
  } finally {
    await file.close();
  }
}

function statedEnd({ previous }: SegmentHeader): [number, number] {
  return [previous.number, previous.end];
}

async function readHeads({ fs, dir, alarms }: RecoverDependencies): Promise<Head[]> {
  const names = (await fs.list(dir)).toSorted();
  const heads: Head[] = [];
  for (const fileName of names) {
    const name = parseSegmentFileName(fileName);
    if (name === null) continue;
    if (heads.at(-1)?.number === name.number) {
      alarms.raise({ kind: 'segment_unknown', segment: name.number });
      continue;
    }
    const path = `${dir}/${fileName}`;
    const file = await fs.open(path, 'read');
    try {
      const bytes = await readAround(file, Buffer.alloc(SEGMENT_HEADER_BYTES), 0);
      heads.push({
        ...name,
        path,
        size: await file.size(),
        header: decodeSegmentHeader(bytes, name),
      });
    } finally {
      await file.close();
    }
  }
  return heads;
}

/** Segments are deleted from the first on, and once loaded: any other absence is a loss. */
function tellMissing(alarms: Alarms, heads: readonly Head[], cursor: SpoolPosition | null): void {
  const numbers = new Set(heads.map((h) => h.number));
  // A file that nothing was written to may outlive those made after it.
  const first = heads.find((h) => h.size > SEGMENT_HEADER_BYTES)?.number ?? Infinity;
  const named = heads.flatMap(({ header }) => (header === null ? [] : [header.previous.number]));
  const unloaded = (number: number) => cursor !== null && number > cursor.segment;
  for (const number of named) {
    if (number === 0 || numbers.has(number)) continue;
    if (number > first || unloaded(number)) {
      alarms.raise({ kind: 'segment_missing', segment: number });
    }
  }
  if (cursor !== null && cursor.segment > (heads.at(-1)?.number ?? 0)) {
    alarms.raise({ kind: 'segment_missing', segment: cursor.segment });
  }
}

/** A segment that the next one states whole: its records are looked at when they are read. */
async function takeStated(
  deps: RecoverDependencies,
  head: Head,
  end: number,
  isLoaded: boolean,
): Promise<Segment> {
  const segment = segmentOf(head, [], end);
  const isTold = segment.gaps.length > 0 && !isLoaded;
  if (!isTold && head.size <= end) return segment;
  const file = await deps.fs.open(head.path, 'update');
  try {
    if (isTold) await keepGaps(deps, file, segment, () => false);
    // What is above the stated end was refused when it was written.
    if (head.size > end) await cut(deps, file, segment, head.size);
  } finally {
    await file.close();
  }
  return segment;
}

async function recoverSegment(
  deps: RecoverDependencies,
  head: Head,
  proof: Proof,
): Promise<{ readonly segment: Segment; readonly scan: Scan; readonly rowsLostMax: number }> {
  const file = await deps.fs.open(head.path, 'update');
  try {
    const window = new Window(file, head.size);
    const scan = await scanRecords(window, head, {
      from: SEGMENT_HEADER_BYTES,
      endExclusive: head.size,
      seqAtLeast: proof.seqAtLeast,
    });
    const provenEnd = Math.max(proof.endAtLeast, scan.proven);
    // A torn end can be read: this one may have been acknowledged.
    const isRefused = window.isUnreadable({ start: scan.end, endExclusive: head.size });
    const end = Math.max(scan.end, provenEnd, isRefused ? head.size : 0);
    const tail = end > scan.end ? [{ start: scan.end, endExclusive: end }] : [];
    const segment = segmentOf(head, [...scan.gaps, ...tail], end);
    const isTorn = (gap: Gap) => gap.start >= provenEnd && !window.isUnreadable(gap);
    await keepGaps(deps, file, segment, isTorn);
    if (head.size > end) await cutTorn(deps, file, segment, head.size);
    await makeDurable(file, provenEnd, segment);
    return { segment, scan, rowsLostMax: isRefused ? end - scan.end : 0 };
  } finally {
    await file.close();
  }
}

/** Power or process went while it was made: records come only after a durable header. */
function neverUsed({ header, size }: Head): boolean {
  return header === null && size <= SEGMENT_HEADER_BYTES;
}

function segmentOf(head: Head, found: readonly Gap[], end: number): Segment {
  const { number, marker, path, header, size } = head;
  const unnamed = header === null ? [{ start: 0, endExclusive: SEGMENT_HEADER_BYTES }] : [];
  const gaps = [...unnamed, ...found];
  return { number, marker, path, end, bytes: Math.min(size, end), gaps, unsaved: [] };
}
