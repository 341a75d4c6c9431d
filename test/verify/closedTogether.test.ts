import { describe, expect, it } from 'vitest';
import type { Order } from '../../core/registry.ts';
import { DAY_MS, dateOf, startOfDay } from '../../core/time.ts';
import { readMonthResults } from '../../store/monthResults.ts';
import { closeOrders } from '../../verify/close.ts';
import { humanTimes } from '../authenticity/fabricate.ts';
import { useDatabase } from '../helpers/database.ts';
import { below, type Random, seededRandom } from '../helpers/spoolFsRandom.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const registry = registryOf(
  ['marks', 'rhythm', 'few', 'many', 'bulk'].flatMap((name) =>
    solutionEntries(name, {
      normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 16 }] },
    }),
  ),
);
const MONTHS = 4;
/** After the grace of the last month. */
const END = at('2023-10-20');

let firms = 0;

function firmOf(name: string, contractStart = '2023-04-15'): Order {
  firms += 1;
  const smeId = String(40_000_000 + firms);
  return order(`order-${firms}`, name, { smeId, contractStart, contractMonths: MONTHS });
}

function used(of: Order, times: readonly number[], fields: Partial<StoredEvent> = {}) {
  const { vendorId, solutionId, smeId } = of;
  return times.map((occurredAtMs) =>
    storedEvent({
      vendorId,
      solutionId,
      smeId,
      action: 'print',
      actor: BigInt(smeId),
      occurredAtMs,
      ...fields,
    }),
  );
}

/** So many times of use by day, from a day on, over so many days. */
function byDay(seed: number, count: number, day: string, days = 30): number[] {
  const startMs = at(day);
  const span = { startMs, endExclusiveMs: startMs + days * DAY_MS };
  return humanTimes(seededRandom(seed), count, span);
}

async function close(orders: readonly Order[], asOfMs: number): Promise<void> {
  const closing = { verificationId: 'v', asOfMs, sealedAtMs: asOfMs, simulated: true };
  await closeOrders({ db: test.db, registry }, orders, { ...closing, loadedUntilMs: asOfMs });
}

/** What is sealed of the orders, by order and month, without when; and takes it out of the store. */
async function takeSeals(orders: readonly Order[]): Promise<Map<string, Sealed>> {
  const ids = orders.map((o) => o.orderId);
  const results = await readMonthResults(test.db, ids, END);
  await test.db.writer.command({ query: 'TRUNCATE TABLE month_results_v1' });
  return new Map(
    results
      .sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : a.month - b.month))
      .map(({ orderId, month, digest, result }) => [`${orderId} ${month}`, { digest, result }]),
  );
}

interface Sealed {
  readonly digest: string;
  /** JSON of the month, its findings among it. */
  readonly result: string;
}

describe('a month is sealed with the same bytes', () => {
  it('whatever is shared in the weeks of other months alone', async () => {
    const far = firmOf('marks');
    const later = [firmOf('marks'), firmOf('marks'), firmOf('marks')];
    const clerk = { actor: 9n };
    // At night, which is told only of a month that is looked at.
    const nights = Array.from(
      { length: 60 },
      (_, i) =>
        at('2023-04-16 02:00:00') + Math.floor(i / 2) * DAY_MS + ((i * i * 41) % 170) * 60_000,
    );
    await insertEvents(test.db, [
      ...used(far, nights, clerk),
      ...later.flatMap((of, i) => used(of, byDay(i, 60, '2023-07-15'), clerk)),
    ]);
    await close([far], at('2023-05-25'));
    const alone = await takeSeals([far]);
    await close([far, ...later], END);
    const beside = await takeSeals([far, ...later]);
    const first = `${far.orderId} 1`;
    expect(alone.get(first)?.result).toContain('"state":"met"');
    expect(beside.get(first)).toEqual(alone.get(first));
  });

  it('however much the firm it is copied from does in other months', async () => {
    const [copier, original] = [firmOf('rhythm'), firmOf('rhythm')];
    const actions = ['a', 'b', 'c', 'print'];
    const acts = [0, 97, 171, 290, 443].map(
      (minutes) => at('2023-05-01 09:00:00') + minutes * 60_000,
    );
    const rich = (of: Order, moveMs: number) =>
      actions.flatMap((action) =>
        used(
          of,
          acts.map((t) => t + moveMs),
          { action },
        ),
      );
    await insertEvents(test.db, [
      ...rich(original, 0),
      ...used(original, byDay(1, 40, '2023-07-15')),
      ...rich(copier, DAY_MS),
      ...used(copier, byDay(2, 60, '2023-04-15', 14)),
    ]);
    await close([copier], at('2023-05-25'));
    const alone = await takeSeals([copier]);
    await close([copier, original], END);
    const beside = await takeSeals([copier, original]);
    const first = `${copier.orderId} 1`;
    expect(alone.get(first)?.result).toContain('"copied_stream"');
    expect(beside.get(first)).toEqual(alone.get(first));
  });

  it('month by month as events come in, all at once afterwards, or a few orders at a time (I-139)', async () => {
    const random = seededRandom(11);
    const [few, many] = [worldOf('few', 5, random), worldOf('many', 22, random)];
    const bulk = worldOf('bulk', 7, random, handedIn);
    const orders = [...few.orders, ...many.orders, ...bulk.orders];
    const log = [...few.log, ...many.log, ...bulk.log];

    let fromMs = 0;
    for (let asOfMs = at('2023-05-01'); asOfMs < END; asOfMs += 28 * DAY_MS) {
      const news = log.filter((e) => e.receivedAtMs >= fromMs && e.receivedAtMs < asOfMs);
      if (news.length > 0) await insertEvents(test.db, news);
      fromMs = asOfMs;
      await close(orders, asOfMs);
    }
    const byMonth = await takeSeals(orders);

    await close(orders, END);
    const atOnce = await takeSeals(orders);

    const backwards = [...orders].reverse();
    for (let i = 0; i < orders.length; i += 12) await close(backwards.slice(i, i + 12), END);
    const inSteps = await takeSeals(orders);

    expect(byMonth.size).toBe(orders.length * MONTHS);
    const results = [...byMonth.values()].map(({ result }) => result);
    for (const told of TOLD) {
      expect(results.filter((r) => r.includes(`"${told}"`)).length, told).toBeGreaterThan(2);
    }
    expect(atOnce).toEqual(byMonth);
    expect(inSteps).toEqual(byMonth);
  }, 120_000);
});

/** What the months must be, so that there is something to differ. */
const TOLD = [
  'met',
  'held',
  'back_dated',
  'regular_intervals',
  'copied_stream',
  'shared_actor',
  'shared_address',
  'outside_hours',
];

/** Firms that change from month to month how much, when and by whom they use the solution. */
function worldOf(name: string, count: number, random: Random, coming = delayed) {
  const orders: Order[] = [];
  const log: StoredEvent[] = [];
  let before: readonly number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startMs = at('2023-04-01') + below(random, 60) * DAY_MS;
    const of = firmOf(name, dateOf(startMs));
    orders.push(of);
    const all: number[] = [];
    for (let month = 0; month < MONTHS + 1; month += 1) {
      const fromMs = startMs + month * 30 * DAY_MS;
      const times = timesOf(random, fromMs, before);
      log.push(...coming(random, used(of, times, whoOf(random))));
      all.push(...times);
    }
    before = all;
  }
  return { orders, log };
}

function timesOf(random: Random, fromMs: number, other: readonly number[]): number[] {
  const size = random() < 0.5 ? 16 + below(random, 20) : 55 + below(random, 50);
  const human = humanTimes(random, size, { startMs: fromMs, endExclusiveMs: fromMs + 30 * DAY_MS });
  const kind = below(random, 5);
  if (kind === 0) {
    const period = (20 + below(random, 60)) * MINUTE_MS;
    return Array.from({ length: size }, (_, i) => fromMs + 9 * HOUR_MS + i * period);
  }
  if (kind === 1) return human.map((t) => startOfDay(dateOf(t)) + ((t - fromMs) % (6 * HOUR_MS)));
  if (kind === 2) {
    const movedMs = (1 + below(random, 5)) * DAY_MS;
    const copied = other.filter((t) => t >= fromMs && t < fromMs + 25 * DAY_MS);
    return copied.length === 0 ? human : copied.map((t) => t + movedMs);
  }
  return human;
}

function whoOf(random: Random): Partial<StoredEvent> {
  const kind = below(random, 4);
  if (kind === 0) return { actor: BigInt(1 + below(random, 3)) };
  if (kind === 1) return { address: BigInt(1 + below(random, 2)) };
  return {};
}

/** Most events come at once, some days later, a few after the grace of their month. */
function delayed(random: Random, events: readonly StoredEvent[]): StoredEvent[] {
  return events.map((event) => {
    const chance = random();
    const days = chance < 0.85 ? 0 : chance < 0.97 ? 1 + below(random, 9) : 10 + below(random, 30);
    return { ...event, receivedAtMs: event.occurredAtMs + 1_000 + days * DAY_MS };
  });
}

/** Once a month, on any day, what happened since the last time; much of it by one person. */
function handedIn(random: Random, events: readonly StoredEvent[]): StoredEvent[] {
  const who = random() < 0.7 ? { actor: 1n, address: 1n } : {};
  const lastMs = events.reduce((last, e) => Math.max(last, e.occurredAtMs), 0);
  const receivedAtMs = lastMs + HOUR_MS + below(random, 12 * 24) * HOUR_MS;
  return events.map((event) => ({ ...event, ...who, receivedAtMs }));
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
