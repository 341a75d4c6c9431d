import { describe, expect, it } from 'vitest';
import { periodOf } from '../../core/cases.ts';
import type { Criterion, NormalFlow } from '../../core/normalFlow.ts';
import { normalFlowKept } from '../../core/rosterAverage.ts';
import { addDays, civilDate } from '../../core/time.ts';
import {
  ACCEPTED,
  aCase,
  aSolution,
  caseOrder,
  day,
  HELD,
  monthsOf,
  monthsWith,
  PER_MONTH,
  REJECTED,
  termsOf,
} from './caseInput.ts';

const PERIOD = periodOf(aCase());
const LATER = day('2024-06-01');
const TWO: Criterion[] = [
  { metric: 'interactions', per: 'month', atLeast: 10 },
  { metric: 'logins', per: 'month', atLeast: 3 },
];

/** Cycles of the four months May to August, in each one list a criterion. */
function kept(
  cycles: readonly (readonly number[][])[],
  given: { asOfMs?: number; rule?: NormalFlow; start?: string; period?: typeof PERIOD } = {},
) {
  const order = caseOrder('a', { contractStart: civilDate(given.start ?? '2023-05-01') });
  const months = monthsOf(order, (m) => cycles[m.month - 1] ?? [[0]]);
  const solution = aSolution(['2020-01-01', given.rule ?? PER_MONTH]);
  return normalFlowKept(
    { months, terms: termsOf(solution, months) },
    given.period ?? PERIOD,
    given.asOfMs ?? LATER,
  );
}

describe('the average', () => {
  it.each([
    [[10, 10, 10, 10], 40, 10, true],
    [[9, 10, 10, 10], 39, 9.75, false],
    [[40, 0, 0, 0], 40, 10, true],
    [[0, 0, 0, 0], 0, 0, false],
    [[11, 10, 10, 10], 41, 10.25, true],
  ])(
    'of the cycles %j is their sum %d by their number: %d, kept %s (I-122)',
    (values, total, average, keeps) => {
      const answer = kept(values.map((v) => [[v]]));
      expect(answer.thresholds).toEqual([
        {
          effectiveFrom: '2020-01-01',
          metric: 'interactions',
          actions: null,
          per: 'month',
          atLeast: 10,
          cycles: 4,
          total,
          average,
          keeps,
        },
      ]);
      expect(answer.keeps).toBe(keeps);
    },
  );

  it('is held against the threshold in whole numbers: no float decides', () => {
    const thirds = kept([[[10, 10, 9]], [[10, 10, 11]], [[10, 10, 10]], [[10, 10, 10]]]);
    expect(thirds.thresholds[0]).toMatchObject({
      cycles: 12,
      total: 120,
      average: 10,
      keeps: true,
    });
  });

  it.each([
    ['2023-05-31', 0, null],
    ['2023-06-01', 1, 1],
    ['2023-07-31', 2, 1.5],
    ['2023-08-01', 3, 2],
    ['2023-09-01', 4, 2.5],
  ])('at %s is over the %d cycles that have ended', (asOf, cycles, average) => {
    const answer = kept([[[1]], [[2]], [[3]], [[4]]], { asOfMs: day(asOf) });
    expect(answer.thresholds[0]).toMatchObject({ cycles, average });
    expect(answer.keeps).toBe(cycles === 0 ? null : false);
  });

  it.each([
    // A cycle that ends on the first day of the period ended before it.
    ['2023-06-01', '2023-11-30', 3],
    ['2023-05-31', '2023-11-30', 4],
    ['2023-04-10', '2023-08-31', 4],
    ['2023-04-10', '2023-08-30', 3],
  ])('from %s to %s is over the %d cycles that ended inside', (periodStart, periodEnd, cycles) => {
    const period = periodOf({
      periodStart: civilDate(periodStart),
      periodEnd: civilDate(periodEnd),
    });
    expect(kept([], { period }).thresholds[0]?.cycles).toBe(cycles);
  });

  it('takes no cycle that ends after the programme', () => {
    const answer = kept([[[1]], [[1]], [[1]], [[1]]], { start: '2023-09-15' });
    // Ends on 10-15, 11-15; the next on 12-15.
    expect(answer.thresholds[0]?.cycles).toBe(2);
  });
});

describe('several thresholds', () => {
  it.each([
    ['allOf', 10, 3, true],
    ['allOf', 10, 2, false],
    ['allOf', 9, 3, false],
    ['anyOf', 10, 2, true],
    ['anyOf', 9, 3, true],
    ['anyOf', 9, 2, false],
  ] as const)('%s with the averages %d and %d: %s', (kind, first, second, want) => {
    const rule = kind === 'allOf' ? { allOf: TWO } : { anyOf: TWO };
    const cycles = Array.from({ length: 4 }, () => [[first], [second]]);
    expect(kept(cycles, { rule }).keeps).toBe(want);
  });

  it('cannot be told while one of all has no cycle yet, but where one is missed', () => {
    const cycles = (first: number) => Array.from({ length: 4 }, () => [[first], []]);
    expect(kept(cycles(10), { rule: { allOf: TWO } }).keeps).toBeNull();
    expect(kept(cycles(9), { rule: { allOf: TWO } }).keeps).toBe(false);
    expect(kept(cycles(9), { rule: { anyOf: TWO } }).keeps).toBeNull();
    expect(kept(cycles(10), { rule: { anyOf: TWO } }).keeps).toBe(true);
  });
});

describe('a solution that agreed another threshold on the way', () => {
  const stricter: NormalFlow = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 20 }] };
  const order = caseOrder('a');
  const months = monthsOf(order, (m) => [[m.month <= 2 ? 10 : 19]]);

  it('is held against each by the cycles of its own months, and keeps both or neither', () => {
    const solution = aSolution(['2020-01-01', PER_MONTH], ['2023-06-15', stricter]);
    const answer = normalFlowKept({ months, terms: termsOf(solution, months) }, PERIOD, LATER);
    expect(answer.thresholds.map((t) => [t.effectiveFrom, t.cycles, t.average, t.keeps])).toEqual([
      ['2020-01-01', 2, 10, true],
      ['2023-06-15', 2, 19, false],
    ]);
    expect(answer.keeps).toBe(false);
    expect(
      normalFlowKept({ months, terms: termsOf(solution, months) }, PERIOD, day('2023-07-15')).keeps,
    ).toBe(true);
  });

  it('goes on with one agreement where a version leaves the rule as it was', () => {
    const solution = aSolution(['2020-01-01', PER_MONTH], ['2023-06-15', PER_MONTH]);
    const answer = normalFlowKept({ months, terms: termsOf(solution, months) }, PERIOD, LATER);
    expect(answer.thresholds.map((t) => [t.effectiveFrom, t.cycles])).toEqual([['2020-01-01', 4]]);
  });

  it('is held against what its seals name, month by month, whatever is in force since (I-124)', () => {
    const solution = aSolution(['2020-01-01', PER_MONTH], ['2023-04-01', stricter]);
    const [first, since] = solution.versions;
    if (first === undefined || since === undefined) throw new Error('two versions');
    const terms = [first, first, first, since].map((version) => ({
      version,
      countedUntilMs: LATER,
    }));
    const answer = normalFlowKept({ months, terms }, PERIOD, LATER);
    expect(answer.thresholds.map((t) => [t.effectiveFrom, t.cycles, t.average, t.keeps])).toEqual([
      ['2020-01-01', 3, 13, true],
      ['2023-04-01', 1, 19, false],
    ]);
  });
});

describe('months that were doubted', () => {
  const terms = (months: ReturnType<typeof monthsOf>) =>
    termsOf(aSolution(['2020-01-01', PER_MONTH]), months);
  const of = (months: ReturnType<typeof monthsOf>, asOf = LATER, period = PERIOD) => {
    const { thresholds, ...answer } = normalFlowKept(
      { months, terms: terms(months) },
      period,
      asOf,
    );
    return { ...answer, of: thresholds.map((t) => `${t.total}/${t.cycles} ${t.keeps}`) };
  };
  const months = monthsOf(caseOrder('a'), () => [[10]]);
  const plenty = monthsOf(caseOrder('a'), () => [[14]]);

  it('and rejected hold nothing: their cycles stay, without use (I-190)', () => {
    const one = { monthsHeld: 0, monthsRejected: 1 };
    expect(of(monthsWith(months, 2, REJECTED))).toEqual({
      ...one,
      keeps: false,
      of: ['30/4 false'],
    });
    expect(of(monthsWith(plenty, 2, REJECTED))).toEqual({ ...one, keeps: true, of: ['42/4 true'] });
    const all = months.map((m) => ({ ...m, ...REJECTED }));
    expect(of(all)).toEqual({
      monthsHeld: 0,
      monthsRejected: 4,
      keeps: false,
      of: ['0/4 false'],
    });
  });

  it('and held count as use, and nothing is kept until they are accepted (I-190)', () => {
    const held = monthsWith(months, 2, HELD);
    expect(of(held)).toEqual({
      monthsHeld: 1,
      monthsRejected: 0,
      keeps: false,
      of: ['40/4 true'],
    });
    expect(of(monthsWith(held, 2, ACCEPTED))).toEqual({
      monthsHeld: 0,
      monthsRejected: 0,
      keeps: true,
      of: ['40/4 true'],
    });
    expect(of(monthsWith(held, 2, { ...HELD, ...REJECTED }))).toMatchObject({
      monthsHeld: 0,
      monthsRejected: 1,
      keeps: false,
    });
  });

  it('take with them the week that they judge, also its days in the next month', () => {
    // The last cycle of June ends in July, as a week does that June holds four days of.
    const reaching = months.map((m) =>
      m.month === 2
        ? {
            ...m,
            criteria: m.criteria.map((c) => ({
              ...c,
              cycles: [
                {
                  start: civilDate('2023-06-26'),
                  endExclusive: civilDate('2023-07-03'),
                  value: 9,
                  met: true,
                },
              ],
            })),
          }
        : m,
    );
    expect(of(reaching).of).toEqual(['39/4 false']);
    expect(of(monthsWith(reaching, 2, REJECTED)).of).toEqual(['30/4 false']);
    expect(of(monthsWith(reaching, 3, REJECTED)).of).toEqual(['29/4 false']);
  });

  it('are of the case where a day or a cycle of theirs is of its period, and else are not told', () => {
    const all = months.map((m) => ({ ...m, ...HELD }));
    const during = (periodStart: string, periodEnd: string) =>
      periodOf({ periodStart: civilDate(periodStart), periodEnd: civilDate(periodEnd) });
    const held = (from: string, to: string) => of(all, LATER, during(from, to)).monthsHeld;
    expect(held('2023-05-31', '2023-07-01')).toBe(3);
    expect(held('2023-06-01', '2023-06-30')).toBe(1);
    expect(held('2023-09-01', '2023-09-30')).toBe(0);
    // One of the cycles of one of the criteria is enough.
    const reaching = all.map((m) => {
      const within = { start: m.start, endExclusive: m.endExclusive, value: 0, met: true };
      const beyond = { ...within, endExclusive: addDays(m.endExclusive, 2) };
      const criteria = [[within, beyond], [within]].flatMap((cycles) =>
        m.criteria.map((c) => ({ ...c, cycles })),
      );
      return { ...m, criteria };
    });
    const september = during('2023-09-01', '2023-09-30');
    expect(of(reaching, LATER, september)).toMatchObject({ monthsHeld: 1, keeps: false });
  });
});
