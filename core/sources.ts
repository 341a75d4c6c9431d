/**
 * The sequence numbers of a source: what is missing, sent twice or begun anew, so that a record
 * that was taken out of the log shows. A source is the vendor's own name for what sends, such as one
 * till; it counts its events by `seq`.
 *
 * Events are looked at in the order of receipt. A stretch, numbers that each are one more than the
 * last, is judged by its first event:
 * - above the run's highest number it goes on with the run, and what lies between may be missing;
 * - below it, it came late where its number is not in the run yet and not below the run's lowest;
 * - else it happened long after the run's highest number, and the sender began anew: a reset, and a
 *   new run; or it did not, and came late (below the lowest) or is a duplicate (in the run).
 * A number of the run that comes again is a duplicate: another event, for one id is one event.
 */
export interface Stretch {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Of the event with the first and of that with the last number. */
  readonly firstReceivedMs: number;
  readonly lastReceivedMs: number;
  readonly firstOccurredMs: number;
  readonly lastOccurredMs: number;
}

/** Numbers of a run that were never received, with others of the run on both sides. */
export interface SequenceGap {
  /** From 1. */
  readonly run: number;
  readonly fromSeq: number;
  /** Inclusive. */
  readonly toSeq: number;
  /** When the numbers on both sides were received: the one below, the one above. */
  readonly belowReceivedMs: number;
  readonly aboveReceivedMs: number;
}

export interface SequenceReset {
  /** The run that it begins. */
  readonly run: number;
  /** The highest number of the run before, and the first of this one. */
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly receivedAtMs: number;
}

export interface Sequence {
  readonly runs: number;
  /** The lowest number of the first run and the highest of the last. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly duplicates: number;
  /** By run, then by number. */
  readonly gaps: readonly SequenceGap[];
  readonly resets: readonly SequenceReset[];
}

/**
 * Threads of one sender may number and stamp their events in different order, by less than this; and
 * what was restarted takes longer.
 */
export const DISORDER_MS = 1_000;

/** @param stretches of one source in the order of receipt; null where there is none */
export function sequenceOf(stretches: Iterable<Stretch>): Sequence | null {
  const runs: Run[] = [];
  const resets: SequenceReset[] = [];
  let duplicates = 0;
  for (const stretch of stretches) {
    const run = runs.at(-1);
    if (run !== undefined && !run.isBegunAnewBy(stretch)) {
      duplicates += run.add(stretch);
      continue;
    }
    runs.push(new Run(stretch));
    if (run === undefined) continue;
    const { fromSeq: toSeq, firstReceivedMs: receivedAtMs } = stretch;
    resets.push({ run: runs.length, fromSeq: run.highestSeq, toSeq, receivedAtMs });
  }
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return null;
  const gaps = runs.flatMap((run, i) => run.gaps(i + 1));
  const { lowestSeq: firstSeq } = first;
  return { runs: runs.length, firstSeq, lastSeq: last.highestSeq, duplicates, gaps, resets };
}

/** A gap of which some numbers came with refused events: these are not missing. */
export interface JudgedGap extends SequenceGap {
  readonly missing: number;
  readonly refused: number;
}

export interface MissingNumbers {
  readonly missing: number;
  readonly refused: number;
  /** Gaps in which a number is missing. */
  readonly gapsTotal: number;
  /** The largest of them, by run and number. */
  readonly gaps: readonly JudgedGap[];
}

/** @param refused numbers that came with refused events, ascending, each once */
export function missingOf(
  gaps: readonly SequenceGap[],
  refused: readonly number[],
  gapsMax: number,
): MissingNumbers {
  const judged = gaps.map((gap): JudgedGap => {
    const { fromSeq, toSeq } = gap;
    const found = placeOf(refused, (n) => n > toSeq) - placeOf(refused, (n) => n >= fromSeq);
    return { ...gap, missing: toSeq - fromSeq + 1 - found, refused: found };
  });
  const left = judged.filter(({ missing }) => missing > 0);
  const largest = new Set([...left].sort((a, b) => b.missing - a.missing).slice(0, gapsMax));
  return {
    missing: left.reduce((sum, gap) => sum + gap.missing, 0),
    refused: judged.reduce((sum, gap) => sum + gap.refused, 0),
    gapsTotal: left.length,
    gaps: left.filter((gap) => largest.has(gap)),
  };
}

/** Numbers that were all received, with when its two outermost were. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly fromReceivedMs: number;
  readonly toReceivedMs: number;
}

class Run {
  /** Apart from each other by at least one number, ascending; never empty. */
  readonly #spans: Span[];
  #highestOccurredMs: number;

  constructor(stretch: Stretch) {
    this.#spans = [spanOf(stretch)];
    this.#highestOccurredMs = stretch.lastOccurredMs;
  }

  get lowestSeq(): number {
    return this.#spans[0]?.from ?? 0;
  }

  get highestSeq(): number {
    return this.#spans.at(-1)?.to ?? 0;
  }

  isBegunAnewBy({ fromSeq, firstOccurredMs }: Stretch): boolean {
    if (fromSeq > this.highestSeq) return false;
    const isNew = fromSeq > this.lowestSeq && !this.#has(fromSeq);
    return !isNew && firstOccurredMs > this.#highestOccurredMs + DISORDER_MS;
  }

  /** Gives how many of its numbers the run had already. */
  add(stretch: Stretch): number {
    if (stretch.toSeq > this.highestSeq) this.#highestOccurredMs = stretch.lastOccurredMs;
    const start = placeOf(this.#spans, (span) => span.to >= stretch.fromSeq - 1);
    let [end, joined, duplicates] = [start, spanOf(stretch), 0];
    for (; end < this.#spans.length; end += 1) {
      const span = this.#spans[end];
      if (span === undefined || span.from > stretch.toSeq + 1) break;
      const shared = Math.min(span.to, stretch.toSeq) - Math.max(span.from, stretch.fromSeq) + 1;
      duplicates += Math.max(0, shared);
      joined = join(span, joined);
    }
    this.#spans.splice(start, end - start, joined);
    return duplicates;
  }

  gaps(run: number): SequenceGap[] {
    return this.#spans.slice(1).map((above, i) => {
      const below = this.#spans[i] ?? above;
      return {
        run,
        fromSeq: below.to + 1,
        toSeq: above.from - 1,
        belowReceivedMs: below.toReceivedMs,
        aboveReceivedMs: above.fromReceivedMs,
      };
    });
  }

  #has(seq: number): boolean {
    const span = this.#spans[placeOf(this.#spans, ({ to }) => to >= seq)];
    return span !== undefined && span.from <= seq;
  }
}

function spanOf({ fromSeq, toSeq, firstReceivedMs, lastReceivedMs }: Stretch): Span {
  return {
    from: fromSeq,
    to: toSeq,
    fromReceivedMs: firstReceivedMs,
    toReceivedMs: lastReceivedMs,
  };
}

/** Of a number that both have the first to be received stands: that of `old`. */
function join(old: Span, added: Span): Span {
  const [below, above] = [old.from <= added.from ? old : added, old.to >= added.to ? old : added];
  return {
    from: below.from,
    to: above.to,
    fromReceivedMs: below.fromReceivedMs,
    toReceivedMs: above.toReceivedMs,
  };
}

/** The first place at which it holds, in a list where it holds from some place on. */
function placeOf<T>(list: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = list[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
