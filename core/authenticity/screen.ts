/**
 * Which months are read event by event. A month near its threshold always is: there, few events
 * decide, and few are read. A month that meets its rule many times over depends on events in doubt
 * only where they are most of it, and that shows in the shape of its use as a whole.
 */
export const MARGIN_NEAR = 3;

/** How the use of a month is spread, over the acts of whole seconds. */
export interface UseShape {
  readonly events: number;
  readonly acts: number;
  /** Received more than three days after it happened. */
  readonly lateEvents: number;
  /** Acts that begin an hour as full as a burst. */
  readonly burstStarts: number;
  /** Deviation over mean of the intervals of a working session; 0 where there is none. */
  readonly variation: number;
  /** The share of the most frequent length among those intervals. */
  readonly modeShare: number;
  /** Events by an actor or from an address that several firms have. */
  readonly markedEvents: number;
}

/** At a margin above 3 the events in doubt must be two thirds; half leaves room. */
const SHARE_MIN = 0.5;
/** The steadiest month of the real logs has 0.65. */
const VARIATION_MAX = 0.5;
/** The most even one has 0.17; a timer among as much other use has more. */
const MODE_SHARE_MIN = 0.25;

export function isWorthALook(shape: UseShape): boolean {
  const { events, acts } = shape;
  return (
    shape.lateEvents >= events * SHARE_MIN ||
    shape.markedEvents >= events * SHARE_MIN ||
    (shape.burstStarts > 0 && (shape.burstStarts + 11) * 2 >= acts) ||
    (shape.variation > 0 && shape.variation < VARIATION_MAX) ||
    shape.modeShare >= MODE_SHARE_MIN
  );
}
