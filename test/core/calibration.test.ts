import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALIBRATION_MONTHS_MIN,
  CALIBRATION_POINTS_MAX,
  calibrate,
  reachOf,
  type TrialMonth,
  tokenUsePasses,
} from '../../core/calibration.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { civilDate } from '../../core/time.ts';

const DAY = civilDate('2023-05-01');

function cycles(...values: number[]) {
  return values.map((value) => ({ start: DAY, endExclusive: DAY, value, met: false }));
}

/** A month of one monthly criterion, with so many interactions as events. */
function trial(n: number, interactions: number, atLeast: number): TrialMonth {
  const silent = interactions === 0;
  return {
    orderId: `o${n}`,
    month: 1,
    state: silent ? 'silent' : interactions >= atLeast ? 'met' : 'short',
    totals: { logins: 0, interactions, activeUsers: silent ? 0 : 1, events: interactions },
    criteria: [{ cycles: cycles(interactions), cyclesAsked: 1 }],
  };
}

function monthly(atLeast: number): NormalFlow {
  return { allOf: [{ metric: 'interactions', per: 'month', atLeast }] };
}

describe('the reach of a month is the largest threshold that it still passes', () => {
  it.each([
    ['no cycle', [], 0, 0],
    ['one cycle', [7], 1, 7],
    ['all of four', [9, 3, 5, 4], 4, 3],
    ['three of four', [9, 3, 5, 4], 3, 4],
    ['one of four', [9, 3, 5, 4], 1, 9],
  ])('%s', (_, values, cyclesAsked, expected) => {
    expect(reachOf({ cycles: cycles(...values), cyclesAsked })).toBe(expected);
  });

  it('for every threshold: as many cycles reach it as are asked, and at one more they do not', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 1, maxLength: 31 }),
        fc.nat(30),
        (values, pick) => {
          const cyclesAsked = 1 + (pick % values.length);
          const reach = reachOf({ cycles: cycles(...values), cyclesAsked });
          const reaching = (threshold: number) => values.filter((v) => v >= threshold).length;
          expect(reaching(reach)).toBeGreaterThanOrEqual(cyclesAsked);
          expect(reaching(reach + 1)).toBeLessThan(cyclesAsked);
        },
      ),
    );
  });
});

describe('a calibration', () => {
  it('gives at each threshold the share of all ended months that pass it', () => {
    const months = [0, 0, 4, 6, 6, 9, 10, 10, 10, 10, 30, 40].map((n, i) => trial(i, n, 6));
    const { criteria, monthsPassing, monthsSilent } = calibrate(monthly(6), months);
    expect([monthsPassing, monthsSilent]).toEqual([9, 2]);
    expect(criteria[0]?.passing).toEqual([
      { atLeast: 4, share: 0.8333 },
      { atLeast: 6, share: 0.75 },
      { atLeast: 9, share: 0.5833 },
      { atLeast: 10, share: 0.5 },
      { atLeast: 30, share: 0.1667 },
      { atLeast: 40, share: 0.0833 },
    ]);
  });

  it('agrees with judging each month again at every threshold it names', () => {
    const used = fc.array(fc.nat(40), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(used, fc.integer({ min: 1, max: 40 }), (values, atLeast) => {
        const months = values.map((n, i) => trial(i, n, atLeast));
        const [criterion] = calibrate(monthly(atLeast), months).criteria;
        for (const point of criterion?.passing ?? []) {
          const passing = values.filter((n) => n >= point.atLeast).length;
          expect(point.share).toBeCloseTo(passing / values.length, 3);
        }
        expect(criterion?.passing.map((p) => p.atLeast)).toContain(atLeast);
      }),
    );
  });

  it('suggests the largest threshold that three of four months with use reach', () => {
    const months = Array.from({ length: 12 }, (_, i) => trial(i, (i + 1) * 10, 5));
    const [criterion] = calibrate(monthly(5), months).criteria;
    expect(criterion?.suggestion).toEqual({ atLeast: 30, share: 0.8333 });
  });

  it.each([
    [CALIBRATION_MONTHS_MIN - 1, null, ['few_months']],
    [CALIBRATION_MONTHS_MIN, 100, []],
  ])('of %d months with use suggests %s', (months, suggested, flags) => {
    const equal = Array.from({ length: months }, (_, i) => trial(i, 100, 200));
    const silent = Array.from({ length: 20 }, (_, i) => trial(100 + i, 0, 200));
    const found = calibrate(monthly(200), [...equal, ...silent]);
    expect(found.criteria[0]?.suggestion?.atLeast ?? null).toBe(suggested);
    expect(found.flags.map((f) => f.code)).toEqual(flags);
  });

  it('flags a declaration that the least used months pass too, and not one that they miss', () => {
    const months = (atLeast: number) =>
      Array.from({ length: 20 }, (_, i) => trial(i, i < 2 ? 3 : 300, atLeast));
    expect(calibrate(monthly(3), months(3)).flags.map((f) => f.code)).toEqual(['idle_months_pass']);
    expect(calibrate(monthly(4), months(4)).flags).toEqual([]);
    expect(calibrate(monthly(4), months(4)).idle).toEqual({
      months: 2,
      eventsAtMost: 3,
      share: 0,
    });
  });

  it('does not depend on the order of the months', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 0];
    const months = values.map((n, i) => trial(i, n, 4));
    expect(calibrate(monthly(4), [...months].reverse())).toEqual(calibrate(monthly(4), months));
  });

  it('keeps its curve short, the declared threshold and the ends always on it', () => {
    const months = Array.from({ length: 1_000 }, (_, i) => trial(i, i + 1, 500));
    const points = calibrate(monthly(500), months).criteria[0]?.passing ?? [];
    expect(points.length).toBeLessThanOrEqual(CALIBRATION_POINTS_MAX + 1);
    expect(points.map((p) => p.atLeast)).toEqual(expect.arrayContaining([1, 500, 1_000]));
  });

  it('of no month at all is empty and says so', () => {
    const empty = calibrate(monthly(5), []);
    expect(empty.usage).toBeNull();
    expect(empty.criteria[0]?.reach).toBeNull();
    expect(empty.flags.map((f) => f.code)).toEqual(['few_months']);
  });
});

describe('one opening of the software in a month', () => {
  it.each<[string, NormalFlow, boolean]>([
    ['one a month', monthly(1), true],
    ['two a month', monthly(2), false],
    ['one in every week', { allOf: [{ metric: 'logins', per: 'week', atLeast: 1 }] }, false],
    ['one in one week', { allOf: [{ metric: 'logins', per: 'week', atLeast: 1, in: 1 }] }, true],
    ['one on two days', { allOf: [{ metric: 'logins', per: 'day', atLeast: 1, in: 2 }] }, false],
    [
      'one and many',
      {
        allOf: [
          { metric: 'activeUsers', per: 'month', atLeast: 1 },
          { metric: 'logins', per: 'month', atLeast: 9 },
        ],
      },
      false,
    ],
    [
      'one or many',
      {
        anyOf: [
          { metric: 'activeUsers', per: 'month', atLeast: 1 },
          { metric: 'logins', per: 'month', atLeast: 9 },
        ],
      },
      true,
    ],
  ])('where the rule asks %s', (_, rule, passes) => {
    expect(tokenUsePasses(rule)).toBe(passes);
  });
});
