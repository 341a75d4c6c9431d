import { firstFrom } from '../search.ts';

/** Two streams of acts, each ascending, and by how far one may be moved to fall on the other. */
export interface MovedStreams {
  /** Whole seconds. */
  readonly seconds: Int32Array;
  readonly others: Int32Array;
  readonly widthS: number;
  readonly movedMaxS: number;
  /** What a pair weighs, by their places; null where each weighs 1. */
  readonly weightOf: ((act: number, other: number) => number) | null;
}

export interface HeaviestBin {
  /** The moves from `at` times the width on, for two widths. */
  readonly at: number;
  readonly weight: number;
}

/** Moves are looked at in stretches of so many bins, which the nearest memory holds. */
const BINS = 1 << 15;

/**
 * All pairs of acts by their move, in bins of one width: the first bin that weighs most together
 * with the next; null where none weighs so much at least.
 */
export function heaviestBin(streams: MovedStreams, weightMin: number): HeaviestBin | null {
  const { seconds, others, widthS, movedMaxS } = streams;
  const cursors = others.map((other) => firstFrom(seconds, other - movedMaxS));
  const reach = Math.ceil(movedMaxS / widthS);
  const stretch = new Stretch(Math.min(BINS, 2 * reach + 1), Math.ceil(weightMin / 2));
  let heaviest: HeaviestBin | null = null;
  for (let from = -reach; from <= reach; from += stretch.size) {
    stretch.fill(from, streams, cursors);
    const found = stretch.heaviest();
    if (found.weight >= weightMin && found.weight > (heaviest?.weight ?? 0)) {
      heaviest = { at: found.at + from, weight: found.weight };
    }
  }
  return heaviest;
}

/** The bins of one stretch of moves, and the one behind it, which the next begins with. */
class Stretch {
  readonly size: number;
  readonly #bins: Int32Array;
  /** Where a bin weighs so much at least: of two that weigh enough together, one does. */
  readonly #heavy: Int32Array;
  readonly #heavyMin: number;
  #count = 0;

  constructor(size: number, heavyMin: number) {
    this.size = size;
    this.#bins = new Int32Array(size + 1);
    this.#heavy = new Int32Array(size + 1);
    this.#heavyMin = heavyMin;
  }

  /** @param cursors by other: the first act of the stretch; moved to that of the next */
  fill(from: number, streams: MovedStreams, cursors: Int32Array): void {
    const { seconds, others, widthS, movedMaxS, weightOf } = streams;
    const [bins, heavy, heavyMin] = [this.#bins, this.#heavy, this.#heavyMin];
    const share = 1 / widthS;
    const lastMoveS = Math.min((from + bins.length) * widthS - 1, movedMaxS);
    let count = 0;
    bins.fill(0);
    for (let j = 0; j < others.length; j += 1) {
      const other = others[j] ?? 0;
      const startS = other + from * widthS;
      const lastS = other + lastMoveS;
      let i = cursors[j] ?? 0;
      for (; i < seconds.length; i += 1) {
        const second = seconds[i] ?? 0;
        if (second > lastS) break;
        // Half a second more: rounding never reaches the bin before.
        const at = ((second - startS + 0.5) * share) | 0;
        const before = bins[at] ?? 0;
        const weight = before + (weightOf === null ? 1 : weightOf(i, j));
        bins[at] = weight;
        if (weight < heavyMin || before >= heavyMin) continue;
        heavy[count] = at;
        count += 1;
      }
      // What is in the bin behind is looked at again.
      const behindS = startS + this.size * widthS;
      while (i > 0 && (seconds[i - 1] ?? 0) >= behindS) i -= 1;
      cursors[j] = i;
    }
    this.#count = count;
  }

  /** The first bin that weighs most together with the next; `at` counts from the stretch's first. */
  heaviest(): HeaviestBin {
    let [at, most] = [0, 0];
    for (let h = 0; h < this.#count; h += 1) {
      const heavy = this.#heavy[h] ?? 0;
      for (let i = Math.max(0, heavy - 1); i <= heavy && i < this.size; i += 1) {
        const weight = this.#bins[i] ?? 0;
        const both = weight === 0 ? 0 : weight + (this.#bins[i + 1] ?? 0);
        if (both > most || (both === most && i < at)) [at, most] = [i, both];
      }
    }
    return { at, weight: most };
  }
}
