import { SPOOL_WINDOW_BYTES } from '../../core/limits.ts';
import type { Alarms } from './alarm.ts';
import type { Quarantine } from './quarantine.ts';
import { encodeVoid } from './record.ts';
import type { Gap, Segment } from './segment.ts';
import { readFully, type SpoolFile, writeFully } from './spoolFs.ts';

/** What opening does to a file: what is set aside, made void, cut off and made durable. */
export interface RepairDependencies {
  readonly alarms: Alarms;
  readonly quarantine: Quarantine;
}

/** A range above what is proved durable, with valid records behind it, is a group half written. */
export async function keepGaps(
  { alarms, quarantine }: RepairDependencies,
  file: SpoolFile,
  segment: Segment,
  isTorn: (gap: Gap) => boolean,
): Promise<void> {
  for (const gap of segment.gaps) {
    const outcome = await quarantine.keep(file, segment, gap);
    if (outcome === 'failed') segment.unsaved.push(gap);
    const torn = gap.start > 0 && isTorn(gap);
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

/** What was being written when the process or the power went. */
export async function cutTorn(
  deps: RepairDependencies,
  file: SpoolFile,
  segment: Segment,
  size: number,
): Promise<void> {
  const tail = { start: segment.end, endExclusive: size };
  const outcome = await deps.quarantine.keep(file, segment, tail);
  deps.alarms.raise({ kind: 'torn', segment: segment.number, ...tail, quarantine: outcome });
  await cut(deps, file, segment, size);
}

export async function cut(
  { alarms }: RepairDependencies,
  file: SpoolFile,
  segment: Segment,
  size: number,
): Promise<void> {
  try {
    await file.truncate(segment.end);
  } catch (cause) {
    segment.bytes = size;
    alarms.raise({ kind: 'cut_failed', segment: segment.number, cause });
  }
}

/**
 * What a killed process left in memory only must be on disk before the next segment says so. It is
 * written again, a group at most: after a sync that failed, another would leave it out.
 */
export async function makeDurable(
  file: SpoolFile,
  from: number,
  { gaps, bytes }: Segment,
): Promise<void> {
  let at = from;
  for (const gap of [...gaps, { start: bytes, endExclusive: bytes }]) {
    for (; at < gap.start; at += SPOOL_WINDOW_BYTES) {
      const length = Math.min(SPOOL_WINDOW_BYTES, gap.start - at);
      await writeFully(file, await readFully(file, Buffer.alloc(length), at), at);
    }
    at = Math.max(gap.endExclusive, from);
  }
  await file.sync();
}
