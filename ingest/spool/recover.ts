import { SPOOL_WINDOW_BYTES } from '../../core/limits.ts';
import type { Alarms } from './alarm.ts';
import type { Log } from './log.ts';
import type { SpoolPosition } from './position.ts';
import type { Quarantine } from './quarantine.ts';
import { encodeVoid } from './record.ts';
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
import { quietly, readFully, type SpoolFile, type SpoolFs, writeFully } from './spoolFs.ts';
import { Window } from './window.ts';

export interface RecoverDependencies {
  readonly fs: SpoolFs;
  readonly dir: string;
  readonly alarms: Alarms;
  readonly quarantine: Quarantine;
}

interface Head extends SegmentName {
  readonly path: string;
  readonly size: number;
  /** null: damaged. */
  readonly header: SegmentHeader | null;
}

/** What is known of a segment from outside of it. */
interface Proof {
  /** Its durable length as the next segment states it; null where none does. */
  readonly exactEnd: number | null;
  /** So much was on disk at least. */
  readonly endAtLeast: number;
  readonly seqAtLeast: number;
}

/**
 * Finds all that is valid, cuts what was being written last, keeps a copy of what is damaged. Throws
 * only where the disk fails: no content makes it.
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
  const segments: Segment[] = [];
  let nextSeq = 0;
  let recoveredLast: SpoolPosition | null = null;
  for (const head of heads) {
    const exactEnd = ends.get(head.number) ?? null;
    const wholly = exactEnd === null && head !== heads.at(-1) ? head.size : 0;
    const recovered = await recoverSegment(deps, head, {
      exactEnd,
      endAtLeast: Math.max(exactEnd ?? 0, loadedOf(head), wholly),
      seqAtLeast: Math.max(nextSeq, head.header?.nextSeq ?? 0),
    });
    segments.push(recovered.segment);
    nextSeq = recovered.nextSeq;
    const { lastData } = recovered;
    if (lastData !== null) recoveredLast = { segment: head.number, offset: lastData };
  }
  await deps.fs.syncDir(deps.dir);
  return {
    segments,
    nextSeq: Math.max(nextSeq, firstSeqAtLeast),
    nextNumber: 1 + Math.max(0, cursor?.segment ?? 0, ...found.map((h) => h.number)),
    leftovers: [],
    recoveredLast,
  };
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
      const bytes = await readFully(file, Buffer.alloc(SEGMENT_HEADER_BYTES), 0);
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

async function recoverSegment(
  deps: RecoverDependencies,
  head: Head,
  proof: Proof,
): Promise<Pick<Scan, 'nextSeq' | 'lastData'> & { readonly segment: Segment }> {
  const file = await deps.fs.open(head.path, 'update');
  try {
    const scan = await scanRecords(new Window(file, head.size), head, {
      from: SEGMENT_HEADER_BYTES,
      endExclusive: Math.min(head.size, proof.exactEnd ?? head.size),
      seqAtLeast: proof.seqAtLeast,
    });
    const segment = segmentOf(head, scan, proof);
    const provenEnd = Math.max(proof.endAtLeast, scan.proven);
    await keepGaps(deps, file, segment, provenEnd);
    await cutTail(deps, file, segment, head.size, proof);
    if (proof.exactEnd === null) await makeDurable(file, provenEnd, segment.bytes);
    return { segment, nextSeq: scan.nextSeq, lastData: scan.lastData };
  } finally {
    await file.close();
  }
}

/** Power or process went while it was made: records come only after a durable header. */
function neverUsed({ header, size }: Head): boolean {
  return header === null && size <= SEGMENT_HEADER_BYTES;
}

function segmentOf(head: Head, scan: Scan, proof: Proof): Segment {
  const end = Math.max(scan.end, scan.proven, proof.endAtLeast);
  const gaps: Gap[] = [
    ...(head.header === null ? [{ start: 0, endExclusive: SEGMENT_HEADER_BYTES }] : []),
    ...scan.gaps,
    ...(end > scan.end ? [{ start: scan.end, endExclusive: end }] : []),
  ];
  const { number, marker, path } = head;
  return { number, marker, path, end, bytes: Math.min(head.size, end), gaps, unsaved: [] };
}

/** A range above what is proved durable, with valid records behind it, is a group half written. */
async function keepGaps(
  { alarms, quarantine }: RecoverDependencies,
  file: SpoolFile,
  segment: Segment,
  provenEnd: number,
): Promise<void> {
  for (const gap of segment.gaps) {
    const outcome = await quarantine.keep(file, segment.number, gap);
    if (outcome === 'failed') segment.unsaved.push(gap);
    const torn = gap.start >= provenEnd && gap.start > 0;
    if (torn) await voidRange(file, segment, gap);
    const kind = torn ? 'torn' : 'damaged';
    alarms.raise({ kind, segment: segment.number, ...gap, quarantine: outcome });
  }
}

/** The next segment will state this one whole: what was never acknowledged is no damage then. */
async function voidRange(file: SpoolFile, segment: Segment, gap: Gap): Promise<void> {
  const { marker, number } = segment;
  const place = { marker, segment: number, offset: gap.start };
  await writeFully(file, encodeVoid(place, gap.endExclusive - gap.start), gap.start);
}

async function cutTail(
  { alarms, quarantine }: RecoverDependencies,
  file: SpoolFile,
  segment: Segment,
  size: number,
  proof: Proof,
): Promise<void> {
  const stated = proof.exactEnd !== null;
  if (size > segment.end) {
    const tail = { start: segment.end, endExclusive: size };
    // Where the next segment states the end, what is above it was refused when it was written.
    if (!stated) {
      const outcome = await quarantine.keep(file, segment.number, tail);
      alarms.raise({ kind: 'torn', segment: segment.number, ...tail, quarantine: outcome });
    }
    try {
      await file.truncate(segment.end);
    } catch (cause) {
      segment.bytes = size;
      alarms.raise({ kind: 'cut_failed', segment: segment.number, cause });
    }
  }
}

/**
 * What a killed process left in memory only must be on disk before the next segment says so. It is
 * written again, a group at most: after a sync that failed, another would leave it out.
 */
async function makeDurable(file: SpoolFile, from: number, endExclusive: number): Promise<void> {
  for (let at = from; at < endExclusive; at += SPOOL_WINDOW_BYTES) {
    const length = Math.min(SPOOL_WINDOW_BYTES, endExclusive - at);
    await writeFully(file, await readFully(file, Buffer.alloc(length), at), at);
  }
  await file.sync();
}
