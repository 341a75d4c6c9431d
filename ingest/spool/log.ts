import { LOG_START, type SpoolPosition } from './position.ts';
import { SEGMENT_HEADER_BYTES, type Segment } from './segment.ts';

/** What is known of the log in memory: one object, shared by its writer and its reader. */
export interface Log {
  /** In order; the last is never deleted, it carries the sequence on. */
  readonly segments: Segment[];
  /** Never goes back: numbers given to what was refused are not given again. */
  nextSeq: number;
  nextNumber: number;
  /** Files of segments that could not be made and not be deleted. */
  leftovers: string[];
  /** The number behind all that were there, or had been, when the log was opened. */
  readonly recoveredNextSeq: number;
  /** The last record that was there when the log was opened. */
  readonly recoveredLast: SpoolPosition | null;
}

export function durableEndOf(log: Log): SpoolPosition {
  const last = log.segments.at(-1);
  return last === undefined ? LOG_START : { segment: last.number, offset: last.end };
}

export function firstPositionOf(log: Log): SpoolPosition {
  const first = log.segments[0];
  return first === undefined ? LOG_START : { segment: first.number, offset: SEGMENT_HEADER_BYTES };
}

/** Bytes of disk. */
export function bytesOf(log: Log): number {
  return log.segments.reduce((sum, segment) => sum + segment.bytes, 0);
}
