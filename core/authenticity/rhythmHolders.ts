import { GrowingInts, sortedByKey } from '../growing.ts';
import { RHYTHMS, type Rhythms, type Steps } from './rhythms.ts';

/** How much is looked at. */
export interface AlikeSize {
  readonly firms: number;
  readonly weeks: number;
  readonly weeksBack: number;
}

/**
 * Whom each rhythm of a firm is asked of: those who have it in the same week or the weeks before.
 * Where many firms have it in a week, some stand for all, and those many ask in that week alone.
 */
export interface Holders {
  /** By the place of the rhythm: all of one kind and week are a group; -1 where none is asked. */
  readonly groups: Int32Array;
  /** By group: 1 where many have it, and where those whom it asks begin and end. */
  readonly isOfMany: Int32Array;
  readonly froms: Int32Array;
  readonly untils: Int32Array;
  /** Who is asked: the firm, the end of its rhythm, and 1 where it stands for many. */
  readonly asked: {
    readonly firms: Int32Array;
    readonly ends: Int32Array;
    readonly standing: Int32Array;
  };
}

/** What more firms have in one week is often had by chance: all with all would be compared. */
const FEW_FIRMS_MAX = 12;
/** Of many the first: whoever has a stream in common with them meets it in the same ones. */
const STANDING_FIRMS = 3;
const RHYTHMS_A_STEP = 20_000;

export function* holdersOf(all: Rhythms, of: AlikeSize): Steps<Holders> {
  const sorted = sortedByKey(all.rhythms, RHYTHMS);
  const gathering = new Gathering(all, of);
  for (let rhythm = 0; rhythm < RHYTHMS; rhythm += 1) {
    if (rhythm % RHYTHMS_A_STEP === 0) yield;
    const [from, until] = [sorted.starts[rhythm] ?? 0, sorted.starts[rhythm + 1] ?? 0];
    if (until - from >= 2) gathering.add(sorted.places, from, until);
  }
  return gathering.values();
}

class Gathering {
  readonly #owners: Int32Array;
  readonly #ends: Int32Array;
  readonly #of: AlikeSize;
  /** Of the rhythm in hand, by week: its places, one a firm, and where those who are asked begin. */
  readonly #ofWeeks: number[][];
  readonly #starts: Int32Array;
  readonly #groups: Int32Array;
  readonly #isOfMany = new GrowingInts();
  readonly #froms = new GrowingInts();
  readonly #untils = new GrowingInts();
  readonly #askedFirms = new GrowingInts();
  readonly #askedEnds = new GrowingInts();
  readonly #askedStanding = new GrowingInts();

  constructor({ owners, ends }: Rhythms, of: AlikeSize) {
    this.#owners = owners;
    this.#ends = ends;
    this.#of = of;
    this.#ofWeeks = Array.from({ length: of.weeks }, () => []);
    this.#starts = new Int32Array(of.weeks);
    this.#groups = new Int32Array(owners.length).fill(-1);
  }

  /** The places of one rhythm, firm by firm and week by week: of each the first counts. */
  add(places: Int32Array, from: number, until: number): void {
    let last = -1;
    for (let p = from; p < until; p += 1) {
      const place = places[p] ?? 0;
      const owner = this.#owners[place] ?? 0;
      if (owner !== last) this.#ofWeeks[Math.floor(owner / this.#of.firms)]?.push(place);
      last = owner;
    }
    for (let week = 0; week < this.#ofWeeks.length; week += 1) {
      this.#starts[week] = this.#askedFirms.size;
      const ofWeek = this.#ofWeeks[week] ?? [];
      if (ofWeek.length === 0) continue;
      this.#addWeek(week, ofWeek);
      ofWeek.length = 0;
    }
  }

  #addWeek(week: number, ofWeek: readonly number[]): void {
    const isOfMany = ofWeek.length > FEW_FIRMS_MAX;
    const asked = isOfMany ? STANDING_FIRMS : ofWeek.length;
    for (let i = 0; i < asked; i += 1) {
      const place = ofWeek[i] ?? 0;
      this.#askedFirms.add((this.#owners[place] ?? 0) - week * this.#of.firms);
      this.#askedEnds.add(this.#ends[place] ?? 0);
      this.#askedStanding.add(isOfMany ? 1 : 0);
    }
    const from = this.#starts[isOfMany ? week : Math.max(0, week - this.#of.weeksBack)] ?? 0;
    // It would ask itself alone.
    if (this.#askedFirms.size - from < 2) return;
    for (const place of ofWeek) this.#groups[place] = this.#froms.size;
    this.#isOfMany.add(isOfMany ? 1 : 0);
    this.#froms.add(from);
    this.#untils.add(this.#askedFirms.size);
  }

  values(): Holders {
    return {
      groups: this.#groups,
      isOfMany: this.#isOfMany.values(),
      froms: this.#froms.values(),
      untils: this.#untils.values(),
      asked: {
        firms: this.#askedFirms.values(),
        ends: this.#askedEnds.values(),
        standing: this.#askedStanding.values(),
      },
    };
  }
}
