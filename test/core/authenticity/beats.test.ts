import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beatsOf } from '../../../core/authenticity/beats.ts';
import { humanTimes } from '../../authenticity/fabricate.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';
import { DAY_S, steps } from './useInput.ts';

/** As it is said in docs/authenticity.md: each period is looked for, whatever the use is like. */
function beatsOfEveryPeriod(seconds: readonly number[]): { periodS: number; on: number[] } {
  const offOf = (periodS: number) => Math.min(240, Math.max(1, periodS * 0.0225));
  const frequent = new Map<number, number>();
  seconds.forEach((second, i) => {
    for (const later of seconds.slice(i + 1, i + 7)) {
      const apart = later - second;
      if (apart < 30 || apart > 21_600) continue;
      const like = Math.round(Math.log(apart) / 0.015);
      frequent.set(like, (frequent.get(like) ?? 0) + 1);
    }
  });
  const periods = [...frequent]
    .filter(([, count]) => count >= 4)
    .sort(([a, m], [b, n]) => n - m || a - b)
    .slice(0, 200);
  const cells = new Set(seconds.map((second) => Math.floor(second / 600))).size;
  let best: { periodS: number; on: number[] } = { periodS: 0, on: [] };
  for (const [like] of periods) {
    const periodS = Math.exp(like * 0.015);
    const next = 1 - Math.exp((-2 * offOf(periodS) * seconds.length) / (cells * 600));
    const chance = seconds.length * Math.min(1, 5 * next ** 4);
    const on = chains(seconds, periodS - offOf(periodS), periodS + offOf(periodS));
    if (on.length >= 3 * chance && on.length > best.on.length) best = { periodS, on };
  }
  return best;
}

/** The acts on the longest chain from each act of a chain of five or more. */
function chains(seconds: readonly number[], least: number, most: number): number[] {
  const longest = seconds.map(() => ({ length: 1, next: -1 }));
  for (let i = seconds.length - 1; i >= 0; i -= 1) {
    for (let j = i + 1; j < seconds.length; j += 1) {
      const apart = (seconds[j] ?? 0) - (seconds[i] ?? 0);
      if (apart < least || apart > most) continue;
      const length = 1 + (longest[j]?.length ?? 0);
      if (length > (longest[i]?.length ?? 0)) longest[i] = { length, next: j };
    }
  }
  const on = new Set<number>();
  longest.forEach(({ length }, i) => {
    for (let at = i; length >= 5 && at >= 0; at = longest[at]?.next ?? -1) on.add(at);
  });
  return [...on].sort((a, b) => a - b);
}

const START = 1_680_000_000;
const SPAN = { startMs: START * 1_000, endExclusiveMs: (START + 30 * DAY_S) * 1_000 };
const human = fc
  .record({ seed: fc.nat(10_000), count: fc.integer({ min: 0, max: 200 }) })
  .map(({ seed, count }) => humanTimes(seededRandom(seed), count, SPAN).map((ms) => ms / 1_000));
const even = fc
  .record({ seed: fc.nat(10_000), count: fc.integer({ min: 0, max: 250 }) })
  .map(({ seed, count }) => {
    const random = seededRandom(seed);
    return steps(count, 1).map(() => START + random() * 30 * DAY_S);
  });
const dense = fc
  .record({ seed: fc.nat(10_000), count: fc.integer({ min: 100, max: 350 }) })
  .map(({ seed, count }) => {
    const random = seededRandom(seed);
    return steps(count, 1).map(() => START + random() * 40_000);
  });
const timer = fc
  .record({
    day: fc.nat(25),
    periodS: fc.integer({ min: 20, max: 22_000 }),
    noiseS: fc.nat(700),
    count: fc.integer({ min: 0, max: 14 }),
  })
  .map(({ day, periodS, noiseS, count }) =>
    steps(count, periodS).map((s, i) => START + day * DAY_S + s + ((i * i * 37) % (noiseS + 1))),
  );
const use = fc
  .tuple(fc.oneof(human, even, dense), fc.array(timer, { maxLength: 2 }))
  .map(([some, timers]) =>
    [...new Set([...some, ...timers.flat()].map(Math.floor))].sort((a, b) => a - b),
  );

/** Acts at such distances from each other. */
const chainOf = (...distances: readonly number[]) =>
  [0, ...distances].map((_, i) => distances.slice(0, i).reduce((a, b) => a + b, 0));
const found = (seconds: readonly number[]) => {
  const { periodS, size, on } = beatsOf(Int32Array.from(seconds, (s) => START + s));
  return {
    periodS: Math.round(periodS),
    size,
    on: [...on].flatMap((is, i) => (is === 1 ? [i] : [])),
  };
};

describe('a chain of beats', () => {
  it.each<[string, number[], number]>([
    ['has five acts', [600, 600, 600, 600], 5],
    ['is no chain of four', [600, 600, 600], 0],
    ['is no chain of single seconds', [1, 1, 1, 1, 30_000, 30_000, 30_000, 30_000, 30_000], 0],
    ['may last 30 seconds a beat', [30, 30, 30, 30], 5],
    ['lasts no less', [29, 29, 29, 29], 0],
    // 9,414.4, and 211.8 off; of a longer period chance gives too many, however rare use is.
    ['may last two hours and a half a beat', [9_414, 9_414, 9_414, 9_414], 5],
    ['is chance where it lasts longer', [9_557, 9_557, 9_557, 9_557], 0],
    ['is off by 2.25 of 100 of a long beat', [9_414, 9_414, 9_414, 9_414, 9_626, 9_203], 7],
    // Like 600 seconds is a period of 595.9, and 13.4 off.
    ['is off by 2.25 of 100', [600, 600, 600, 600, 583, 609], 7],
    ['is off by no less', [600, 600, 600, 600, 582], 5],
    ['is off by no more', [600, 600, 600, 600, 610], 5],
    // 30.1, and one second off.
    ['is off by a second where that is more', [30, 30, 30, 30, 31], 6],
    ['is not off by two', [30, 30, 30, 30, 32], 5],
  ])('%s: %j', (_, distances, size) => {
    const { on, ...beats } = found(chainOf(...distances));
    expect(beats.size).toBe(size);
    expect(on).toEqual(steps(size, 1));
  });

  it('may have five other acts between two beats, and not six', () => {
    const between = (...others: readonly number[]) =>
      found(
        steps(5, 3_600).flatMap((s, beat) => [
          s,
          ...(beat < 4 ? others.map((other) => s + other + (beat % 2) * 200 + beat * 10) : []),
        ]),
      );
    const five = between(310, 700, 1_500, 2_050, 2_990);
    expect(five).toEqual({ periodS: 3_605, size: 5, on: [0, 6, 12, 18, 24] });
    expect(between(310, 700, 1_500, 2_050, 2_500, 2_990).size).toBe(0);
  });

  it('is that of most acts, and of the period that is most frequent where two have as many', () => {
    const of = (count: number, other: number) =>
      found([...steps(count, 600), ...steps(other, 900).map((s) => s + DAY_S)]);
    expect(of(6, 5)).toMatchObject({ periodS: 596, size: 6 });
    expect(of(5, 6)).toEqual({ periodS: 893, size: 6, on: [5, 6, 7, 8, 9, 10] });
    expect(of(5, 5)).toMatchObject({ periodS: 596, size: 5 });
  });

  it('has one of the 200 most frequent distances of the use', () => {
    /** So many distances, each five times and far from any other; and five acts, four times one. */
    const among = (distances: number) =>
      found([
        ...steps(5, 600),
        ...steps(5 * distances, 1).flatMap((pair) => {
          const from = DAY_S + pair * 50_000;
          return [from, from + Math.round(Math.exp((430 + Math.floor(pair / 5)) * 0.015))];
        }),
      ]).size;
    expect(among(199)).toBe(5);
    expect(among(200)).toBe(0);
  });

  /** Five acts an hour apart, and so many others that are on no chain. */
  const among = (count: number, apartS: number) =>
    found([
      ...steps(5, 3_600),
      ...steps(count, 1).map((i) => DAY_S + Math.floor(i / 2) * 50_000 + (i % 2) * apartS),
    ]).size;

  it('is found where it has three times the acts that chance puts on it', () => {
    expect(among(100, 25_000)).toBe(5);
    expect(among(101, 25_000)).toBe(0);
  });

  it('is sooner by chance where the other use is dense', () => {
    expect(among(20, 25_000)).toBe(5);
    expect(among(20, 20)).toBe(0);
    expect(among(10, 20)).toBe(5);
  });
});

describe('beats', () => {
  it('are those of a look at every period, whatever the use is like (I-148)', () => {
    let [none, some] = [0, 0];
    fc.assert(
      fc.property(use, (seconds) => {
        const { periodS, size, on } = beatsOf(Int32Array.from(seconds));
        const found = [...on].flatMap((is, i) => (is === 1 ? [i] : []));
        expect({ periodS, on: found }).toEqual(beatsOfEveryPeriod(seconds));
        expect(size).toBe(found.length);
        if (size === 0) none += 1;
        else some += 1;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(none, some)).toBeGreaterThan(20);
  });
});
