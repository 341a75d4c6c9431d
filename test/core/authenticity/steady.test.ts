import { describe, expect, it } from 'vitest';
import { steadyPeople } from '../../../core/authenticity/steady.ts';
import { DAY_S, HOUR_S, MINUTE_S, steps } from './useInput.ts';

const START = 1_680_000_000;

/** The sets of people who are steady: each row is a second and a person. */
function steady(rows: readonly (readonly [second: number, person: number])[]) {
  const sorted = [...rows].sort(([a], [b]) => a - b);
  return steadyPeople({
    seconds: Int32Array.from(sorted, ([second]) => START + second),
    people: Int32Array.from(sorted, ([, person]) => person),
    peopleCount: new Set(rows.map(([, person]) => person)).size,
  });
}

const alone = (seconds: readonly number[], person = 0) =>
  seconds.map((second) => [second, person] as const);
/** A second for each act, from the spans between them. */
const after = (spans: readonly number[]) =>
  [0, ...spans].map((_, i) => spans.slice(0, i).reduce((a, b) => a + b, 0));

describe('use at even intervals', () => {
  it.each([
    [10, 10 * MINUTE_S, []],
    [11, 10 * MINUTE_S, [[0]]],
    [11, 29, []],
    [11, 30, [[0]]],
    [11, 6 * HOUR_S, [[0]]],
    [11, 6 * HOUR_S + 1, []],
    [0, 1, []],
  ])('is ten of them, from 30 seconds to 6 hours: %d acts every %d seconds', (count, s, found) => {
    expect(steady(alone(steps(count, s)))).toEqual(found);
  });

  it('has as many intervals as half its acts, those of one second counted once', () => {
    const timer = steps(11, 10 * MINUTE_S);
    const daily = (count: number) => steps(count, DAY_S).map((s) => s + 2 * DAY_S);
    expect(steady(alone([...timer, ...daily(9)]))).toEqual([[0]]);
    expect(steady(alone([...timer, ...daily(10)]))).toEqual([]);
    expect(steady(alone([...timer, ...timer, ...daily(9), ...daily(9)]))).toEqual([[0]]);
  });

  it('deviates by less than 35 of 100 from its mean', () => {
    const by = (offS: number) =>
      steady(alone(after(steps(10, 1).map((i) => 1_000 + (i % 2 === 0 ? offS : -offS)))));
    expect(by(349)).toEqual([[0]]);
    expect(by(350)).toEqual([]);
  });
});

describe('the people of even use', () => {
  /** In turn, every ten minutes; each of them too seldom to be even alone. */
  const inTurn = (people: readonly number[], each: number) =>
    steps(people.length * each, 10 * MINUTE_S).map(
      (s, i) => [400 * DAY_S + s, people[i % people.length] ?? 0] as const,
    );
  /** Before them, from person 0 on: so many acts each, farther apart than any interval. */
  const others = (counts: readonly number[]) =>
    counts.flatMap((count, person) =>
      steps(count, 8 * HOUR_S * counts.length).map(
        (s) => [s + person * 8 * HOUR_S, person] as const,
      ),
    );

  it('are all of them, and each one', () => {
    expect(steady(inTurn([0, 1], 6))).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const one = alone(steps(11, 10 * MINUTE_S), 1);
    expect(steady([[-DAY_S, 0], ...one])).toEqual([[0, 1], [1], [1, 0]]);
    expect(steady([...others([40]), ...one.map(([s]) => [s + 400 * DAY_S, 1] as const)])).toEqual([
      [1],
    ]);
  });

  it('are two of the eight busiest, and not of the nine', () => {
    const few = [5, 5];
    expect(
      steady([...others([...few, ...steps(6, 0).map(() => 40)]), ...inTurn([8, 9], 10)]),
    ).toEqual([[8, 9]]);
    expect(
      steady([...others([...few, ...steps(7, 0).map(() => 40)]), ...inTurn([9, 10], 10)]),
    ).toEqual([]);
  });

  it('are three of the busiest, the busiest first', () => {
    const busy = [40, 5, 40, 40];
    expect(steady([...others(busy), ...inTurn([4, 5, 6], 5)])).toEqual([[4, 5, 6]]);
    const more = alone(steps(2, DAY_S), 6).map(([s, person]) => [s + 402 * DAY_S, person] as const);
    expect(steady([...others(busy), ...inTurn([4, 5, 6], 5), ...more])).toEqual([[6, 4, 5]]);
    const eight = steps(6, 0).map(() => 40);
    expect(steady([...others(eight), ...inTurn([6, 7, 8], 5)])).toEqual([]);
  });
});
