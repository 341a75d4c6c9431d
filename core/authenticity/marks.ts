import { Numbering } from '../firmUse.ts';
import { GrowingInts, sortedByKey } from '../growing.ts';

/** An actor or address that several firms have in one week, by the number of the week. */
export interface SharedMark {
  /** Decimal. */
  readonly mark: string;
  readonly week: number;
  readonly firms: number;
  /** Of them, the customers of whose use in the week it makes a real share. */
  readonly customers: number;
}

/** A real share of what a firm did in a week: so many events, or one of so many. */
const REAL_MIN = 8;
const REAL_SHARE = 10;

/** Pseudonyms of one kind by firm and week, gathered firm by firm. */
export class MarkGathering {
  readonly #ofFirm = new Numbering();
  readonly #marks = new Numbering();
  /** One entry a mark, firm and week. */
  readonly #mark = new GrowingInts();
  readonly #firm = new GrowingInts();
  readonly #week = new GrowingInts();
  /** 1 where it makes a real share of a customer's week. */
  readonly #real = new GrowingInts();

  /**
   * @param keys two numbers a row, the low one first; 0 and 0 is none
   * @param weeks of each row; ascending
   * @param isCustomer whether the firm is one in a week
   */
  add(
    firm: number,
    keys: Uint32Array,
    weeks: Int32Array,
    isCustomer: (week: number) => boolean,
  ): void {
    const { numbers, firsts } = this.#ofFirm.of(keys);
    const marks = new Int32Array(firsts.length).fill(-1);
    const usesOf = new Int32Array(firsts.length);
    let end = 0;
    for (let from = 0; from < numbers.length; from = end) {
      const week = weeks[from] ?? 0;
      for (; end < numbers.length && weeks[end] === week; end += 1) {
        const number = numbers[end] ?? 0;
        usesOf[number] = (usesOf[number] ?? 0) + 1;
      }
      const realFrom = isCustomer(week) ? Math.min(REAL_MIN, (end - from) / REAL_SHARE) : Infinity;
      for (let row = from; row < end; row += 1) {
        const number = numbers[row] ?? 0;
        const uses = usesOf[number] ?? 0;
        if (uses === 0) continue;
        usesOf[number] = 0;
        const [low, high] = [keys[2 * row] ?? 0, keys[2 * row + 1] ?? 0];
        if (low === 0 && high === 0) continue;
        let mark = marks[number] ?? -1;
        if (mark < 0) {
          mark = this.#marks.add(low, high);
          marks[number] = mark;
        }
        this.#mark.add(mark);
        this.#firm.add(firm);
        this.#week.add(week);
        this.#real.add(uses >= realFrom ? 1 : 0);
      }
    }
  }

  /** Those that so many firms at least have in one week. */
  shared(firmsMin: number): SharedMark[] {
    const [firms, weeks, real] = [this.#firm.values(), this.#week.values(), this.#real.values()];
    const { starts, places } = sortedByKey(this.#mark.values(), this.#marks.count);
    const found: SharedMark[] = [];
    for (let mark = 0; mark < this.#marks.count; mark += 1) {
      const [from, until] = [starts[mark] ?? 0, starts[mark + 1] ?? 0];
      if (until - from < firmsMin) continue;
      const byWeek = new Map<number, FirmsOfWeek>();
      for (let p = from; p < until; p += 1) {
        const place = places[p] ?? 0;
        const week = weeks[place] ?? 0;
        const ofWeek = byWeek.get(week) ?? { all: new Set(), customers: new Set() };
        byWeek.set(week, ofWeek);
        ofWeek.all.add(firms[place] ?? 0);
        if (real[place] === 1) ofWeek.customers.add(firms[place] ?? 0);
      }
      for (const [week, { all, customers }] of byWeek) {
        if (all.size < firmsMin) continue;
        const text = this.#marks.text(mark);
        found.push({ mark: text, week, firms: all.size, customers: customers.size });
      }
    }
    return found;
  }
}

interface FirmsOfWeek {
  readonly all: Set<number>;
  readonly customers: Set<number>;
}
