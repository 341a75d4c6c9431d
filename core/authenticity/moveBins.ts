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

/** Moves are looked at in stretches of so many bins, which the nearer memory holds. */
const BINS = 1 << 16;

/**
 * All pairs of acts by their move, in bins of one width: the first bin that weighs most together
 * with the next; null where none weighs so much at least.
 */
export function heaviestBin(streams: MovedStreams, weightMin: number): HeaviestBin | null {
  const { widthS, movedMaxS } = streams;
  const reach = Math.ceil(movedMaxS / widthS);
  const stretch = new Stretch(streams, Math.min(BINS, 2 * reach + 1), Math.ceil(weightMin / 2));
  let heaviest: HeaviestBin | null = null;
  for (let from = -reach; from <= reach; from += stretch.size) {
    stretch.fill(from);
    const found = stretch.heaviest();
    if (found.weight >= weightMin && found.weight > (heaviest?.weight ?? 0)) {
      heaviest = { at: found.at + from, weight: found.weight };
    }
  }
  return heaviest;
}

/**
 * The bins of one stretch of moves, and the one behind it, which the next begins with. Seconds are
 * held as whole widths and a rest, in bits: the difference of two, without its lowest bits, is the
 * bin of their move.
 */
class Stretch {
  readonly size: number;
  readonly #bins: Int32Array;
  /** Where a bin weighs so much at least: of two that weigh enough together, one does. */
  readonly #heavy: number[] = [];
  readonly #heavyMin: number;
  readonly #weightOf: MovedStreams['weightOf'];
  readonly #restBits: number;
  readonly #seconds: Int32Array;
  readonly #others: Int32Array;
  /** By other: how far an act may be moved from it. */
  readonly #lasts: Int32Array;
  /** By other: the first act of the stretch. */
  readonly #cursors: Int32Array;

  constructor(streams: MovedStreams, size: number, heavyMin: number) {
    const { seconds, others, widthS, movedMaxS } = streams;
    const first = Math.min(seconds[0] ?? 0, others[0] ?? 0);
    const restBits = 32 - Math.clz32(widthS - 1);
    const inBits = (second: number) => {
      const whole = Math.floor((second - first) / widthS);
      return (whole << restBits) + (second - first - whole * widthS);
    };
    this.size = size;
    this.#bins = new Int32Array(size + 1);
    this.#heavyMin = heavyMin;
    this.#weightOf = streams.weightOf;
    this.#restBits = restBits;
    this.#seconds = seconds.map(inBits);
    this.#others = others.map(inBits);
    this.#lasts = others.map((other) => inBits(other + movedMaxS));
    this.#cursors = others.map((other) => firstFrom(seconds, other - movedMaxS));
  }

  /** Stretches are asked for one after the other, ascending. */
  fill(from: number): void {
    const [seconds, others] = [this.#seconds, this.#others];
    const fromBits = from << this.#restBits;
    const [size, withBehind] = [this.size << this.#restBits, (this.size + 1) << this.#restBits];
    this.#heavy.length = 0;
    this.#bins.fill(0);
    for (let j = 0; j < others.length; j += 1) {
      const start = (others[j] ?? 0) + fromBits;
      const last = Math.min(start + withBehind - 1, this.#lasts[j] ?? 0);
      const first = this.#cursors[j] ?? 0;
      let end =
        this.#weightOf === null
          ? this.#countEach(first, start, last)
          : this.#weigh(first, start, last, j, this.#weightOf);
      // What is in the bin behind is looked at again.
      while (end > 0 && (seconds[end - 1] ?? 0) >= start + size) end -= 1;
      this.#cursors[j] = end;
    }
  }

  /** The acts from the first on, up to the last bits, where each weighs 1. */
  #countEach(first: number, start: number, last: number): number {
    const [seconds, bins, heavyMin, bits] = [
      this.#seconds,
      this.#bins,
      this.#heavyMin,
      this.#restBits,
    ];
    let i = first;
    for (; i < seconds.length; i += 1) {
      const second = seconds[i] ?? 0;
      if (second > last) break;
      const at = (second - start) >> bits;
      const weight = (bins[at] ?? 0) + 1;
      bins[at] = weight;
      if (weight !== heavyMin) continue;
      this.#heavy.push(at);
    }
    return i;
  }

  #weigh(
    first: number,
    start: number,
    last: number,
    j: number,
    weightOf: (act: number, other: number) => number,
  ): number {
    const [seconds, bins, heavyMin] = [this.#seconds, this.#bins, this.#heavyMin];
    let i = first;
    for (; i < seconds.length && (seconds[i] ?? 0) <= last; i += 1) {
      const at = ((seconds[i] ?? 0) - start) >> this.#restBits;
      const before = bins[at] ?? 0;
      const weight = before + weightOf(i, j);
      bins[at] = weight;
      if (weight < heavyMin || before >= heavyMin) continue;
      this.#heavy.push(at);
    }
    return i;
  }

  /** The first bin that weighs most together with the next; `at` counts from the stretch's first. */
  heaviest(): HeaviestBin {
    let [at, most] = [0, 0];
    for (const heavy of this.#heavy) {
      for (let i = Math.max(0, heavy - 1); i <= heavy && i < this.size; i += 1) {
        const weight = this.#bins[i] ?? 0;
        const both = weight === 0 ? 0 : weight + (this.#bins[i + 1] ?? 0);
        if (both > most || (both === most && i < at)) [at, most] = [i, both];
      }
    }
    return { at, weight: most };
  }
}
