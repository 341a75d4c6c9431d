import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsOfUse } from '../../../core/authenticity/find.ts';
import { mayDepend } from '../../../core/authenticity/mayDepend.ts';
import { monthRows } from '../../../core/authenticity/monthRows.ts';
import { MARGIN_NEAR, mayFind } from '../../../core/authenticity/screen.ts';
import { type MonthUse, marginOf, type UseEvent } from '../../../core/authenticity/use.ts';
import type { Criterion } from '../../../core/normalFlow.ts';
import { DAY_MS, startOfDay } from '../../../core/time.ts';
import { humanTimes } from '../../authenticity/fabricate.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';
import { at } from '../../helpers/world.ts';
import {
  countedUse,
  decided,
  interactionsAMonth,
  MINUTE_S,
  markOf,
  monthUse,
  steps,
  useEvent,
} from './useInput.ts';

const START = at('2023-04-15');
const MARKED = '18446744073709551615';
const MARKS = {
  actors: new Map([[MARKED, markOf(3, 9)]]),
  addresses: new Map([
    ['7', markOf(12, 12)],
    ['9', markOf(3, 9)],
  ]),
};
const KEYS = new Set([...MARKS.actors.keys(), ...MARKS.addresses.keys()]);
const ALL = { startMs: 0, endExclusiveMs: Infinity, receivedBeforeMs: Infinity };

function screened(use: MonthUse): boolean {
  const weeks = use.weeks
    .filter((w) => w.judgedIn === 1)
    .map(({ counted }) => ({
      from: startOfDay(counted.start) / 1_000,
      until: startOfDay(counted.endExclusive) / 1_000,
    }));
  return mayFind(monthRows(countedUse(use.events), ALL, KEYS), weeks, decided(use).criteria);
}

function findingsIn(use: MonthUse) {
  const { criteria } = decided(use);
  return findingsOfUse({ use, criteria, marks: MARKS, originals: [], justOverMonths: 0 });
}

const actor = fc.constantFrom('1', '2', '3', '4294967296', '5', '6', '7', '8', '9', '10');

/** Use like people's, in hours of work. */
const human = fc
  .record({ seed: fc.nat(10_000), count: fc.integer({ min: 0, max: 150 }), people: fc.nat(9) })
  .map(({ seed, count, people }) =>
    humanTimes(seededRandom(seed), count, {
      startMs: START,
      endExclusiveMs: START + 30 * DAY_MS,
    }).map((atMs, i) => useEvent(atMs, { actor: String(1 + ((i * 7) % (people + 1))) })),
  );
/** Spread evenly, at night as well. */
const even = fc
  .record({ seed: fc.nat(10_000), count: fc.integer({ min: 0, max: 500 }) })
  .map(({ seed, count }) => {
    const random = seededRandom(seed);
    return steps(count, 1).map((i) =>
      useEvent(Math.floor(START + random() * 30 * DAY_MS), { actor: String(i % 8) }),
    );
  });
/** A timer, under one name or several. */
const timer = fc
  .record({
    day: fc.nat(25),
    periodS: fc.integer({ min: 20, max: 5 * 3_600 }),
    noiseS: fc.nat(900),
    count: fc.integer({ min: 0, max: 25 }),
    names: fc.array(actor, { minLength: 1, maxLength: 3 }),
  })
  .map(({ day, periodS, noiseS, count, names }) =>
    steps(count, periodS).map((s, i) =>
      useEvent(START + day * DAY_MS + (9 * 3_600 + s + ((i * i * 37) % (noiseS + 1))) * 1_000, {
        actor: names[i % names.length] ?? '1',
      }),
    ),
  );
const burst = fc
  .record({ day: fc.nat(29), count: fc.integer({ min: 0, max: 14 }), apartS: fc.nat(8 * MINUTE_S) })
  .map(({ day, count, apartS }) =>
    steps(count, apartS).map((s) => useEvent(START + day * DAY_MS + (10 * 3_600 + s) * 1_000)),
  );
const odd = fc.array(
  fc
    .record({
      atMs: fc.integer({ min: START, max: START + 30 * DAY_MS - 1 }),
      delayMs: fc.constantFrom(-120_000, -60_000, 0, 3 * DAY_MS, 3 * DAY_MS + 1),
      actor: fc.oneof({ weight: 9, arbitrary: actor }, fc.constant(MARKED)),
      address: fc.constantFrom(null, null, null, '8', '7'),
    })
    .map(({ delayMs, ...e }) => useEvent(e.atMs, { ...e, receivedAtMs: e.atMs + delayMs })),
  { maxLength: 1 },
);
/** The same number in every week. */
const weekly = fc
  .integer({ min: 8, max: 12 })
  .map((count) =>
    steps(5, 1).flatMap((week) =>
      steps(count, 1).map((i) =>
        useEvent(START + (2 + week * 7) * DAY_MS + (i * 41_000 + week * i * 977) * 1_000),
      ),
    ),
  );
const nights = fc
  .integer({ min: 8, max: 40 })
  .map((count) =>
    steps(count, 1).map((i) =>
      useEvent(START + (i % 29) * DAY_MS + ((i * i * 641) % (6 * 3_600)) * 1_000),
    ),
  );
const none = fc.constant<UseEvent[]>([]);
const either = <T>(rare: fc.Arbitrary<T[]>) =>
  fc.oneof({ weight: 3, arbitrary: none as fc.Arbitrary<T[]> }, { weight: 1, arbitrary: rare });
const month = fc
  .tuple(fc.oneof(human, even, weekly, nights), either(timer), either(burst), either(odd))
  .map((parts) => parts.flat().filter((e) => e.atMs < START + 30 * DAY_MS));

describe('a month that is not read event by event', () => {
  it('has nothing that would be found in it, whatever its use is like (I-144)', () => {
    const seen = new Set<string>();
    let spared = 0;
    fc.assert(
      fc.property(month, (events) => {
        const use = monthUse(events, interactionsAMonth(8));
        const codes = findingsIn(use).map((f) => f.code);
        for (const code of codes) seen.add(code);
        const may = screened(use);
        if (!may) spared += 1;
        if (codes.length > 0) expect(may).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(spared).toBeGreaterThan(20);
    expect([...seen].sort()).toEqual([
      'back_dated',
      'burst',
      'future_dated',
      'identical_weeks',
      'outside_hours',
      'regular_intervals',
      'shared_actor',
      'shared_address',
    ]);
  });
});

/** One week of the month: its uses, and what they are like. */
const weekOf = fc.record({
  seed: fc.nat(10_000),
  count: fc.integer({ min: 0, max: 60 }),
  kind: fc.constantFrom('none', 'real', 'late', 'shared', 'gateway', 'crowded', 'timed'),
});

function usesOfWeek(
  week: number,
  { seed, count, kind }: { seed: number; count: number; kind: string },
) {
  if (kind === 'none') return [];
  const startMs = START + (2 + 7 * week) * DAY_MS;
  if (kind === 'crowded') {
    const random = seededRandom(seed);
    return steps(count, 1).map(() => useEvent(Math.floor(startMs + (40 + random()) * 3_600_000)));
  }
  if (kind === 'timed') {
    return steps(count, 700 + seed).map((s) => useEvent(startMs + s * 1_000, { actor: '5' }));
  }
  const span = { startMs, endExclusiveMs: startMs + 7 * DAY_MS };
  const fields = {
    real: {},
    late: { receivedAtMs: START + 31 * DAY_MS },
    shared: { actor: MARKED },
    gateway: { address: '9' },
  }[kind];
  return humanTimes(seededRandom(seed), count, span).map((t) => useEvent(t, fields));
}

const flow = fc.constantFrom<Criterion>(
  { metric: 'interactions', per: 'week', atLeast: 3 },
  { metric: 'interactions', per: 'week', atLeast: 2, in: 3 },
  { metric: 'interactions', per: 'month', atLeast: 9 },
  { metric: 'interactions', per: 'day', atLeast: 1, in: 9 },
);

describe('a month far above its threshold that is not read event by event', () => {
  it('depends on nothing late, shared or crowded, alone or together (I-144)', () => {
    const seen = new Set<string>();
    let [spared, together] = [0, 0];
    fc.assert(
      fc.property(flow, fc.array(weekOf, { minLength: 4, maxLength: 4 }), (criterion, weeks) => {
        const events = weeks.flatMap((week, i) => usesOfWeek(i, week));
        const use = monthUse(events, { allOf: [criterion] });
        const { state, criteria } = decided(use);
        if (state !== 'met' || marginOf(criteria, false) <= MARGIN_NEAR) return;
        const of = countedUse(use.events);
        const rows = monthRows(of, ALL, KEYS);
        const may = mayDepend({ ...use, of, rows, span: ALL, marks: KEYS });
        const high = findingsIn(use).filter((f) => f.severity === 'high' && DOUBTFUL.has(f.code));
        for (const { code, explanation } of high) {
          seen.add(code);
          if (explanation.includes('together with')) together += 1;
        }
        if (!may) spared += 1;
        if (high.length > 0) expect(may).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(spared).toBeGreaterThan(20);
    expect(together).toBeGreaterThan(5);
    expect(seen).toEqual(DOUBTFUL);
  });
});

const DOUBTFUL = new Set(['back_dated', 'burst', 'shared_actor', 'shared_address']);
