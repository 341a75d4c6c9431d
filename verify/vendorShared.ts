import { grouped } from '../core/grouped.ts';
import { graceEnd } from '../core/judge.ts';
import { DAY_MS, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { isAnyLate, weekNumber, weekStartMs } from '../store/vendorUse.ts';
import type { MonthOfOrder } from './compute.ts';
import { SharedUse } from './sharedUse.ts';

/**
 * What the firms of one vendor share, for months of whichever grace. What came within the days of
 * grace after it happened had come before any month with it is judged. Of what came later, a month
 * knows what came before the last Monday of its own grace, where by then some firm's use came late
 * by more than a few events: months of the same Monday are looked at together, and the log is read
 * once for each.
 */
export class VendorShared {
  readonly #db: Database;
  readonly #solutionIds: readonly string[];
  readonly #graceDays: number;
  readonly #byLimit = new Map<number, SharedUse>();
  readonly #late = new Map<string, Promise<boolean>>();

  constructor(db: Database, solutionIds: readonly string[], graceDays: number) {
    this.#db = db;
    this.#solutionIds = solutionIds;
    this.#graceDays = graceDays;
  }

  /** Makes ready what is asked of the months; of the vendor's months alone. */
  async prepare(months: readonly MonthOfOrder[]): Promise<(month: MonthOfOrder) => SharedUse> {
    const ready = new Map<number, SharedUse>();
    const limits = new Map<string, number>();
    for (const [key, [first]] of grouped(months, (month) => this.#mondaysOf(month).key)) {
      if (first !== undefined) limits.set(key, await this.#limitOf(first));
    }
    const limitOf = (month: MonthOfOrder) => limits.get(this.#mondaysOf(month).key) ?? NO_LIMIT_MS;
    for (const [limitMs, group] of grouped(months, limitOf)) {
      const shared = this.#sharedBefore(limitMs);
      const { startMs, endExclusiveMs } = spanOf(group);
      await shared.prepare(startMs, endExclusiveMs);
      ready.set(limitMs, shared);
    }
    return (month) => {
      const found = ready.get(limitOf(month));
      if (found === undefined) throw new RangeError('a month that was not made ready');
      return found;
    };
  }

  #sharedBefore(receivedBeforeMs: number): SharedUse {
    const known = this.#byLimit.get(receivedBeforeMs);
    const shared = known ?? new SharedUse(this.#db, { ...this.#log, receivedBeforeMs });
    this.#byLimit.set(receivedBeforeMs, shared);
    return shared;
  }

  get #log() {
    return { solutionIds: this.#solutionIds, delayMaxMs: this.#graceDays * DAY_MS };
  }

  async #limitOf(month: MonthOfOrder): Promise<number> {
    const { graceMs, untilMs, key } = this.#mondaysOf(month);
    return (await this.#isAnyLate(graceMs, untilMs, key)) ? untilMs : NO_LIMIT_MS;
  }

  /** By the Mondays alone, so that it is the same for a month whatever is asked beside it. */
  #isAnyLate(graceMs: number, untilMs: number, key: string): Promise<boolean> {
    const known = this.#late.get(key);
    if (known !== undefined) return known;
    const isLate = isAnyLate(this.#db, {
      ...this.#log,
      startMs: graceMs - LOOKED_BACK_MS,
      endExclusiveMs: graceMs,
      receivedBeforeMs: untilMs,
    });
    this.#late.set(key, isLate);
    // What failed is asked for again.
    isLate.catch(() => this.#late.delete(key));
    return isLate;
  }

  /** The last ones of the month's grace, and before it was reopened; Mondays, so that they are few. */
  #mondaysOf({ month, countedUntilMs }: MonthOfOrder) {
    const graceEndMs = graceEnd(month, this.#graceDays);
    const graceMs = weekStartMs(weekNumber(graceEndMs));
    const untilMs = weekStartMs(weekNumber(countedUntilMs ?? graceEndMs));
    return { graceMs, untilMs, key: `${graceMs} ${untilMs}` };
  }
}

/** A month, its grace and the weeks in which a stream is looked for before it. */
const LOOKED_BACK_MS = 12 * 7 * DAY_MS;
/** Nothing came before it. */
const NO_LIMIT_MS = 0;

function spanOf(months: readonly MonthOfOrder[]) {
  return {
    startMs: months.reduce((first, m) => Math.min(first, startOfDay(m.month.start)), Infinity),
    endExclusiveMs: months.reduce(
      (last, m) => Math.max(last, startOfDay(m.month.endExclusive)),
      -Infinity,
    ),
  };
}
