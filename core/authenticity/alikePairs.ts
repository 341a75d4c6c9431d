import type { AlikeSize, Holders } from './rhythmHolders.ts';
import { RHYTHMS_MIN, type Rhythms, type Steps, WEEK_CELLS } from './rhythms.ts';

/** Firms by their places. */
interface Pair {
  readonly firm: number;
  readonly week: number;
  readonly other: number;
}

/** The firms most alike in a week; each is compared act by act. */
const FIRMS_ALIKE_MAX = 3;
/** Rhythms. */
const PLACES_A_STEP = 20_000;

/**
 * Of each firm and week, the firms that have most of its rhythms in it or in the weeks before. Those
 * that many have are often had by chance: they count where the other firm has them moved by one span.
 */
export function* pairsOf(all: Rhythms, holders: Holders, of: AlikeSize): Steps<Pair[]> {
  const { owners, needed } = all;
  const counting = new Counting(all, holders, of);
  const pairs: Pair[] = [];
  let [until, step] = [0, 0];
  for (let from = 0; from < owners.length; from = until) {
    if (from >= step) {
      yield;
      step += PLACES_A_STEP;
    }
    const owner = owners[from] ?? 0;
    while (until < owners.length && owners[until] === owner) until += 1;
    const least = needed[owner] ?? RHYTHMS_MIN;
    // Each rhythm is alike once: with fewer of them there are never enough.
    if (until - from < least) continue;
    const week = Math.floor(owner / of.firms);
    const firm = owner - week * of.firms;
    for (const other of counting.mostAlike(firm, from, until, least))
      pairs.push({ firm, week, other });
  }
  return pairs;
}

class Counting {
  readonly #all: Rhythms;
  readonly #holders: Holders;
  /** By firm: rhythms alike of those that few have, and at one move of those that many have. */
  readonly #alike: Int32Array;
  readonly #atOneMove: Int32Array;
  readonly #seen: Int32Array;
  readonly #touched: number[] = [];
  readonly #moves: Moves;

  constructor(all: Rhythms, holders: Holders, { firms, weeksBack }: AlikeSize) {
    this.#all = all;
    this.#holders = holders;
    this.#alike = new Int32Array(firms);
    this.#atOneMove = new Int32Array(firms);
    this.#seen = new Int32Array(firms).fill(-1);
    this.#moves = new Moves(firms, weeksBack);
  }

  /** The firms most alike to the one whose rhythms lie from one place to another. */
  mostAlike(firm: number, from: number, until: number, least: number): number[] {
    for (let place = from; place < until; place += 1) this.#count(firm, place);
    this.#moves.takeEach((other, count) => {
      if (count > (this.#atOneMove[other] ?? 0)) this.#atOneMove[other] = count;
      this.#touched.push(other);
    });
    const sumOf = (other: number) => (this.#alike[other] ?? 0) + (this.#atOneMove[other] ?? 0);
    const enough = new Set<number>();
    for (const other of this.#touched) if (sumOf(other) >= least) enough.add(other);
    const most = [...enough].sort((a, b) => sumOf(b) - sumOf(a) || a - b);
    for (const other of this.#touched) {
      this.#alike[other] = 0;
      this.#atOneMove[other] = 0;
    }
    this.#touched.length = 0;
    return most.slice(0, FIRMS_ALIKE_MAX);
  }

  #count(firm: number, place: number): void {
    const { groups, isOfMany, froms, untils, asked } = this.#holders;
    const group = groups[place] ?? -1;
    if (group < 0) return;
    const isManys = isOfMany[group] === 1;
    const end = this.#all.ends[place] ?? 0;
    const until = untils[group] ?? 0;
    for (let k = froms[group] ?? 0; k < until; k += 1) {
      const other = asked.firms[k] ?? 0;
      if (other === firm) continue;
      if (isManys || asked.standing[k] === 1) {
        this.#moves.add(other, end - (asked.ends[k] ?? 0));
      } else if (this.#seen[other] !== place) {
        this.#seen[other] = place;
        const count = (this.#alike[other] ?? 0) + 1;
        this.#alike[other] = count;
        if (count === 1) this.#touched.push(other);
      }
    }
  }
}

/** Half an hour: streams that were moved lie otherwise in their ten minutes. */
const MOVE_CELLS = 3;

/** How many rhythms each firm that stands for many has, by the span that they are moved by. */
class Moves {
  /** Of one firm; a move and the next are looked at together, so there is one more. */
  readonly #size: number;
  /** Only some firms stand for many: each has a number when it is met first. */
  readonly #numberOf: Int32Array;
  readonly #firmOf: number[] = [];
  readonly #touched: number[] = [];
  /** More than it holds are as good as that. */
  #counts = new Uint8ClampedArray(0);

  constructor(firms: number, weeksBack: number) {
    this.#numberOf = new Int32Array(firms).fill(-1);
    this.#size = Math.ceil(((weeksBack + 2) * WEEK_CELLS) / MOVE_CELLS) + 1;
  }

  add(firm: number, cells: number): void {
    let number = this.#numberOf[firm] ?? -1;
    if (number < 0) number = this.#addFirm(firm);
    const key = number * this.#size + Math.floor((cells + WEEK_CELLS) / MOVE_CELLS);
    const count = (this.#counts[key] ?? 0) + 1;
    this.#counts[key] = count;
    if (count === 1) this.#touched.push(key);
  }

  /** Says each firm that was met, with its rhythms at a move; and forgets them. */
  takeEach(say: (firm: number, count: number) => void): void {
    for (const key of this.#touched) {
      const firm = this.#firmOf[Math.floor(key / this.#size)] ?? 0;
      say(firm, (this.#counts[key] ?? 0) + (this.#counts[key + 1] ?? 0));
    }
    for (const key of this.#touched) this.#counts[key] = 0;
    this.#touched.length = 0;
  }

  #addFirm(firm: number): number {
    const number = this.#firmOf.length;
    this.#firmOf.push(firm);
    this.#numberOf[firm] = number;
    const size = (number + 1) * this.#size;
    if (size > this.#counts.length) {
      const more = new Uint8ClampedArray(2 * size);
      more.set(this.#counts);
      this.#counts = more;
    }
    return number;
  }
}
