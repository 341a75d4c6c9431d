import { MOVED_MAX_S } from '../core/authenticity/copied.ts';
import type { SharedMark } from '../core/authenticity/marks.ts';
import { FIRMS_MIN, type FirmsOfMark, type SharedMarks } from '../core/authenticity/shared.ts';
import { Sequence } from '../core/lock.ts';
import type { Database } from '../store/clickhouse.ts';
import { countAtMost, countWeeks, type FirmWeek } from '../store/firmWeeks.ts';
import { type VendorScope, weekNumber, weekStartMs } from '../store/vendorUse.ts';
import type { Customers } from './customers.ts';
import { readVendor, type VendorFirms } from './vendorFirms.ts';

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
  readonly #allCustomers: Customers;
  readonly #sequence = new Sequence();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  #marks = new Map<number, Marks>();
  #firms: VendorFirms['firms'] = new Map();
  #customers: VendorFirms['customers'] = new Map();
  #like = new Map<string, Set<string>>();
  #usesAtMost: ReadonlyMap<string, number> = new Map();

  constructor(db: Database, log: SharedLog, customers: Customers) {
    this.#db = db;
    this.#log = log;
    this.#allCustomers = customers;
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
    const asked = { firmsMin: FIRMS_MIN, weeksBack: WEEKS_BACK, customers: this.#allCustomers };
    const read = await readVendor(this.#db, scope, asked);
    // A month may end inside the week after.
    const whole = this.#scope(weekStartMs(first), weekStartMs(end + 1));
    this.#usesAtMost = await countAtMost(this.#db, whole);
    [this.#from, this.#to] = [first, end];
    this.#firms = read.firms;
    this.#customers = read.customers;
    this.#marks = new Map();
    for (const kind of ['actors', 'addresses'] as const) {
      for (const { week, ...mark } of read[kind]) {
        const of = this.#marks.get(week) ?? { actors: [], addresses: [] };
        of[kind].push(mark);
        this.#marks.set(week, of);
      }
    }
    this.#like = new Map();
    for (const { smeId, week, otherSmeId } of read.like) {
      const key = `${smeId} ${week}`;
      this.#like.set(key, (this.#like.get(key) ?? new Set()).add(otherSmeId));
    }
  }

  marksOf(startMs: number, endExclusiveMs: number): SharedMarks {
    const actors = new Map<string, FirmsOfMark>();
    const addresses = new Map<string, FirmsOfMark>();
    const weeks = weeksFrom(weekNumber(startMs), weekNumber(endExclusiveMs));
    const ofCustomerWeeks = weeks.reduce((sum, w) => sum + (this.#customers.get(w)?.size ?? 0), 0);
    for (const week of weeks) {
      const of = this.#marks.get(week);
      const all = { ofFirms: this.#firms.get(week)?.length ?? 0, ofCustomerWeeks };
      for (const mark of of?.actors ?? []) raise(actors, mark, all);
      for (const mark of of?.addresses ?? []) raise(addresses, mark, all);
    }
    return { actors, addresses };
  }

  /**
   * All other firms of a small vendor, ascending; null where there are too many. Where only its
   * customers are few, those, and the others of a like rhythm.
   */
  allFirmsBut(smeId: string, startMs: number, endExclusiveMs: number): string[] | null {
    const from = weekNumber(startMs) - WEEKS_BACK;
    const weeks = weeksFrom(from, weekNumber(endExclusiveMs));
    const all =
      fewOf(weeks, (week) => this.#firms.get(week)) ??
      fewOf(weeks, (week) => this.#customers.get(week));
    if (all === null) return null;
    for (const like of this.likeFirmsOf(smeId, startMs, endExclusiveMs)) all.add(like);
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
  readonly actors: MarkOfWeek[];
  readonly addresses: MarkOfWeek[];
}

type MarkOfWeek = Omit<SharedMark, 'week'>;

/** Weeks in which a stream is looked for in another firm's log, before those of the month. */
export const WEEKS_BACK = Math.ceil(MOVED_MAX_S / (7 * 86_400));

/** Up to so many firms are compared each with each; it is the rhythm that picks among more. */
const FIRMS_COMPARED_MAX = 20;

/** One more week of a mark. */
function raise(
  into: Map<string, FirmsOfMark>,
  { mark, firms, customers }: MarkOfWeek,
  all: Pick<FirmsOfMark, 'ofFirms' | 'ofCustomerWeeks'>,
): void {
  const known = into.get(mark);
  const most = known !== undefined && known.firms >= firms ? known : { firms, ...all };
  into.set(mark, {
    firms: most.firms,
    ofFirms: most.ofFirms,
    customers: Math.max(customers, known?.customers ?? 0),
    customerWeeks: customers + (known?.customerWeeks ?? 0),
    ofCustomerWeeks: all.ofCustomerWeeks,
  });
}

/** The firms of all weeks; null where they are too many to be compared each with each. */
function fewOf(
  weeks: readonly number[],
  firmsOf: (week: number) => Iterable<string> | undefined,
): Set<string> | null {
  const all = new Set<string>();
  for (const week of weeks) {
    for (const firm of firmsOf(week) ?? []) all.add(firm);
    if (all.size > FIRMS_COMPARED_MAX) return null;
  }
  return all;
}

function weeksFrom(first: number, endExclusive: number): number[] {
  return Array.from({ length: Math.max(0, endExclusive - first) }, (_, i) => first + i);
}
