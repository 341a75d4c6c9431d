/**
 * How many pairs of acts lie so far apart, whatever lies between them. Counted by lengths that differ
 * by less than half a percent: a question is answered with a little more, never with less.
 */
export class PairCounts {
  /** By length: the pairs of all shorter ones. */
  readonly #shorter: Int32Array;

  /**
   * @param seconds of acts, ascending, each once
   * @param apartMaxS pairs farther apart are not asked for; at most `APART_MAX_S`
   */
  constructor(seconds: Int32Array, apartMaxS: number) {
    const shorter = new Int32Array(LENGTHS + 1);
    for (let i = 0; i < seconds.length; i += 1) {
      const second = seconds[i] ?? 0;
      for (let j = i + 1; j < seconds.length; j += 1) {
        const apart = (seconds[j] ?? 0) - second;
        if (apart > apartMaxS) break;
        const after = (LENGTH[apart] ?? 0) + 1;
        shorter[after] = (shorter[after] ?? 0) + 1;
      }
    }
    for (let length = 0; length < LENGTHS; length += 1) {
      shorter[length + 1] = (shorter[length + 1] ?? 0) + (shorter[length] ?? 0);
    }
    this.#shorter = shorter;
  }

  /** At most so many pairs are from `leastS` to `mostS` seconds apart, both inclusive. */
  between(leastS: number, mostS: number): number {
    const [from, to] = [LENGTH[leastS] ?? 0, LENGTH[mostS] ?? 0];
    return (this.#shorter[to + 1] ?? 0) - (this.#shorter[from] ?? 0);
  }
}

/** Six hours, and as much as a beat of six hours may be off. */
const APART_MAX_S = 6 * 3_600 + 240;
const STEP = 0.004;
const LENGTH = Uint16Array.from({ length: APART_MAX_S + 1 }, (_, apart) =>
  apart === 0 ? 0 : Math.floor(Math.log(apart) / STEP),
);
const LENGTHS = (LENGTH[APART_MAX_S] ?? 0) + 1;
