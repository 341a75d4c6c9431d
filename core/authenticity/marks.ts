import { Numbering } from '../firmUse.ts';
import { GrowingInts, sortedByKey } from '../growing.ts';

/** An actor or address that several firms have in one week, by the number of the week. */
export interface SharedMark {
  /** Decimal. */
  readonly mark: string;
  readonly week: number;
  readonly firms: number;
}

/** Pseudonyms of one kind by firm and week, gathered firm by firm. */
export class MarkGathering {
  readonly #ofFirm = new Numbering();
  readonly #marks = new Numbering();
  /** One entry a mark, firm and week. */
  readonly #mark = new GrowingInts();
  readonly #firm = new GrowingInts();
  readonly #week = new GrowingInts();

  /**
   * @param keys two numbers a row, the low one first; 0 and 0 is none
   * @param weekAt the week of a row; rows are ascending by time
   */
  add(firm: number, keys: Uint32Array, weekAt: (row: number) => number): void {
    const { numbers, firsts } = this.#ofFirm.of(keys);
    const marks = new Int32Array(firsts.length).fill(-1);
    const lastWeeks = new Int32Array(firsts.length).fill(-1);
    for (let row = 0; row < numbers.length; row += 1) {
      const number = numbers[row] ?? 0;
      const week = weekAt(row);
      if (lastWeeks[number] === week) continue;
      lastWeeks[number] = week;
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
    }
  }

  /** Those that so many firms at least have in one week. */
  shared(firmsMin: number): SharedMark[] {
    const [firms, weeks] = [this.#firm.values(), this.#week.values()];
    const { starts, places } = sortedByKey(this.#mark.values(), this.#marks.count);
    const found: SharedMark[] = [];
    for (let mark = 0; mark < this.#marks.count; mark += 1) {
      const [from, until] = [starts[mark] ?? 0, starts[mark + 1] ?? 0];
      if (until - from < firmsMin) continue;
      const byWeek = new Map<number, Set<number>>();
      for (let p = from; p < until; p += 1) {
        const place = places[p] ?? 0;
        const week = weeks[place] ?? 0;
        const ofWeek = byWeek.get(week) ?? new Set<number>();
        byWeek.set(week, ofWeek.add(firms[place] ?? 0));
      }
      for (const [week, ofWeek] of byWeek) {
        if (ofWeek.size < firmsMin) continue;
        found.push({ mark: this.#marks.text(mark), week, firms: ofWeek.size });
      }
    }
    return found;
  }
}
