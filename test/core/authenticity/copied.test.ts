import { describe, expect, it } from 'vitest';
import { copiedStream } from '../../../core/authenticity/copiedStream.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { humanTimes } from '../../authenticity/fabricate.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';
import { at } from '../../helpers/world.ts';
import { DAY_S, HOUR_S, steps, useEvent, usesAt } from './useInput.ts';

const SPAN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };

function human(seed: number, count: number): UseEvent[] {
  return humanTimes(seededRandom(seed), count, SPAN).map((t) => useEvent(t));
}

describe('copied streams', () => {
  const original = (events: readonly UseEvent[]) => ({
    smeId: '10000001',
    acts: events.map((e) => ({
      second: Math.floor(e.atMs / 1_000),
      receivedAtMs: e.receivedAtMs,
      actions: ['create'],
    })),
  });
  const moved = (events: readonly UseEvent[], seconds: number) =>
    events.map((e) => useEvent(e.atMs + seconds * 1_000));
  // One act a day, never at the same time.
  const acts = (count: number) =>
    usesAt(
      '2023-04-20 09:00:00',
      steps(count, 1).map((i) => i * DAY_S + i * i * 1_700),
    );

  it('are six acts alike, and not five', () => {
    expect(copiedStream(acts(5), [original(acts(5))])).toBeNull();
    expect(copiedStream(acts(6), [original(acts(6))])?.events.size).toBe(6);
  });

  it('are found however the stream was moved, up to 35 days', () => {
    const found = (seconds: number) =>
      copiedStream(moved(acts(10), seconds), [original(acts(10))])?.figures['movedSeconds'];
    expect(found(0)).toBe(0);
    expect(found(-3 * DAY_S - 1_234)).toBe(-3 * DAY_S - 1_234);
    expect(found(35 * DAY_S)).toBe(35 * DAY_S);
    expect(found(35 * DAY_S + 1)).toBeUndefined();
  });

  it('name the firm, and take a person for copied of whom half the use is', () => {
    const copy = moved(acts(8), DAY_S).map((e) => ({ ...e, actor: '9' }));
    const more = usesAt('2023-05-10 14:00:00', steps(9, 3_700), { actor: '9' });
    const half = copiedStream([...copy, ...more.slice(0, 8)], [original(acts(8))]);
    expect(half).toMatchObject({ figures: { smeId: '10000001', copiedEvents: 16 } });
    expect(copiedStream([...copy, ...more], [original(acts(8))])?.events.size).toBe(8);
  });

  it('are not found between two firms that keep the same hours', () => {
    const found = steps(40, 1).filter(
      (seed) =>
        (copiedStream(human(seed, 60), [original(human(seed + 100, 60))])?.events.size ?? 0) >= 16,
    );
    expect(found).toEqual([]);
  });

  it('are found whole in a month too large to compare every act of it', () => {
    const busy = {
      startMs: SPAN.startMs - 10 * DAY_S * 1_000,
      endExclusiveMs: SPAN.endExclusiveMs,
    };
    const use = (seed: number) =>
      humanTimes(seededRandom(seed), 3_000, busy).map((t) => useEvent(t));
    const [first, second] = [use(2), use(3)];
    const source = second.filter((e) => e.atMs < SPAN.endExclusiveMs - 3 * DAY_S * 1_000);
    const copy = moved(source.slice(-1_000), 3 * DAY_S).map((e) => ({ ...e, actor: '9' }));
    const all = [...copy, ...human(1, 2_000)].sort((a, b) => a.atMs - b.atMs);
    const originals = [original(first), { ...original(second), smeId: '10000002' }];
    const found = copiedStream(all, originals);
    expect(found?.figures).toMatchObject({ smeId: '10000002', movedSeconds: 3 * DAY_S });
    expect(copy.every((e) => found?.events.has(e))).toBe(true);
    expect(copiedStream(human(1, 3_000), originals)).toBeNull();
  });
});

/** An act at a second, of some actions. */
type Timed = readonly [second: number, actions?: readonly string[]];

const MOVED_S = DAY_S;
/** The second of an act of the original: one a day, never at the same time. */
const day = (i: number) => at('2023-04-20 09:00:00') / 1_000 + i * DAY_S + i * i * 1_700;
const originalOf = (acts: readonly Timed[], smeId = '10000001') => ({
  smeId,
  acts: acts.map(([second, actions = ['create']]) => ({ second, receivedAtMs: 0, actions })),
});
const daily = (count: number) => steps(count, 1).map((i): Timed => [day(i)]);
/** So many acts of which none is near those of the month. */
const far = (count: number, smeId = '10000009') =>
  originalOf(Array<Timed>(count).fill([day(0) + 200 * DAY_S]), smeId);
/** Each event is of a person of its own: none is in doubt for another one. */
const eventsOf = (acts: readonly Timed[]) =>
  acts
    .flatMap(([second, actions = ['create']]) =>
      actions.map((action) => useEvent(second * 1_000, { action })),
    )
    .sort((a, b) => a.atMs - b.atMs)
    .map((e, i) => ({ ...e, actor: String(i) }));
const found = (acts: readonly Timed[], ...originals: ReturnType<typeof originalOf>[]) =>
  copiedStream(eventsOf(acts), originals)?.figures;

/** Of so many acts each is moved by some more seconds than the last: only the wide look sees it. */
const copies = (count: number, movedS = MOVED_S) =>
  steps(count, 1).map((i): Timed => [day(i) + movedS + i * 41]);
/** Acts that are so far off the copies of the first days. */
const beside = (count: number, offS: number, movedS = MOVED_S) =>
  steps(count, 1).map((i): Timed => [day(i) + movedS + offS + i * 7]);

describe('what is said of a copied stream', () => {
  it('is the firm, the move, its acts and its weight beside that of chance', () => {
    const events = eventsOf([...copies(7), ...beside(2, HOUR_S)]);
    expect(copiedStream(events, [originalOf(daily(7))])).toEqual({
      code: 'copied_stream',
      patternFrom: 16,
      events: new Set(events.filter((_, i) => ![1, 3].includes(i))),
      zh: '使用時間序列與同一廠商另一企業之紀錄相同，僅平移時間。',
      en: 'The times of use are those of another firm of the vendor, moved.',
      figures: {
        copiedEvents: 7,
        shareOfEvents: 78,
        smeId: '10000001',
        movedSeconds: MOVED_S + 3 * 41,
        actsAlike: 7,
        weight: 7,
        weightByChance: 0.2,
      },
    });
  });

  it.each([
    [[310, 10, 50, 400, 200, 90, 20], 90],
    [[310, 10, 50, 400, 200, 90], 200],
  ])('is the move in the middle of %j', (more, middle) => {
    const acts = more.map((s, i): Timed => [day(i) + MOVED_S + s]);
    expect(found(acts, originalOf(daily(7)))?.['movedSeconds']).toBe(MOVED_S + middle);
  });

  it('is the firm with most acts alike, and of equal ones the first', () => {
    const firm = (count: number, smeId: string) => originalOf(daily(count), smeId);
    const named = (...counts: readonly number[]) =>
      found(copies(9), ...counts.map((count, i) => firm(count, `1000000${i + 1}`)))?.['smeId'];
    expect(named(9, 8)).toBe('10000001');
    expect(named(8, 9)).toBe('10000002');
    expect(named(8, 8)).toBe('10000001');
  });

  it('is the narrow look where the wide one finds no more', () => {
    const exact = steps(6, 1).map((i): Timed => [day(i) + MOVED_S]);
    const figures = found([...exact, ...beside(1, HOUR_S)], originalOf(daily(6)));
    expect(figures).toMatchObject({ actsAlike: 6, weightByChance: 0 });
  });
});

describe('acts are alike', () => {
  it('within two widths, the end excluded', () => {
    const moves = (last: number) => [0, 0, 0, 0, 0, 600, last].map((s) => MOVED_S + s);
    const alike = (last: number) =>
      found(
        moves(last).map((s, i): Timed => [day(i) + s]),
        originalOf(daily(7)),
      )?.['actsAlike'];
    expect(alike(1_199)).toBe(7);
    expect(alike(1_200)).toBe(6);
  });

  it('once on either side: one beside many is one', () => {
    const many = (start: readonly Timed[], count: number) => [
      ...start,
      ...steps(count, 1).map((i): Timed => [(start[0]?.[0] ?? 0) + 5 + i]),
    ];
    expect(found(many(copies(5), 3), originalOf(daily(5)))).toBeUndefined();
    expect(found(copies(5), originalOf(many(daily(5), 3).sort()))).toBeUndefined();
    expect(found(many(copies(6), 3), originalOf(daily(6)))).toMatchObject({
      actsAlike: 9,
      weight: 6,
    });
  });
});

describe('what chance gives', () => {
  it.each([
    [-6_601, 0],
    [-6_600, 0.1],
    [-601, 0.1],
    [1_200, 0.1],
    [7_799, 0.1],
    [7_800, 0],
  ])('are the pairs in the two hours around a move: %d seconds off weighs %d', (offS, weight) => {
    const acts = [...copies(6), ...beside(1, offS)];
    expect(found(acts, originalOf(daily(6)))?.['weightByChance']).toBe(weight);
  });

  it.each([
    [35 * DAY_S - HOUR_S, HOUR_S, 0.1],
    [35 * DAY_S - HOUR_S, HOUR_S + 1, 0],
    [-35 * DAY_S + HOUR_S, -HOUR_S, 0.1],
    [-35 * DAY_S + HOUR_S, -HOUR_S - 1, 0],
  ])(
    'are pairs moved by no more than 35 days: by %d and %d seconds weighs %d',
    (s, offS, chance) => {
      const acts = [...copies(6, s), ...beside(1, offS, s)];
      expect(found(acts, originalOf(daily(6)))?.['weightByChance']).toBe(chance);
    },
  );

  it('must be exceeded by 3 and by 5 of its deviations', () => {
    const weight = (acts: number, pairs: number) =>
      found([...copies(acts), ...beside(pairs, HOUR_S)], originalOf(daily(acts)));
    // 5 ÷ 11 + 3 + 5 √(5 ÷ 11) = 6.8, and of six pairs 7.2.
    expect(weight(7, 5)).toMatchObject({ weight: 7, weightByChance: 0.5 });
    expect(weight(7, 6)).toBeUndefined();
  });

  it('has the deviations of what its pairs weigh', () => {
    const actions = steps(16, 1).map((i) => `action${10 + i}`);
    const rich = (acts: number) =>
      found(
        [...copies(acts), [day(0) + MOVED_S + HOUR_S, actions]],
        originalOf([[day(0), actions], ...daily(acts).slice(1)]),
      );
    // 5 ÷ 11 + 3 + 5 √(25 ÷ 11) = 10.99.
    expect(rich(10)).toBeUndefined();
    expect(rich(11)).toMatchObject({ weight: 11, weightByChance: 0.5 });
  });
});

describe('an act of many actions', () => {
  const actions = (count: number) => steps(count, 1).map((i) => `action${10 + i}`);
  const rich = (acts: number, of: readonly string[], others = of) =>
    found(
      copies(acts).map(([second]): Timed => [second, of]),
      originalOf(daily(acts).map(([second]): Timed => [second, others])),
    )?.['weight'];

  it.each([
    [3, 1],
    [4, 2],
    [7, 2],
    [8, 3],
    [15, 4],
    [16, 5],
    [20, 5],
  ])('of %d weighs %d where all of them agree', (count, weight) => {
    expect(rich(6, actions(count))).toBe(6 * weight);
  });

  it('makes a stream by two of them, and never by one', () => {
    expect(rich(2, actions(8))).toBe(6);
    expect(rich(2, actions(7))).toBeUndefined();
    expect(rich(1, actions(20))).toBeUndefined();
  });

  it('agrees in whatever order its events came, and not with other actions', () => {
    expect(rich(6, actions(8).reverse(), actions(8))).toBe(18);
    expect(rich(6, [...actions(7), 'other'], actions(8))).toBe(6);
  });

  it('weighs more among plain ones too', () => {
    const mixed = (acts: readonly Timed[]) =>
      acts.map(([second], i): Timed => (i < 2 ? [second, actions(8)] : [second]));
    expect(found(mixed(copies(3)), originalOf(mixed(daily(3))))?.['weight']).toBe(7);
  });
});

describe('a month too large to compare every act of it', () => {
  /** Behind each act another one, that is like nothing. */
  const between = (acts: readonly Timed[], offS: number) =>
    acts.flatMap((act, i): Timed[] => [act, [act[0] + offS + i * 900]]);
  const firms = (all: number) => [originalOf(daily(10)), far(all - 10)];

  it('is one of more than two million pairs with all firms: then each n-th is looked for', () => {
    const even = between(copies(10), 5 * HOUR_S);
    const odd = between(copies(10), -5 * HOUR_S);
    expect(found(odd, ...firms(100_000))?.['actsAlike']).toBe(10);
    expect(found(odd, ...firms(100_001))).toBeUndefined();
    expect(found(even, ...firms(100_001))?.['actsAlike']).toBe(10);
    expect(found(even, ...firms(200_001))).toBeUndefined();
  });

  it('is compared whole at the move that a part of it shows', () => {
    const acts = copies(14);
    expect(found(acts, originalOf(daily(14)), far(200_000))).toMatchObject({
      actsAlike: 14,
      weight: 14,
    });
  });

  it('is not compared whole where the part of it shows no stream', () => {
    // Three acts, of which the first and the last are looked for, beside one.
    const [first = 0] = copies(1).map(([second]) => second);
    const acts: Timed[] = [...copies(10), [first + 1], [first + 2]];
    expect(found(acts, originalOf(daily(10)))?.['weight']).toBe(10);
    expect(found(acts, originalOf(daily(10)), far(200_000))).toBeUndefined();
  });

  it('has so much more by chance as it has more acts than were looked for', () => {
    const acts = (pairs: number) =>
      copies(7).flatMap(([second], i): Timed[] => {
        const own: Timed[] = [[second], [second + 1_300]];
        const chance: Timed[] = [[second + 2_000], [second + 9_000]];
        return i < pairs ? [...own, ...chance] : own;
      });
    const of = (pairs: number) => found(acts(pairs), originalOf(daily(7)), far(120_000));
    expect(of(2)).toMatchObject({ actsAlike: 7, weightByChance: 0.4 });
    // 6 ÷ 11 + 3 + 5 √(6 ÷ 11) = 7.2.
    expect(of(3)).toBeUndefined();
  });

  it('is not compared whole where too many pairs lie at the move', () => {
    const run = (count: number, from: number) => steps(count, 1).map((i): Timed => [from + i]);
    const alike = (others: number) => {
      const acts = run(1_000, day(0) + MOVED_S + others - 1);
      const rest = steps(19, 1).map((i) => far(150, String(10_000_010 + i)));
      return found(acts, originalOf(run(others, day(0))), ...rest)?.['actsAlike'];
    };
    // Two million, by twenty firms.
    expect(alike(100)).toBe(1_000);
    expect(alike(101)).toBe(500);
  });
});
