/**
 * Pairs of acts by how far they lie apart, whatever lies between them: says for most periods, at
 * little cost, that no chain of them is there. Lengths that differ by less than half a percent lie
 * together.
 */
export class Pairs {
  /** By length: the pairs of all shorter ones. */
  readonly #starts: Int32Array;
  /** In the order of their lengths: the earlier act of each pair, and the later one. */
  readonly #earlier: Int32Array;
  readonly #later: Int32Array;
  /** By act: how many links of a chain were seen from it on. */
  readonly #links: Uint8Array;

  /**
   * @param seconds of acts, ascending, each once
   * @param apartMaxS pairs farther apart are not asked for; at most six hours and four minutes
   */
  constructor(seconds: Int32Array, apartMaxS: number) {
    const starts = new Int32Array(LENGTHS + 1);
    eachPair(seconds, apartMaxS, (length) => {
      starts[length + 1] = (starts[length + 1] ?? 0) + 1;
    });
    for (let length = 0; length < LENGTHS; length += 1) {
      starts[length + 1] = (starts[length + 1] ?? 0) + (starts[length] ?? 0);
    }
    const count = starts[LENGTHS] ?? 0;
    const kept = count <= PAIRS_KEPT_MAX ? count : 0;
    const [earlier, later] = [new Int32Array(kept), new Int32Array(kept)];
    const next = kept === 0 ? starts : starts.slice();
    if (kept > 0) {
      eachPair(seconds, apartMaxS, (length, i, j) => {
        const place = next[length] ?? 0;
        next[length] = place + 1;
        earlier[place] = i;
        later[place] = j;
      });
    }
    this.#starts = starts;
    this.#earlier = earlier;
    this.#later = later;
    this.#links = new Uint8Array(seconds.length);
  }

  /** At most so many pairs are from `leastS` to `mostS` seconds apart, both inclusive. */
  between(leastS: number, mostS: number): number {
    const [from, to] = placesOf(this.#starts, leastS, mostS);
    return to - from;
  }

  /**
   * Whether so many pairs of such a distance may follow on each other, each from where the one
   * before it ends: false only where they do not.
   */
  mayChain(leastS: number, mostS: number, links: number): boolean {
    const [from, to] = placesOf(this.#starts, leastS, mostS);
    if (to > this.#earlier.length) return true;
    let isOne = true;
    for (let length = 1; isOne && length <= links; length += 1) {
      isOne = this.#linkOnce(from, to, length);
    }
    for (let p = from; p < to; p += 1) this.#links[this.#earlier[p] ?? 0] = 0;
    return isOne;
  }

  /** Of each pair whose later act begins one link less; whether there is any. */
  #linkOnce(from: number, to: number, length: number): boolean {
    let isOne = false;
    for (let p = from; p < to; p += 1) {
      const [i, j] = [this.#earlier[p] ?? 0, this.#later[p] ?? 0];
      if ((this.#links[j] ?? 0) < length - 1) continue;
      this.#links[i] = length;
      isOne = true;
    }
    return isOne;
  }
}

function placesOf(starts: Int32Array, leastS: number, mostS: number): [number, number] {
  const [first, last] = [LENGTH[leastS] ?? 0, LENGTH[mostS] ?? 0];
  return [starts[first] ?? 0, starts[last + 1] ?? 0];
}

function eachPair(
  seconds: Int32Array,
  apartMaxS: number,
  say: (length: number, i: number, j: number) => void,
): void {
  for (let i = 0; i < seconds.length; i += 1) {
    const second = seconds[i] ?? 0;
    for (let j = i + 1; j < seconds.length; j += 1) {
      const apart = (seconds[j] ?? 0) - second;
      if (apart > apartMaxS) break;
      say(LENGTH[apart] ?? 0, i, j);
    }
  }
}

/** Of denser use the pairs are only counted. */
const PAIRS_KEPT_MAX = 200_000;
/** Six hours, and as much as a beat of six hours may be off. */
const APART_MAX_S = 6 * 3_600 + 240;
const STEP = 0.004;
const LENGTH = Uint16Array.from({ length: APART_MAX_S + 1 }, (_, apart) =>
  Math.floor(Math.log(Math.max(1, apart)) / STEP),
);
const LENGTHS = (LENGTH[APART_MAX_S] ?? 0) + 1;
