/** Pairs of acts by how far one is moved from the other, in bins of one width. */
export interface Bin {
  readonly weight: number;
  /** Sum of the squares of the single weights. */
  readonly squares: number;
}

const NOTHING: Bin = { weight: 0, squares: 0 };

/** Filled, then read. Sorting millions of small numbers is many times faster than a map of them. */
export class MoveBins {
  readonly #pairs: Int32Array;
  #count = 0;
  /** Ascending. */
  readonly #ats: number[] = [];
  readonly #bins: Bin[] = [];

  /** @param pairsMax so many may be added */
  constructor(pairsMax: number) {
    this.#pairs = new Int32Array(pairsMax);
  }

  /** @param at number of the bin, below 2^28 either way; @param weight 1 to 7 */
  add(at: number, weight: number): void {
    this.#pairs[this.#count] = at * 8 + weight;
    this.#count += 1;
  }

  /** After the last pair. */
  end(): void {
    const pairs = this.#pairs.subarray(0, this.#count).sort();
    let [last, weight, squares] = [Number.NaN, 0, 0];
    const close = () => {
      if (weight === 0) return;
      this.#ats.push(last);
      this.#bins.push({ weight, squares });
    };
    for (const pair of pairs) {
      const [at, one] = [pair >> 3, pair & 7];
      if (at !== last) {
        close();
        [last, weight, squares] = [at, 0, 0];
      }
      weight += one;
      squares += one * one;
    }
    close();
  }

  of(at: number): Bin {
    let [low, high] = [0, this.#ats.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ats[middle] ?? at) < at) low = middle + 1;
      else high = middle;
    }
    return this.#ats[low] === at ? (this.#bins[low] ?? NOTHING) : NOTHING;
  }

  /** The first bin that weighs most together with the next. */
  heaviest(): { readonly at: number; readonly weight: number } {
    let top = { at: 0, weight: 0 };
    for (const [i, at] of this.#ats.entries()) {
      const next = this.#ats[i + 1] === at + 1 ? (this.#bins[i + 1] ?? NOTHING) : NOTHING;
      const weight = (this.#bins[i] ?? NOTHING).weight + next.weight;
      if (weight > top.weight) top = { at, weight };
    }
    return top;
  }
}
