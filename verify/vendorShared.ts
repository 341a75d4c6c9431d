import { grouped } from '../core/grouped.ts';
import { graceEnd } from '../core/judge.ts';
import { DAY_MS, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { isAnyLate, weekNumber, weekStartMs } from '../store/vendorUse.ts';
import type { MonthOfOrder } from './compute.ts';
import { SharedUse, WEEKS_BACK } from './sharedUse.ts';

/**
 * What the firms of one vendor share, for months of whichever grace. What came within the days of
 * grace after it happened had come before any month with it is judged. Of what came later, a month
 * knows what came before the last Monday of its own grace; where there is any, months of the same
 * Monday are looked at together, and the log is read once for each.
 */
export class VendorShared {
  readonly #db: Database;
  readonly #solutionIds: readonly string[];
  readonly #graceDays: number;
  readonly #byLimit = new Map<number, SharedUse>();

  constructor(db: Database, solutionIds: readonly string[], graceDays: number) {
    this.#db = db;
    this.#solutionIds = solutionIds;
    this.#graceDays = graceDays;
  }

  /** Makes ready what is asked of the months; of the vendor's months alone. */
  async prepare(months: readonly MonthOfOrder[]): Promise<(month: MonthOfOrder) => SharedUse> {
    const limitOf = (await this.#isAnyLate(months)) ? this.#limitOf.bind(this) : () => NO_LIMIT_MS;
    const ready = new Map<number, SharedUse>();
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

  /** Asked for every step: while none is late nothing depends on the limit. */
  #isAnyLate(months: readonly MonthOfOrder[]): Promise<boolean> {
    const { startMs, endExclusiveMs } = spanOf(months);
    return isAnyLate(this.#db, {
      ...this.#log,
      startMs: weekStartMs(weekNumber(startMs) - WEEKS_BACK - 1),
      endExclusiveMs,
      receivedBeforeMs: months.reduce((last, m) => Math.max(last, this.#limitOf(m)), NO_LIMIT_MS),
    });
  }

  /** A Monday, so that they are few. */
  #limitOf({ month, countedUntilMs }: MonthOfOrder): number {
    const untilMs = countedUntilMs ?? graceEnd(month, this.#graceDays);
    return weekStartMs(weekNumber(untilMs));
  }
}

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
