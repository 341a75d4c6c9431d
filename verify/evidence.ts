import type { Original } from '../core/authenticity/copied.ts';
import { isJustOver, JUST_OVER_MONTHS_MIN } from '../core/authenticity/counts.ts';
import type { MonthEvidence } from '../core/authenticity/find.ts';
import { type MonthRows, monthRows } from '../core/authenticity/monthRows.ts';
import { isWorthALook, MARGIN_NEAR, mayFind, shapeOf } from '../core/authenticity/screen.ts';
import { marginOf } from '../core/authenticity/use.ts';
import type { CountedUse } from '../core/firmUse.ts';
import { grouped } from '../core/grouped.ts';
import type { MonthPlan } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import type { RegistryView } from '../core/registry.ts';
import { DAY_MS, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { readUse, type UseSpan } from '../store/monthUse.ts';
import { type Compared, comparedParts } from './compared.ts';
import { computeMonths, type MonthOfOrder } from './compute.ts';
import { planMonthOf } from './plans.ts';
import { SharedUse } from './sharedUse.ts';

/** A month that was decided. */
export interface DecidedMonth extends MonthOfOrder {
  readonly decision: MonthDecision;
}

/** What findings are made of, for the met months that a look is worth. */
export class EvidenceReader {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #shared = new Map<string, SharedUse>();
  readonly #usesMax: number | undefined;

  /** @param usesMax see `comparedParts`; smaller in tests */
  constructor(db: Database, registry: RegistryView, usesMax?: number) {
    this.#db = db;
    this.#registry = registry;
    this.#usesMax = usesMax;
  }

  /** Makes ready what is asked of the months: what the firms of their vendors share. */
  async prepare(months: readonly MonthOfOrder[]): Promise<Screen> {
    const shared = new Map<string, SharedUse>();
    for (const [way, group] of grouped(months, wayOf)) {
      shared.set(way, await this.#sharedOf(group));
    }
    const sharedOf = (month: MonthOfOrder) => {
      const found = shared.get(wayOf(month));
      if (found === undefined) throw new RangeError('a month that was not made ready');
      return found;
    };
    const marks = new Map<SharedUse, Map<string, ReadonlySet<string>>>();
    return {
      isWorthALook: (month, asOfMs, of) => {
        if (month.decision.state !== 'met') return false;
        const looked = lookedOf(month, asOfMs);
        const { own, span } = looked;
        const ofMonth = sharedOf(month);
        const known = marks.get(ofMonth) ?? new Map<string, ReadonlySet<string>>();
        const key = `${own.startMs} ${own.endExclusiveMs}`;
        const marked = known.get(key) ?? marksOf(ofMonth, own);
        marks.set(ofMonth, known.set(key, marked));
        return isOdd(looked, ofMonth, monthRows(of, span, marked));
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
    for (const group of grouped(months, wayOf).values()) {
      const [first] = group;
      if (first === undefined) continue;
      const shared = screen.sharedOf(first);
      for (const piece of piecesOf(group.map((m) => lookedOf(m, asOfMs)))) {
        const others = (m: Looked) => othersOf(m, shared);
        for (const part of await comparedParts(piece, others, shared, this.#usesMax)) {
          for (const [month, of] of await this.#readPart(part, shared, asOfMs)) {
            await say(month, of);
          }
        }
      }
    }
  }

  async #sharedOf(group: readonly MonthOfOrder[]): Promise<SharedUse> {
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
    const shared = known ?? new SharedUse(this.#db, solutionIds, graceDays * DAY_MS);
    this.#shared.set(key, shared);
    const starts = group.map((m) => startOfDay(m.month.start));
    const ends = group.map((m) => startOfDay(m.month.endExclusive));
    await shared.prepare(starts.reduce(least, Infinity), ends.reduce(most, -Infinity));
    return shared;
  }

  async #readPart(
    part: readonly Compared<Looked>[],
    shared: SharedUse,
    asOfMs: number,
  ): Promise<[DecidedMonth, MonthEvidence][]> {
    const piece = part.map((c) => c.month);
    const spans = piece.map((m) => m.span);
    const [uses, originals, inARow] = await Promise.all([
      readUse(this.#db, piece[0]?.plan.order.solutionId ?? '', spans),
      this.#originalsOf(part, shared),
      this.#justOverMonths(piece, asOfMs),
    ]);
    return piece.map((looked, i) => [
      looked.month,
      {
        use: { plan: looked.monthPlan, weeks: looked.plan.weeks, events: uses[i] ?? [] },
        criteria: looked.decision.criteria,
        marks: shared.marksOf(looked.own.startMs, looked.own.endExclusiveMs),
        originals: originals[i] ?? [],
        justOverMonths: inARow[i] ?? 0,
      },
    ]);
  }

  async #originalsOf(part: readonly Compared<Looked>[], shared: SharedUse): Promise<Original[][]> {
    const from = part.reduce((least, { month: m }) => Math.min(least, m.own.startMs), Infinity);
    const to = part.reduce((most, { month: m }) => Math.max(most, m.own.endExclusiveMs), -Infinity);
    const acts = await shared.readActs([...new Set(part.flatMap((c) => c.others))], from, to);
    return part.map(({ month: m, others }) =>
      others.map((smeId) => ({
        smeId,
        acts: (acts.get(smeId) ?? []).filter(
          (a) => a.receivedAtMs < m.span.receivedBeforeMs && isNear(a.second * 1_000, m.own),
        ),
      })),
    );
  }

  /** Of each month that ends just over its threshold, how many months in a row did. */
  async #justOverMonths(piece: readonly Looked[], asOfMs: number): Promise<number[]> {
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
  /** @param of the use that the month was decided by */
  readonly isWorthALook: (month: DecidedMonth, asOfMs: number, of: CountedUse) => boolean;
  readonly sharedOf: (month: MonthOfOrder) => SharedUse;
}

/** Months near their threshold where anything may be found, and those of an odd shape. */
function isOdd(looked: Looked, shared: SharedUse, rows: MonthRows): boolean {
  if (rows.seconds.length === 0) return false;
  if (othersOf(looked, shared).length > 0) return true;
  if (looked.margin > MARGIN_NEAR) return isWorthALook(shapeOf(rows));
  const { decision, monthPlan, plan } = looked;
  if (isJustOver(decision.criteria, looked.isAnyOf)) return true;
  const weeks = plan.weeks
    .filter((w) => w.judgedIn === monthPlan.month.month)
    .map(({ counted }) => ({
      from: startOfDay(counted.start) / 1_000,
      until: startOfDay(counted.endExclusive) / 1_000,
    }));
  return mayFind(rows, weeks);
}

/** Firms to compare act by act: of a small month of a small vendor, every other. */
function othersOf({ span, own, margin, decision }: Looked, shared: SharedUse): string[] {
  const isSmall = margin <= MARGIN_NEAR && decision.totals.events <= EVENTS_COMPARED_MAX;
  const all = isSmall ? shared.allFirmsBut(span.smeId, own.startMs, own.endExclusiveMs) : null;
  return all ?? shared.likeFirmsOf(span.smeId, own.startMs, own.endExclusiveMs);
}

/** A vendor's orders are closed together; a job has the orders of some dozens of small ones. */
const VENDORS_KEPT = 64;

/** Months with more are compared only with firms of a like rhythm: the work is all by all. */
const EVENTS_COMPARED_MAX = 2_000;

interface Span {
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

interface Looked extends Omit<DecidedMonth, 'month'> {
  readonly month: DecidedMonth;
  readonly monthPlan: MonthPlan;
  /** The month's own days. */
  readonly own: Span;
  /** These and the days of its judged weeks. */
  readonly span: UseSpan;
  readonly isAnyOf: boolean;
  readonly margin: number;
}

function lookedOf(month: DecidedMonth, asOfMs: number): Looked {
  const { plan, decision, countedUntilMs } = month;
  const monthPlan = planMonthOf(plan, decision.month, asOfMs, countedUntilMs);
  const { windows, version } = monthPlan;
  const starts = windows.map((w) => startOfDay(w.span.start));
  const ends = windows.map((w) => startOfDay(w.span.endExclusive));
  const isAnyOf = 'anyOf' in version.normalFlow;
  return {
    ...month,
    month,
    monthPlan,
    own: {
      startMs: startOfDay(decision.start),
      endExclusiveMs: startOfDay(decision.endExclusive),
    },
    span: {
      smeId: plan.order.smeId,
      startMs: Math.min(...starts),
      endExclusiveMs: Math.max(...ends),
      receivedBeforeMs: windows[0]?.receivedBeforeMs ?? asOfMs,
    },
    isAnyOf,
    margin: marginOf(decision.criteria, isAnyOf),
  };
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

/** A stream is looked for so far back. */
const BACK_MS = 35 * DAY_MS;

/** The same for months of one solution that are looked at in one way. */
function wayOf({ plan }: MonthOfOrder): string {
  return `${plan.order.solutionId} ${plan.programme.graceDays}`;
}

/** So many events of single months are held in memory at once, or one month where it has more. */
const EVENTS_AT_ONCE_MAX = 500_000;

function piecesOf(months: readonly Looked[]): Looked[][] {
  const pieces: Looked[][] = [];
  let events = Number.POSITIVE_INFINITY;
  for (const month of months) {
    const size = month.decision.totals.events;
    if (events + size > EVENTS_AT_ONCE_MAX) {
      pieces.push([]);
      events = 0;
    }
    pieces.at(-1)?.push(month);
    events += size;
  }
  return pieces;
}
