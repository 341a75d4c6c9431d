import { setImmediate } from 'node:timers/promises';
import { type LikeFirms, likeFirms } from '../core/authenticity/alike.ts';
import { MarkGathering, type SharedMark } from '../core/authenticity/marks.ts';
import type { FirmCells, Steps } from '../core/authenticity/rhythms.ts';
import { distinct } from '../core/growing.ts';
import type { Database } from '../store/clickhouse.ts';
import {
  readThinning,
  readVendorFirms,
  type VendorFirm,
  type VendorScope,
  weekNumber,
} from '../store/vendorUse.ts';
import type { Customers } from './customers.ts';

/** What the firms of one vendor have in common, whichever months are asked for: one read. */
export interface VendorFirms {
  readonly actors: readonly SharedMark[];
  readonly addresses: readonly SharedMark[];
  /** The firms with use in each week, by its number; ascending. */
  readonly firms: ReadonlyMap<number, readonly string[]>;
  /** Those of them that have an order for the solution in that week. */
  readonly customers: ReadonlyMap<number, ReadonlySet<string>>;
  readonly like: readonly LikeFirms[];
}

export interface VendorAsked {
  /** Marks of fewer firms are none. */
  readonly firmsMin: number;
  readonly weeksBack: number;
  readonly customers: Customers;
}

export async function readVendor(
  db: Database,
  scope: VendorScope,
  { firmsMin, weeksBack, customers }: VendorAsked,
): Promise<VendorFirms> {
  const gathering = new Gathering(customers);
  for await (const page of readVendorFirms(db, scope)) {
    for (const firm of page) gathering.add(firm);
    await setImmediate();
  }
  const cells = gathering.cells();
  return {
    actors: gathering.actors.shared(firmsMin),
    addresses: gathering.addresses.shared(firmsMin),
    firms: firmsByWeek(cells),
    customers: gathering.customers,
    like: await stepped(likeFirms(cells, await readThinning(db), weeksBack)),
  };
}

/** Requests are answered between the steps. */
async function stepped<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}

class Gathering {
  readonly actors = new MarkGathering();
  readonly addresses = new MarkGathering();
  readonly customers = new Map<number, Set<string>>();
  readonly #all: Customers;
  /** By firm; the number of a firm is its place. */
  readonly #cells = new Map<string, Int32Array>();
  readonly #numbers = new Map<string, number>();

  constructor(customers: Customers) {
    this.#all = customers;
  }

  add({ solutionId, smeId, seconds, actors, addresses }: VendorFirm): void {
    const number = this.#numbers.get(smeId) ?? this.#numbers.size;
    this.#numbers.set(smeId, number);
    const weeks = new Int32Array(seconds.length);
    for (let i = 0; i < weeks.length; i += 1) weeks[i] = weekNumber((seconds[i] ?? 0) * 1_000);
    const isCustomer = this.#all.of(solutionId, smeId);
    this.actors.add(number, actors, weeks, isCustomer);
    this.addresses.add(number, addresses, weeks, isCustomer);
    for (const week of distinct(weeks)) {
      if (!isCustomer(week)) continue;
      this.customers.set(week, (this.customers.get(week) ?? new Set()).add(smeId));
    }
    const known = this.#cells.get(smeId);
    const cells = cellsOf(seconds);
    this.#cells.set(smeId, known === undefined ? cells : merged(known, cells));
  }

  /** Ascending by firm. */
  cells(): FirmCells[] {
    return [...this.#cells]
      .map(([smeId, cells]) => ({ smeId, cells }))
      .sort((a, b) => (a.smeId < b.smeId ? -1 : 1));
  }
}

const CELL_S = 600;

function cellsOf(seconds: Uint32Array): Int32Array {
  const cells = new Int32Array(seconds.length);
  for (let i = 0; i < cells.length; i += 1) cells[i] = Math.floor((seconds[i] ?? 0) / CELL_S);
  return distinct(cells);
}

/** Of a firm in two solutions. */
function merged(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return distinct(both.sort());
}

function firmsByWeek(firms: readonly FirmCells[]): Map<number, string[]> {
  const byWeek = new Map<number, string[]>();
  for (const { smeId, cells } of firms) {
    let last = Number.NaN;
    for (const cell of cells) {
      const week = weekNumber(cell * CELL_S * 1_000);
      if (week === last) continue;
      last = week;
      const ofWeek = byWeek.get(week);
      if (ofWeek === undefined) byWeek.set(week, [smeId]);
      else ofWeek.push(smeId);
    }
  }
  return byWeek;
}
