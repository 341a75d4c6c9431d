import { MOVED_MAX_S, type Original, type OriginalAct } from '../core/authenticity/copied.ts';
import { isJustOver, JUST_OVER_MONTHS_MIN } from '../core/authenticity/counts.ts';
import type { MonthEvidence } from '../core/authenticity/find.ts';
import { type UseEvent, useEventsOf } from '../core/authenticity/use.ts';
import type { CountedUse, FirmUse } from '../core/firmUse.ts';
import { grouped } from '../core/grouped.ts';
import type { RegistryView } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { readUse } from '../store/monthUse.ts';
import { readActs } from '../store/otherActs.ts';
import { type Compared, comparedParts } from './compared.ts';
import { computeMonths, type MonthOfOrder } from './compute.ts';
import { Customers } from './customers.ts';
import { KeptUses } from './keptUses.ts';
import {
  type DecidedMonth,
  isOdd,
  type LookedMonth,
  Looks,
  othersOf,
  type Span,
} from './looked.ts';
import type { SharedUse } from './sharedUse.ts';
import { VendorShared } from './vendorShared.ts';

/** What findings are made of, for the met months that a look is worth. */
export class EvidenceReader {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #customers: Customers;
  readonly #shared = new Map<string, VendorShared>();
  readonly #usesMax: number | undefined;
  readonly #keptMax: number | undefined;

  /** @param max smaller in tests: see `comparedParts` and `KeptUses` */
  constructor(
    db: Database,
    registry: RegistryView,
    max: { readonly uses?: number; readonly kept?: number } = {},
  ) {
    this.#db = db;
    this.#registry = registry;
    this.#customers = new Customers(registry);
    this.#usesMax = max.uses;
    this.#keptMax = max.kept;
  }

  /** Makes ready what is asked of the months: what the firms of their vendors share. */
  async prepare(months: readonly MonthOfOrder[]): Promise<Screen> {
    const shared = new Map<string, (month: MonthOfOrder) => SharedUse>();
    for (const [way, group] of grouped(months, wayOf)) {
      shared.set(way, await this.#vendorOf(group).prepare(group));
    }
    const sharedOf = (month: MonthOfOrder) => {
      const found = shared.get(wayOf(month));
      if (found === undefined) throw new RangeError('a month that was not made ready');
      return found(month);
    };
    const marks = new Map<SharedUse, Map<string, ReadonlySet<string>>>();
    const kept = new KeptUses(this.#keptMax);
    return {
      useOf: (month) => kept.of(month.decision),
      isWorthALook: (month, looks, of) => {
        if (month.decision.state !== 'met') return false;
        const looked = looks.of(month, sharedOf(month));
        const { own, span, shared: ofMonth } = looked;
        const known = marks.get(ofMonth) ?? new Map<string, ReadonlySet<string>>();
        const key = `${own.startMs} ${own.endExclusiveMs}`;
        const marked = known.get(key) ?? marksOf(ofMonth, own);
        marks.set(ofMonth, known.set(key, marked));
        const isOne = isOdd(looked, of, marked);
        if (isOne) kept.keep(month.decision, of.use, span);
        return isOne;
      },
      sharedOf,
    };
  }

  /** Says the evidence of each month, some at a time, so that few are in memory at once. */
  async read(
    months: readonly DecidedMonth[],
    screen: Screen,
    asOfMs: number,
    say: (month: DecidedMonth, evidence: MonthEvidence) => Promise<void>,
  ): Promise<void> {
    const looks = new Looks(asOfMs);
    const looked = months.map((month) => looks.of(month, screen.sharedOf(month)));
    for (const piece of piecesOf(looked, screen)) {
      for (const part of await comparedParts(piece, othersOf, this.#usesMax)) {
        for await (const [month, of] of this.#readPart(part, screen, asOfMs)) await say(month, of);
      }
    }
  }

  #vendorOf(group: readonly MonthOfOrder[]): VendorShared {
    const [first] = group;
    if (first === undefined) throw new RangeError('a group without a month');
    const { vendorId } = first.plan.order;
    const { graceDays } = first.plan.programme;
    const solutionIds = [...this.#registry.solutions()]
      .filter((s) => s.vendorId === vendorId)
      .map((s) => s.solutionId);
    const key = `${graceDays} ${solutionIds.join(' ')}`;
    const known = this.#shared.get(key);
    if (known === undefined && this.#shared.size >= VENDORS_KEPT) this.#shared.clear();
    const shared = known ?? new VendorShared(this.#db, this.#customers, solutionIds, graceDays);
    this.#shared.set(key, shared);
    return shared;
  }

  async *#readPart(
    part: readonly Compared<LookedMonth>[],
    screen: Screen,
    asOfMs: number,
  ): AsyncGenerator<[DecidedMonth, MonthEvidence]> {
    const piece = part.map((c) => c.month);
    const [unkept, actsOf, inARow] = await Promise.all([
      this.#readUnkept(piece, screen),
      this.#readOthers(part),
      this.#justOverMonths(piece, asOfMs),
    ]);
    for (const [i, { month: looked, others }] of part.entries()) {
      const { month, monthPlan, shared, own, span, endMs } = looked;
      const kept = screen.useOf(month);
      const events =
        kept === null ? (unkept.get(looked) ?? []) : useEventsOf(kept, span.receivedBeforeMs);
      const evidence = {
        use: { plan: monthPlan, weeks: looked.plan.weeks, events, endMs },
        criteria: looked.decision.criteria,
        marks: shared.marksOf(own.startMs, own.endExclusiveMs),
        originals: originalsOf(looked, others, actsOf),
        justOverMonths: inARow[i] ?? 0,
      };
      yield [month, evidence];
    }
  }

  /** The events of months whose use there was no room for. */
  async #readUnkept(
    piece: readonly LookedMonth[],
    screen: Screen,
  ): Promise<Map<LookedMonth, UseEvent[]>> {
    const read = new Map<LookedMonth, UseEvent[]>();
    const unkept = piece.filter((m) => screen.useOf(m.month) === null);
    for (const [solutionId, group] of grouped(unkept, (m) => m.plan.order.solutionId)) {
      const spans = group.map((m) => m.span);
      const uses = await readUse(this.#db, solutionId, spans);
      group.forEach((m, i) => {
        read.set(m, uses[i] ?? []);
      });
    }
    return read;
  }

  async #readOthers(part: readonly Compared<LookedMonth>[]): Promise<ActsOf> {
    const groups = [...grouped(part, (c) => c.month.plan.order.vendorId)].map(([vendorId, of]) => ({
      vendorId,
      solutionIds: [...new Set(of.flatMap((c) => c.month.shared.solutionIds))],
      smeIds: [...new Set(of.flatMap((c) => c.others))],
      startMs: of.reduce((first, c) => least(first, c.month.own.startMs), Infinity) - BACK_MS,
      endExclusiveMs: of.reduce((last, c) => most(last, c.month.own.endExclusiveMs), -Infinity),
    }));
    const read = await readActs(this.#db, groups);
    const byVendor = new Map(groups.map(({ vendorId }, i) => [vendorId, read[i]]));
    return (vendorId, smeId) => byVendor.get(vendorId)?.get(smeId) ?? [];
  }

  /** Of each month that ends just over its threshold, how many months in a row did. */
  async #justOverMonths(piece: readonly LookedMonth[], asOfMs: number): Promise<number[]> {
    const before = piece.map((m) =>
      isJustOver(m.decision.criteria, m.isAnyOf)
        ? m.plan.contract.months.slice(
            Math.max(0, m.decision.month - JUST_OVER_MONTHS_MIN),
            m.decision.month - 1,
          )
        : null,
    );
    const asked = piece.flatMap(({ plan }, i) =>
      (before[i] ?? []).map((month) => ({ plan, month })),
    );
    const decided = await computeMonths(this.#db, asked, asOfMs);
    let at = 0;
    return piece.map((m, i) => {
      const earlier = before[i];
      if (earlier === null || earlier === undefined) return 0;
      const decisions = decided.slice(at, at + earlier.length);
      at += earlier.length;
      const last = decisions.findLastIndex(
        (d) => d.state !== 'met' || !isJustOver(d.criteria, m.isAnyOf),
      );
      return decisions.length - last;
    });
  }
}

/** Made ready for months, before they are counted. */
export interface Screen {
  /** Of a month that is worth a look; null where there was no room to keep it. */
  readonly useOf: (month: DecidedMonth) => FirmUse | null;
  /** @param of the use that the month was decided by */
  readonly isWorthALook: (month: DecidedMonth, looks: Looks, of: CountedUse) => boolean;
  readonly sharedOf: (month: MonthOfOrder) => SharedUse;
}

/** A vendor's orders are closed together; a job has the orders of some dozens of small ones. */
const VENDORS_KEPT = 64;

/** What a firm did, act by act. */
type ActsOf = (vendorId: string, smeId: string) => readonly OriginalAct[];

function originalsOf(
  { plan, span, own }: LookedMonth,
  others: readonly string[],
  actsOf: ActsOf,
): Original[] {
  return others.map((smeId) => ({
    smeId,
    acts: actsOf(plan.order.vendorId, smeId).filter(
      (a) => a.receivedAtMs < span.receivedBeforeMs && isNear(a.second * 1_000, own),
    ),
  }));
}

/** Of the month's own weeks alone: what is shared in another month's says nothing of this one. */
function marksOf(shared: SharedUse, own: Span): ReadonlySet<string> {
  const { actors, addresses } = shared.marksOf(own.startMs, own.endExclusiveMs);
  return new Set([...actors.keys(), ...addresses.keys()]);
}

function least(a: number, b: number): number {
  return Math.min(a, b);
}

function most(a: number, b: number): number {
  return Math.max(a, b);
}

/** Not what came after the month: it may not be there yet when the month is closed. */
function isNear(atMs: number, own: Span): boolean {
  return atMs < own.endExclusiveMs && atMs >= own.startMs - BACK_MS;
}

const BACK_MS = MOVED_MAX_S * 1_000;

/** The same for months of one solution that are looked at in one way. */
function wayOf({ plan }: MonthOfOrder): string {
  return `${plan.order.solutionId} ${plan.programme.graceDays}`;
}

/** So many events of months whose use was not kept are held at once, or one month's. */
const EVENTS_AT_ONCE_MAX = 500_000;

function piecesOf(months: readonly LookedMonth[], screen: Screen): LookedMonth[][] {
  const pieces: LookedMonth[][] = [];
  let events = Number.POSITIVE_INFINITY;
  for (const month of months) {
    const size = screen.useOf(month.month) === null ? month.decision.totals.events : 0;
    if (events + size > EVENTS_AT_ONCE_MAX) {
      pieces.push([]);
      events = 0;
    }
    pieces.at(-1)?.push(month);
    events += size;
  }
  return pieces;
}
