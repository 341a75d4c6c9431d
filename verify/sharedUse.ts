import { MOVED_MAX_S } from '../core/authenticity/copied.ts';
import { FIRMS_MIN, type FirmsOfMark, type SharedMarks } from '../core/authenticity/shared.ts';
import { Sequence } from '../core/lock.ts';
import type { Database } from '../store/clickhouse.ts';
import { countAtMost, countWeeks, type FirmWeek } from '../store/firmWeeks.ts';
import { type VendorScope, weekNumber, weekStartMs } from '../store/vendorUse.ts';
import { readVendor } from './vendorFirms.ts';

/** Whose log is looked at, and what of it. */
export interface SharedLog extends Pick<VendorScope, 'delayMaxMs' | 'receivedBeforeMs'> {
  /** All of the vendor. */
  readonly solutionIds: readonly string[];
}

/**
 * What the firms of one vendor share, over every firm with a log, whichever orders are asked for.
 * Only whole weeks that had ended with the month are looked at, and only events that came in good
 * time or before an instant of the month's grace: the answer for a month is the same whenever it is
 * asked, and beside whatever other months.
 */
export class SharedUse {
  readonly #db: Database;
  readonly #log: SharedLog;
  readonly #sequence = new Sequence();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  #marks = new Map<number, Marks>();
  #firms: ReadonlyMap<number, readonly string[]> = new Map();
  #like = new Map<string, Set<string>>();
  #usesAtMost: ReadonlyMap<string, number> = new Map();

  constructor(db: Database, log: SharedLog) {
    this.#db = db;
    this.#log = log;
  }

  get solutionIds(): readonly string[] {
    return this.#log.solutionIds;
  }

  /** Makes ready what is asked of months from the first to the second instant. */
  prepare(startMs: number, endExclusiveMs: number): Promise<void> {
    return this.#sequence.run(() => this.#prepare(startMs, endExclusiveMs));
  }

  async #prepare(startMs: number, endExclusiveMs: number): Promise<void> {
    // A rhythm that ends in the first of the weeks back may begin in the week before.
    const from = weekNumber(startMs) - WEEKS_BACK - 1;
    const to = weekNumber(endExclusiveMs);
    if (from >= this.#from && to <= this.#to) return;
    const [first, end] = [Math.min(this.#from, from), Math.max(this.#to, to)];
    const scope = this.#scope(weekStartMs(first), weekStartMs(end));
    const asked = { firmsMin: FIRMS_MIN, weeksBack: WEEKS_BACK };
    const { actors, addresses, firms, like } = await readVendor(this.#db, scope, asked);
    // A month may end inside the week after.
    const whole = this.#scope(weekStartMs(first), weekStartMs(end + 1));
    this.#usesAtMost = await countAtMost(this.#db, whole);
    [this.#from, this.#to] = [first, end];
    this.#firms = firms;
    this.#marks = new Map();
    for (const [kind, marks] of [
      ['actor', actors],
      ['address', addresses],
    ] as const) {
      for (const { mark, week, firms: firmsOfMark } of marks) {
        const of = this.#marks.get(week) ?? { actor: new Map(), address: new Map() };
        of[kind].set(mark, { firms: firmsOfMark, ofFirms: firms.get(week)?.length ?? firmsOfMark });
        this.#marks.set(week, of);
      }
    }
    this.#like = new Map();
    for (const { smeId, week, otherSmeId } of like) {
      const key = `${smeId} ${week}`;
      this.#like.set(key, (this.#like.get(key) ?? new Set()).add(otherSmeId));
    }
  }

  marksOf(startMs: number, endExclusiveMs: number): SharedMarks {
    const actors = new Map<string, FirmsOfMark>();
    const addresses = new Map<string, FirmsOfMark>();
    for (let week = weekNumber(startMs); week < weekNumber(endExclusiveMs); week += 1) {
      const of = this.#marks.get(week);
      raise(actors, of?.actor);
      raise(addresses, of?.address);
    }
    return { actors, addresses };
  }

  /** All other firms of a small vendor, ascending; null where there are too many. */
  allFirmsBut(smeId: string, startMs: number, endExclusiveMs: number): string[] | null {
    const all = new Set<string>();
    for (
      let week = weekNumber(startMs) - WEEKS_BACK;
      week < weekNumber(endExclusiveMs);
      week += 1
    ) {
      const firms = this.#firms.get(week) ?? [];
      if (firms.length > FIRMS_COMPARED_MAX) return null;
      for (const firm of firms) all.add(firm);
    }
    if (all.size > FIRMS_COMPARED_MAX) return null;
    all.delete(smeId);
    return [...all].sort();
  }

  /** Firms whose use has, in part, the rhythm of this firm's, ascending. */
  likeFirmsOf(smeId: string, startMs: number, endExclusiveMs: number): string[] {
    const like = new Set<string>();
    for (let week = weekNumber(startMs); week < weekNumber(endExclusiveMs); week += 1) {
      for (const other of this.#like.get(`${smeId} ${week}`) ?? []) like.add(other);
    }
    return [...like].sort();
  }

  /** How much a firm did in all that was made ready, at most. */
  usesAtMost(smeId: string): number {
    return this.#usesAtMost.get(smeId) ?? 0;
  }

  /** How much firms did, week by week, from some weeks before the first instant on. */
  countWeeks(
    smeIds: readonly string[],
    startMs: number,
    endExclusiveMs: number,
  ): Promise<Map<string, FirmWeek[]>> {
    const from = weekStartMs(weekNumber(startMs) - WEEKS_BACK);
    return countWeeks(this.#db, this.#scope(from, endExclusiveMs), smeIds);
  }

  #scope(startMs: number, endExclusiveMs: number): VendorScope {
    return { ...this.#log, startMs, endExclusiveMs };
  }
}

interface Marks {
  readonly actor: Map<string, FirmsOfMark>;
  readonly address: Map<string, FirmsOfMark>;
}

/** Weeks in which a stream is looked for in another firm's log, before those of the month. */
export const WEEKS_BACK = Math.ceil(MOVED_MAX_S / (7 * 86_400));

/** Up to so many firms are compared each with each; it is the rhythm that picks among more. */
const FIRMS_COMPARED_MAX = 20;

function raise(
  into: Map<string, FirmsOfMark>,
  from: ReadonlyMap<string, FirmsOfMark> | undefined,
): void {
  for (const [mark, of] of from ?? []) {
    if (of.firms > (into.get(mark)?.firms ?? 0)) into.set(mark, of);
  }
}
