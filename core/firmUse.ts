import { firstFrom } from './search.ts';

/** The counted use of one firm in one solution, ascending by time: one row an event. */
export interface FirmUse {
  readonly smeId: string;
  readonly atMs: Float64Array;
  readonly receivedAtMs: Float64Array;
  /** Pseudonyms of 64 bits: two numbers a row, the low one first. */
  readonly actors: Uint32Array;
  /** The same; 0 and 0 where none was sent. */
  readonly addresses: Uint32Array;
  /** Places in `names`, from 1 on. */
  readonly actions: Uint32Array;
  readonly names: readonly string[];
}

/** The rows of a span: from the first place on, up to the second. */
function placesBetween(
  { atMs }: FirmUse,
  startMs: number,
  endExclusiveMs: number,
): [number, number] {
  return [firstFrom(atMs, startMs), firstFrom(atMs, endExclusiveMs)];
}

export function rowsBetween(use: FirmUse, startMs: number, endExclusiveMs: number): number {
  const [from, to] = placesBetween(use, startMs, endExclusiveMs);
  return to - from;
}

/** A copy of the use of a span, which keeps no more in memory than it holds, nor names of others. */
export function usesBetween(use: FirmUse, startMs: number, endExclusiveMs: number): FirmUse {
  const [from, to] = placesBetween(use, startMs, endExclusiveMs);
  return {
    smeId: use.smeId,
    atMs: use.atMs.slice(from, to),
    receivedAtMs: use.receivedAtMs.slice(from, to),
    actors: use.actors.slice(2 * from, 2 * to),
    addresses: use.addresses.slice(2 * from, 2 * to),
    ...namesUsed(use.actions.subarray(from, to), use.names),
  };
}

/** Numbered anew, by their first use. */
function namesUsed(actions: Uint32Array, names: readonly string[]) {
  const used: string[] = [];
  const placeOf = new Map<number, number>();
  const numbered = actions.map((action) => {
    const known = placeOf.get(action);
    if (known !== undefined) return known;
    const place = used.push(names[action - 1] ?? '');
    placeOf.set(action, place);
    return place;
  });
  return { actions: numbered, names: used };
}

/** Pseudonyms of one firm as small numbers, by their first use. */
export interface Numbered {
  readonly numbers: Int32Array;
  readonly count: number;
  /** The first row of each. */
  readonly firsts: Int32Array;
}

/** What a firm's months are counted by. */
export interface CountedUse {
  readonly use: FirmUse;
  readonly people: Numbered;
  /** Numbered when they are asked for. */
  readonly addresses: () => Numbered;
}

/** The pseudonym of a row, decimal. */
export function keyText(keys: Uint32Array, row: number): string {
  return ((BigInt(keys[2 * row + 1] ?? 0) << 32n) | BigInt(keys[2 * row] ?? 0)).toString();
}

/**
 * Numbers pseudonyms, firm after firm in the same room: millions of rows have a few people a firm.
 */
export class Numbering {
  /** By place: 1 more than the number that is there, in this round. */
  #places = new Int32Array(1 << 10);
  #low = new Uint32Array(1 << 9);
  #high = new Uint32Array(1 << 9);
  #count = 0;

  /** @param keys two numbers a row */
  of(keys: Uint32Array): Numbered {
    this.#places.fill(0);
    this.#count = 0;
    const numbers = new Int32Array(keys.length / 2);
    const firsts: number[] = [];
    for (let i = 0; i < numbers.length; i += 1) {
      const number = this.add(keys[2 * i] ?? 0, keys[2 * i + 1] ?? 0);
      if (number === firsts.length) firsts.push(i);
      numbers[i] = number;
    }
    return { numbers, count: this.#count, firsts: Int32Array.from(firsts) };
  }

  /** The number of one more, known or new; until the next `of`. */
  add(low: number, high: number): number {
    let place = this.#placeOf(low, high);
    const known = this.#places[place] ?? 0;
    if (known !== 0) return known - 1;
    if (this.#count === this.#low.length) {
      this.#grow();
      place = this.#placeOf(low, high);
    }
    const number = this.#count;
    this.#low[number] = low;
    this.#high[number] = high;
    this.#count += 1;
    this.#places[place] = this.#count;
    return number;
  }

  get count(): number {
    return this.#count;
  }

  /** The pseudonym that has a number, decimal. */
  text(number: number): string {
    return keyText(Uint32Array.of(this.#low[number] ?? 0, this.#high[number] ?? 0), 0);
  }

  /** Where the pseudonym is, or would be. */
  #placeOf(low: number, high: number): number {
    const mask = this.#places.length - 1;
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const known = this.#places[place] ?? 0;
      if (known === 0) return place;
      if (this.#low[known - 1] === low && this.#high[known - 1] === high) return place;
      place = (place + 1) & mask;
    }
  }

  #grow(): void {
    const [low, high] = [this.#low, this.#high];
    this.#places = new Int32Array(2 * this.#places.length);
    this.#low = new Uint32Array(2 * low.length);
    this.#high = new Uint32Array(2 * high.length);
    this.#low.set(low);
    this.#high.set(high);
    for (let n = 0; n < this.#count; n += 1) {
      this.#places[this.#placeOf(low[n] ?? 0, high[n] ?? 0)] = n + 1;
    }
  }
}
