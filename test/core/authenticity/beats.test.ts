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
