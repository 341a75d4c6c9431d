import { grouped } from '../core/grouped.ts';
import { countsUntil, graceEnd } from '../core/judge.ts';
import { DAY_MS, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { isAnyLate, weekNumber, weekStartMs } from '../store/vendorUse.ts';
import type { MonthOfOrder } from './compute.ts';
import type { Customers } from './customers.ts';
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
  readonly #customers: Customers;
  readonly #byLimit = new Map<number, SharedUse>();
  /** By the Mondays alone, so that it is the same for a month whatever is asked beside it. */
  readonly #limits = new Map<string, number>();

  constructor(
    db: Database,
    customers: Customers,
    solutionIds: readonly string[],
    graceDays: number,
  ) {
    this.#db = db;
    this.#customers = customers;
    this.#solutionIds = solutionIds;
    this.#graceDays = graceDays;
  }

  /** Makes ready what is asked of the months; of the vendor's months alone. */
  async prepare(months: readonly MonthOfOrder[]): Promise<(month: MonthOfOrder) => SharedUse> {
    for (const month of months) {
      const mondays = mondaysOf(month, this.#graceDays);
      if (this.#limits.has(mondays.key)) continue;
      const limitMs = await this.#limitBy(mondays);
      // Two steps may ask at once; the first answer stands for both.
      if (!this.#limits.has(mondays.key)) this.#limits.set(mondays.key, limitMs);
    }
    for (const [limitMs, group] of grouped(months, (month) => this.#limitOf(month))) {
      const { startMs, endExclusiveMs } = spanOf(group);
      await this.#sharedBefore(limitMs).prepare(startMs, endExclusiveMs);
    }
    return (month) => this.#sharedBefore(this.#limitOf(month));
  }

  #limitOf(month: MonthOfOrder): number {
    const limitMs = this.#limits.get(mondaysOf(month, this.#graceDays).key);
    if (limitMs === undefined) throw new RangeError('a month that was not made ready');
    return limitMs;
  }

  async #limitBy({ graceMs, untilMs }: Mondays): Promise<number> {
    const isLate = await isAnyLate(this.#db, {
      ...this.#log,
      startMs: graceMs - LOOKED_BACK_MS,
      endExclusiveMs: graceMs,
      receivedBeforeMs: untilMs,
    });
    return isLate ? untilMs : NO_LIMIT_MS;
  }

  #sharedBefore(receivedBeforeMs: number): SharedUse {
    const known = this.#byLimit.get(receivedBeforeMs);
    const shared =
      known ?? new SharedUse(this.#db, { ...this.#log, receivedBeforeMs }, this.#customers);
    this.#byLimit.set(receivedBeforeMs, shared);
    return shared;
  }

  get #log() {
    return { solutionIds: this.#solutionIds, delayMaxMs: this.#graceDays * DAY_MS };
  }
}

/** The last ones of a month's grace, and before its admitted use ends; Mondays, so that they are few. */
interface Mondays {
  readonly graceMs: number;
  readonly untilMs: number;
  readonly key: string;
}

function mondaysOf({ month, admittedMs }: MonthOfOrder, graceDays: number): Mondays {
  const graceMs = weekStartMs(weekNumber(graceEnd(month, graceDays)));
  const untilMs = weekStartMs(weekNumber(countsUntil(month, graceDays, admittedMs)));
  return { graceMs, untilMs, key: `${graceMs} ${untilMs}` };
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
