import type { RegistryEntry } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { addMonths, DAY_MS, dateOf, startOfDay } from '../../core/time.ts';
import { below, type Random } from '../helpers/spoolFsRandom.ts';
import type { StoredEvent } from '../helpers/storedEvents.ts';
import { CaseWorld } from './caseWorld.ts';
import {
  asEvents,
  between,
  burstTimes,
  copiedTimes,
  humanTimes,
  type Made,
  pick,
  type Span,
  timerTimes,
} from './fabricate.ts';

/** What a vendor may do, in the words of the table. */
export const METHODS = [
  'timer, exact',
  'timer, ±1% of the period',
  'timer, ±10% of the period',
  'copied, same times',
  'copied, moved by days',
  'copied, moved by any span',
  'copied, moved, ±30 s',
  'copied, moved, ±5 min',
  'copied, same times, at 15 of 25 firms',
  'bursts',
  'back-dated',
  'one actor, many firms',
  'one address, many firms',
  'copied, moved, all handed in on the last day',
  'one actor, all handed in on the last day',
  'just over the threshold',
] as const;
/** Harder than the findings are made for, up to what no log alone can tell from use. */
export const BEYOND = [
  'timer, ±30% of the period',
  'copied, moved, ±20 min',
  'copied, moved, among 60 firms',
  'copied, moved, at 15 of 25 firms',
  'human-like times',
  'one save of many records',
] as const;
/** Nothing is made up: real use, and a rule that it just meets. What is held here is false alarm. */
export const REAL = 'real use near its threshold';
export type Method = (typeof METHODS)[number] | (typeof BEYOND)[number] | typeof REAL;

/** What the firms of the vendor did comes at once, before the month has ended. */
const HANDED_IN = new Set<Method>([
  'copied, moved, all handed in on the last day',
  'one actor, all handed in on the last day',
]);

/** The firm and the three beside it are among them. */
const ONE_STREAM_AT = 15;
const ONE_STREAM_FIRMS = 25;

/** A month of real use: one firm's counted events in it. */
export interface RealMonth {
  readonly firm: number;
  readonly span: Span;
  readonly events: readonly StoredEvent[];
}

/** A vendor of its own with one month that would not be met without what was made up. */
export interface FabricatedCase {
  readonly method: Method;
  readonly strength: number;
  readonly entries: readonly RegistryEntry[];
  readonly events: readonly StoredEvent[];
  readonly orderId: string;
  /** The months that were made up; of `just over`, those from the third on. */
  readonly months: readonly number[];
}

/** Less than this is no month's use; see docs/authenticity.md. */
const COUNT_MIN = 16;

/** A stretch of fewer acts is no stream; see docs/authenticity.md. */
const COPIED_ACTS_MIN = 8;

const SOURCE_ACTS_MIN = 12;

interface Making {
  readonly method: Method;
  readonly count: number;
  readonly span: Span;
  readonly sources: readonly (readonly StoredEvent[])[];
  readonly world: CaseWorld;
  readonly siblings: readonly number[];
}

/** Makes cases from real use; the same real use and random numbers make the same cases. */
export class CaseMaker {
  readonly #firms: readonly (readonly StoredEvent[])[];
  readonly #random: Random;
  #made = 0;

  constructor(real: readonly StoredEvent[], random: Random) {
    this.#random = random;
    const firms = new Map<string, StoredEvent[]>();
    for (const event of real) {
      if (event.actorRole !== 'staff') continue;
      const key = `${event.solutionId} ${event.smeId}`;
      const firm = firms.get(key);
      if (firm === undefined) firms.set(key, [event]);
      else firm.push(event);
    }
    this.#firms = [...firms.values()]
      .map((f) => f.sort((a, b) => a.occurredAtMs - b.occurredAtMs))
      .filter((f) => f.length >= 200);
  }

  /** @param strength the share of the month's events that is made up, up to 1 */
  make(method: Method, strength: number): FabricatedCase {
    for (;;) {
      this.#made += 1;
      const world = new CaseWorld(`f${this.#made}`, this.#random);
      if (method === 'just over the threshold') return this.#justOver(world, strength);
      const made = this.#tryOnce(world, method, strength);
      if (made !== null) return made;
    }
  }

  /** Null where what was made up does not decide a month by any rule. */
  #tryOnce(world: CaseWorld, method: Method, strength: number): FabricatedCase | null {
    const isBlank = strength === 1 && method !== REAL;
    const { firm, span, events } = this.#realMonth(isBlank ? 0 : 45);
    const without = new Set([firm]);
    const target = world.addFirm(isBlank ? [] : events);
    const sources = Array.from({ length: 3 }, () => this.#alignedMonth(span, without));
    const siblings = sources.map((source) => world.addFirm(source));
    if (method === 'copied, moved, among 60 firms') {
      for (let i = 0; i < 56; i += 1) world.addFirm(this.#alignedMonth(span, new Set([firm])));
    }
    const kept = world.realCount(target);
    const wanted =
      strength === 1
        ? 20 + below(this.#random, 120)
        : Math.min(400, Math.round((kept * strength) / (1 - strength)));
    const count = Math.max(COUNT_MIN, wanted);
    const made = this.#madeUp({ method, count, span, sources, world, siblings });
    if (method !== REAL && made.length < COUNT_MIN) return null;
    world.addMade(target, made);
    if (method.endsWith('at 15 of 25 firms')) this.#atMany(world, span, made, isBlank);
    if (HANDED_IN.has(method)) world.handIn(span.endExclusiveMs - DAY_MS);
    const rule = world.ruleFor(target, span);
    if (rule === null) return null;
    const entries = world.entries(dateOf(span.startMs), 1, rule);
    const { orderId } = world;
    return { method, strength, entries, events: world.events(), orderId, months: [1] };
  }

  #madeUp({ method, count, span, sources, world, siblings }: Making): Made[] {
    const random = this.#random;
    const people = Array.from({ length: 1 + below(random, 3) }, (_, i) => `made ${i}`);
    const anySpan = () => Math.round(between(random, -6, 6) * DAY_MS);
    switch (method) {
      case 'timer, exact':
        return asEvents(random, timerTimes(random, count, span, 0), people);
      case 'timer, ±1% of the period':
        return asEvents(random, timerTimes(random, count, span, 0.01), people);
      case 'timer, ±10% of the period':
        return asEvents(random, timerTimes(random, count, span, 0.1), people);
      case 'copied, same times':
      case 'copied, same times, at 15 of 25 firms':
        return this.#copied(count, span, sources, 0, 0);
      case 'copied, moved by days':
        return this.#copied(count, span, sources, pick(random, [1, 2, 3, 7, -1, -7]) * DAY_MS, 0);
      case 'copied, moved by any span':
        return this.#copied(count, span, sources, anySpan(), 0);
      case 'copied, moved, ±30 s':
      case 'copied, moved, all handed in on the last day':
        return this.#copied(count, span, sources, anySpan(), 30_000);
      case 'copied, moved, ±5 min':
        return this.#copied(count, span, sources, anySpan(), 300_000);
      case 'bursts': {
        const starts = Array.from({ length: 1 + below(random, 3) }, () =>
          between(random, span.startMs, span.endExclusiveMs - DAY_MS),
        );
        return asEvents(random, burstTimes(random, count, span, starts), people);
      }
      case 'back-dated': {
        const deliveries = Array.from(
          { length: 1 + below(random, 3) },
          () => span.endExclusiveMs + between(random, 0.1, 6.9) * DAY_MS,
        );
        const inTime = between(random, 0, 0.25);
        const receivedAtMs = (atMs: number) =>
          random() < inTime ? atMs + 3_600_000 : Math.round(pick(random, deliveries));
        return asEvents(random, humanTimes(random, count, span), people, { receivedAtMs });
      }
      case 'one actor, many firms':
      case 'one actor, all handed in on the last day':
      case 'one address, many firms': {
        const isActor = method !== 'one address, many firms';
        const address = isActor ? {} : { address: 'office' };
        const firms = [...siblings];
        while (firms.length < 3 + below(random, 4)) firms.push(world.addFirm([]));
        const staff = (i: number) => (isActor ? ['clerk'] : people.map((p) => `${p} of ${i}`));
        for (const firm of firms) {
          const times = humanTimes(random, 20 + below(random, 60), span);
          world.addMade(firm, asEvents(random, times, staff(firm), address));
        }
        return asEvents(random, humanTimes(random, count, span), staff(-1), address);
      }
      case 'timer, ±30% of the period':
        return asEvents(random, timerTimes(random, count, span, 0.3), people);
      case 'copied, moved, ±20 min':
        return this.#copied(count, span, sources, anySpan(), 1_200_000);
      case 'copied, moved, at 15 of 25 firms':
        return this.#copied(count, span, sources, anySpan(), 0);
      case 'copied, moved, among 60 firms':
        return this.#copied(count, span, sources, anySpan(), 30_000);
      case REAL:
        return [];
      case 'one save of many records': {
        const at = Math.round(between(random, span.startMs, span.endExclusiveMs - DAY_MS));
        return asEvents(
          random,
          Array.from({ length: count }, () => at),
          people,
        );
      }
      default:
        return asEvents(random, humanTimes(random, count, span), people);
    }
  }

  /** A stretch of another firm's month, as much as is needed; people become others. */
  #copied(
    count: number,
    span: Span,
    sources: readonly (readonly StoredEvent[])[],
    shiftMs: number,
    jitterMs: number,
  ): Made[] {
    const random = this.#random;
    const source = sources.reduce((a, b) => (actsIn(b) > actsIn(a) ? b : a));
    // What lies in the vendor's own log by then.
    const room = source.filter(
      (e) =>
        e.receivedAtMs < span.endExclusiveMs + 7 * DAY_MS &&
        e.occurredAtMs + shiftMs >= span.startMs &&
        e.occurredAtMs + shiftMs < span.endExclusiveMs,
    );
    const from = below(random, Math.max(1, room.length - count + 1));
    const taken: StoredEvent[] = [];
    for (const event of room.slice(from)) {
      if (taken.length >= count && actsIn(taken) >= COPIED_ACTS_MIN) break;
      taken.push(event);
    }
    if (actsIn(taken) < COPIED_ACTS_MIN) return [];
    const people = 1 + below(random, 3);
    const times = copiedTimes(
      random,
      taken.map((e) => e.occurredAtMs),
      { shiftMs, jitterMs },
    );
    return times.map((atMs, i) => ({
      atMs,
      receivedAtMs: null,
      person: `copy ${Number((taken[i]?.actor ?? 0n) % BigInt(people))}`,
      action: taken[i]?.action ?? 'update',
      address: null,
    }));
  }

  /** The same stream at other firms too, each with people of its own, and firms without it. */
  #atMany(world: CaseWorld, span: Span, made: readonly Made[], isBlank: boolean): void {
    for (let firm = 4; firm < ONE_STREAM_FIRMS; firm += 1) {
      const hasIt = firm < ONE_STREAM_AT + 2;
      const real = hasIt && isBlank ? [] : this.#alignedMonth(span, new Set());
      const number = world.addFirm(real);
      const own = made.map((m) => ({ ...m, person: `${m.person} of ${number}` }));
      if (hasIt) world.addMade(number, own);
    }
  }

  #justOver(world: CaseWorld, strength: number): FabricatedCase {
    const random = this.#random;
    const threshold = 20 + below(random, 60);
    const target = world.addFirm([]);
    const start = dateOf(this.#realMonth(0).span.startMs);
    for (let k = 0; k < 6; k += 1) {
      const span = {
        startMs: startOfDay(addMonths(start, k)),
        endExclusiveMs: startOfDay(addMonths(start, k + 1)),
      };
      const wanted = threshold + below(random, Math.max(1, Math.floor(threshold * 0.05)) + 1);
      const real = strength === 1 ? [] : this.#alignedMonth(span, new Set());
      const inTime = real.filter((e) => e.receivedAtMs < span.endExclusiveMs);
      const kept = interactionsIn(inTime).slice(0, Math.floor(wanted * (1 - strength)));
      world.addReal(target, kept);
      const made = asEvents(random, humanTimes(random, wanted * 2, span), ['made']);
      const enough = made.filter((e) => e.action !== 'login').slice(0, wanted - kept.length);
      world.addMade(target, enough);
    }
    const rule: NormalFlow = {
      allOf: [{ metric: 'interactions', per: 'month', atLeast: threshold }],
    };
    return {
      method: 'just over the threshold',
      strength,
      entries: world.entries(start, 6, rule),
      events: world.events(),
      orderId: world.orderId,
      months: [3, 4, 5, 6],
    };
  }

  /** A month of a firm with at least so many counted events that came in good time. */
  #realMonth(eventsMin: number, without: ReadonlySet<number> = new Set()): RealMonth {
    for (;;) {
      const number = below(this.#random, this.#firms.length);
      const firm = this.#firms[number];
      if (firm === undefined || without.has(number)) continue;
      const start = dateOf(pick(this.#random, firm).occurredAtMs);
      const span = { startMs: startOfDay(start), endExclusiveMs: startOfDay(addMonths(start, 1)) };
      const events = firm.filter(
        (e) => e.occurredAtMs >= span.startMs && e.occurredAtMs < span.endExclusiveMs,
      );
      if (events.length >= eventsMin && events.length <= 600) return { firm: number, span, events };
    }
  }

  /** A month of another firm, moved by whole weeks so that it lies in the span. */
  #alignedMonth(span: Span, without: Set<number>): StoredEvent[] {
    for (;;) {
      const { firm, span: own, events } = this.#realMonth(30, without);
      const shiftMs = Math.ceil((span.startMs - own.startMs) / (7 * DAY_MS)) * 7 * DAY_MS;
      const aligned = events
        .map((e) => ({
          ...e,
          occurredAtMs: e.occurredAtMs + shiftMs,
          receivedAtMs: e.receivedAtMs + shiftMs,
        }))
        .filter((e) => e.occurredAtMs < span.endExclusiveMs);
      if (actsIn(aligned) < SOURCE_ACTS_MIN) continue;
      without.add(firm);
      return aligned;
    }
  }
}

function actsIn(events: readonly StoredEvent[]): number {
  return new Set(events.map((e) => Math.floor(e.occurredAtMs / 1_000))).size;
}

function interactionsIn(events: readonly StoredEvent[]): StoredEvent[] {
  return events.filter((e) => e.action !== 'login');
}
