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

/** 1 to 20, and 1 to 30, each once, in no order. */
const ORDER_OF_TWENTY = Array.from({ length: 20 }, (_, i) => 1 + ((i * 7) % 20));
const ORDER_OF_THIRTY = Array.from({ length: 30 }, (_, i) => 1 + ((i * 7) % 30));

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

  it.each([
    [5, [5, 10, 30]],
    [12, [10, 12, 30]],
    [30, [10, 30]],
    [99, [10, 30, 99]],
  ])('has the declared threshold %d in its place on the curve', (declared, thresholds) => {
    const months = [30, 10, 10, 0].map((n, i) => trial(i, n, declared));
    const { passing } = calibrate(monthly(declared), months).criteria[0] ?? { passing: [] };
    expect(passing.map((p) => p.atLeast)).toEqual(thresholds);
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
    expect(empty.criteria[0]?.passing).toEqual([{ atLeast: 5, share: 0 }]);
    expect(empty.flags.map((f) => f.code)).toEqual(['few_months']);
  });

  it('has each total and each reach at the nearest rank, over the months with use', () => {
    const ranks = (unit: number) => ({
      min: unit,
      p10: 2 * unit,
      p25: 5 * unit,
      p50: 10 * unit,
      p75: 15 * unit,
      p90: 18 * unit,
      max: 20 * unit,
    });
    const of = (n: number) => ({ logins: n, interactions: 10 * n, activeUsers: 3 * n });
    const months = [...ORDER_OF_TWENTY, 0].map((n) => {
      return { ...trial(n, 10 * n, 1), totals: { ...of(n), events: 1_000 * n } };
    });
    const { usage, criteria } = calibrate(monthly(1), months);
    expect(usage).toEqual({
      logins: ranks(1),
      interactions: ranks(10),
      activeUsers: ranks(3),
      events: ranks(1_000),
    });
    expect(criteria[0]?.reach).toEqual(ranks(10));
  });

  it('names no threshold and suggests none below one, where use reaches none', () => {
    const months = Array.from({ length: 10 }, (_, i) => ({
      ...trial(i, 7, 9),
      criteria: [{ cycles: cycles(0), cyclesAsked: 1 }],
    }));
    expect(calibrate(monthly(2), months).criteria[0]).toMatchObject({
      passing: [{ atLeast: 2, share: 0 }],
      suggestion: { atLeast: 1, share: 0 },
    });
  });

  it.each([
    [10, 1],
    [11, 2],
    [20, 2],
    [21, 3],
  ])('of %d months with use takes the %d least used for idle', (count, idle) => {
    const months = ORDER_OF_THIRTY.slice(30 - count).map((n) => trial(n, n, 1));
    const least = months.map((m) => m.totals.events).sort((a, b) => a - b);
    expect(calibrate(monthly(1), months).idle).toEqual({
      months: idle,
      eventsAtMost: least[idle - 1],
      share: 1,
    });
  });

  it.each([
    [8, 0.8, []],
    [9, 0.9, ['idle_months_pass']],
  ])('with %d of ten months of the same use met says %s of the idle pass', (met, share, flags) => {
    const months = Array.from({ length: 10 }, (_, i) => ({
      ...trial(i, 5, 5),
      state: i < met ? ('met' as const) : ('short' as const),
    }));
    const found = calibrate(monthly(5), months);
    expect(found.idle).toEqual({ months: 10, eventsAtMost: 5, share });
    expect(found.flags.map((f) => f.code)).toEqual(flags);
  });

  it('says in both languages what each flag means, in one order', () => {
    const passing = Array.from({ length: 10 }, (_, i) => trial(i, 5, 1));
    expect(calibrate(monthly(1), passing).flags).toEqual([
      {
        code: 'token_use_passes',
        explanation:
          '一人於一日登入一次並操作一次即達標 · one person opening it once in the month passes',
      },
      {
        code: 'idle_months_pass',
        explanation:
          '用量最低的一成月份幾乎都達標 · nearly all of the least used tenth of months pass',
      },
    ]);
    expect(calibrate(monthly(5), passing.slice(1)).flags).toEqual([
      {
        code: 'few_months',
        explanation:
          '有使用的月份不足 10 個，不作建議 · fewer than 10 months with use: no suggestion',
      },
    ]);
  });

  it('refuses a month that was not judged by every criterion', () => {
    const two: NormalFlow = {
      anyOf: [
        { metric: 'logins', per: 'month', atLeast: 1 },
        { metric: 'logins', per: 'week', atLeast: 1 },
      ],
    };
    expect(() => calibrate(two, [trial(1, 5, 5)])).toThrow(
      new RangeError('a month was not judged by every criterion'),
    );
  });
});

describe('one opening of the software in a month', () => {
  it.each<[string, NormalFlow, boolean]>([
    ['one a month', monthly(1), true],
    ['two a month', monthly(2), false],
    ['as many as there are standard interactions', monthly(6), false],
    [
      'one each of two interactions',
      {
        allOf: ['create', 'query'].map((action) => ({
          metric: 'interactions',
          actions: [action],
          per: 'month',
          atLeast: 1,
        })),
      },
      true,
    ],
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
