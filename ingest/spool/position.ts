/** A place in the log: ordered by segment, then by offset in bytes. */
export interface SpoolPosition {
  readonly segment: number;
  readonly offset: number;
}

/** Before every record of every log. */
export const LOG_START: SpoolPosition = { segment: 0, offset: 0 };

/** Negative where `a` comes first, 0 where they are the same place. */
export function comparePositions(a: SpoolPosition, b: SpoolPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}

/** What an acknowledged append got: its place and its numbers, `firstSeq` to `firstSeq + rows − 1`. */
export interface SpoolReceipt {
  readonly firstSeq: number;
  readonly rows: number;
  readonly start: SpoolPosition;
  /** The place after it. */
  readonly end: SpoolPosition;
}

export interface SpoolRecord extends SpoolReceipt {
  readonly payload: Buffer;
}
