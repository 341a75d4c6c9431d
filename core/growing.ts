/** Whole numbers, added one after the other. */
export class GrowingInts {
  #values = new Int32Array(1 << 12);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(value: number): void {
    if (this.#size === this.#values.length) {
      const more = new Int32Array(2 * this.#size);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.#size] = value;
    this.#size += 1;
  }

  /** What was added until now; what is added later may be elsewhere. */
  values(): Int32Array {
    return this.#values.subarray(0, this.#size);
  }
}

/** Places put in order of their keys: those of key k are from `starts[k]` to `starts[k + 1]`. */
export interface Sorted {
  readonly starts: Int32Array;
  readonly places: Int32Array;
}

/** @param keys each from 0 to below `count`; equal ones keep their order */
export function sortedByKey(keys: Int32Array, count: number): Sorted {
  const starts = new Int32Array(count + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] ?? 0) + 1;
  for (let k = 0; k < count; k += 1) starts[k + 1] = (starts[k + 1] ?? 0) + (starts[k] ?? 0);
  const next = starts.slice();
  const places = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? 0;
    const at = next[key] ?? 0;
    places[at] = i;
    next[key] = at + 1;
  }
  return { starts, places };
}

/** Each number once, in room of its own. */
export function distinct(ascending: Int32Array): Int32Array {
  const once = new Int32Array(ascending.length);
  let size = 0;
  for (let i = 0; i < ascending.length; i += 1) {
    const value = ascending[i] ?? 0;
    if (i > 0 && value === ascending[i - 1]) continue;
    once[size] = value;
    size += 1;
  }
  return once.slice(0, size);
}
