/**
 * Which hashes came before, in two bytes each (a Bloom filter in blocks of one cache line): one that
 * did is always known, one that did not is taken for known about once in a thousand. Grows by
 * layers; none is ever forgotten. Pure.
 */
export class IdFilter {
  readonly #full: Layer[] = [];
  #last: Layer;
  #count = 0;

  /** @param expected so many fit into the first layer */
  constructor(expected: number) {
    this.#last = new Layer(Math.max(expected, LAYER_MIN));
  }

  /**
   * From now on it came before.
   * @returns whether it may have come before
   */
  add(low: number, high: number): boolean {
    for (const layer of this.#full) if (layer.has(low, high)) return true;
    if (!this.#last.add(low, high)) return true;
    this.#count += 1;
    if (this.#last.isFull) {
      this.#full.push(this.#last);
      this.#last = new Layer(Math.max(Math.ceil(this.#count / 2), LAYER_MIN));
    }
    return false;
  }

  get bytes(): number {
    return [...this.#full, this.#last].reduce((sum, layer) => sum + layer.bytes, 0);
  }
}

/** Hashes of the smallest layer: 8 MiB. */
const LAYER_MIN = 4 * 1024 * 1024;
const BITS_PER_HASH = 16;
const BLOCK_BITS = 512;
const BIT_MASK = BLOCK_BITS - 1;
const BLOCK_WORDS = BLOCK_BITS / 32;
const PROBES = 8;

class Layer {
  readonly #words: Int32Array;
  readonly #blocks: number;
  #left: number;

  constructor(capacity: number) {
    this.#blocks = Math.ceil((capacity * BITS_PER_HASH) / BLOCK_BITS);
    this.#words = new Int32Array(this.#blocks * BLOCK_WORDS);
    this.#left = capacity;
  }

  has(low: number, high: number): boolean {
    const words = this.#words;
    const start = this.#startOf(low);
    let bit = high & BIT_MASK;
    let step = stepOf(high);
    for (let probe = 0; probe < PROBES; probe += 1) {
      if (((words[start + (bit >> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
      bit = (bit + step) & BIT_MASK;
      step += probe;
    }
    return true;
  }

  /** @returns whether it was not there */
  add(low: number, high: number): boolean {
    if (this.has(low, high)) return false;
    const words = this.#words;
    const start = this.#startOf(low);
    let bit = high & BIT_MASK;
    let step = stepOf(high);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = start + (bit >> 5);
      words[at] = (words[at] ?? 0) | (1 << (bit & 31));
      bit = (bit + step) & BIT_MASK;
      step += probe;
    }
    this.#left -= 1;
    return true;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** The first word of the block: half of the hash chooses it, the other half the bits. */
  #startOf(low: number): number {
    return Math.floor((low * this.#blocks) / 2 ** 32) * BLOCK_WORDS;
  }
}

function stepOf(high: number): number {
  return (high >>> 9) | 1;
}
