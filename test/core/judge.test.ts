import { describe, expect, it } from 'vitest';
import { contractOf, weeksOf } from '../../core/contract.ts';
import {
  type CountOf,
  decideMonth,
  graceEnd,
  monthsToSeal,
  planMonth,
  subsetsOf,
  type UsageCount,
} from '../../core/judge.ts';
import type { Criterion, NormalFlow } from '../../core/normalFlow.ts';
import type { SolutionVersion } from '../../core/registry.ts';
import { civilDate, startOfDay } from '../../core/time.ts';

const GRACE_DAYS = 7;
const END = startOfDay(civilDate('2023-05-15'));
const GRACE_END = startOfDay(civilDate('2023-05-22'));
const NONE: UsageCount = { logins: 0, interactions: 0, activeUsers: 0, events: 0, subsets: [] };

function version(normalFlow: NormalFlow): SolutionVersion {
  return {
    solutionId: 's',
    vendorId: 'v',
    name: 'S',
    usagePlan: '',
    interactions: ['print'],
    normalFlow,
    effectiveFrom: civilDate('2020-01-01'),
  };
}

/** Month 1 of a contract from 2023-04-15: 30 days, the judged weeks of 04-17, 04-24, 05-01, 05-08. */
function decide(
  rule: NormalFlow,
  countOf: CountOf | Partial<UsageCount>,
  nowMs = GRACE_END,
  end: string | null = null,
) {
  const contract = contractOf({
    contractStart: civilDate('2023-04-15'),
    contractMonths: 4,
    closure: null,
    termination: end === null ? null : { date: civilDate(end), reason: 'r' },
  });
  const [month] = contract.months;
  if (month === undefined) throw new Error('no month');
  const weeks = weeksOf(contract);
  const plan = planMonth(month, weeks, version(rule), nowMs);
  const count = typeof countOf === 'function' ? countOf : () => ({ ...NONE, ...countOf });
  return decideMonth(plan, weeks, count, nowMs, GRACE_DAYS);
}

const all = (...criteria: Criterion[]): NormalFlow => ({ allOf: criteria });
const any = (...criteria: Criterion[]): NormalFlow => ({ anyOf: criteria });
const monthly = (atLeast: number): Criterion => ({ metric: 'interactions', per: 'month', atLeast });
const weekly = (atLeast: number, times?: number): Criterion => ({
  metric: 'interactions',
  per: 'week',
  atLeast,
  ...(times === undefined ? {} : { in: times }),
});
/** Interactions of each week by its Monday, of the month under `month`. */
const byStart =
  (values: Record<string, number>): CountOf =>
  (kind, start) => {
    const interactions = values[kind === 'month' ? 'month' : start.slice(5)] ?? 0;
    return { ...NONE, interactions, events: interactions };
  };

describe('a threshold', () => {
  it.each([
    [19, false],
    [20, true],
    [21, true],
  ])('of 20 a month: %d → met %s (I-28)', (interactions, met) => {
    const decided = decide(all(monthly(20)), { interactions, events: 30 });
    expect(decided.criteria[0]).toMatchObject({ cyclesMet: met ? 1 : 0, cyclesAsked: 1, met });
    expect(decided.state).toBe(met ? 'met' : 'short');
  });

  it.each(['logins', 'interactions', 'activeUsers'] as const)(
    'is measured in %s alone',
    (metric) => {
      const rule = all({ metric, per: 'month', atLeast: 3 });
      const others = { logins: 9, interactions: 9, activeUsers: 9, events: 9 };
      expect(decide(rule, { ...others, [metric]: 3 }).state).toBe('met');
      expect(decide(rule, { ...others, [metric]: 2 }).state).toBe('short');
    },
  );

  it('of a named set of actions is measured in that set, each criterion in its own (I-28)', () => {
    const rule = all({ ...monthly(2), actions: ['print'] }, monthly(9), {
      ...monthly(3),
      actions: ['create', 'click'],
    });
    expect(subsetsOf(rule)).toEqual([['print'], ['create', 'click']]);
    const counted = (a: number, b: number) => ({ interactions: 9, events: 9, subsets: [a, b] });
    expect(decide(rule, counted(2, 3)).state).toBe('met');
    expect(decide(rule, counted(1, 3)).criteria.map((c) => c.met)).toEqual([false, true, true]);
    expect(decide(rule, counted(2, 2)).criteria.map((c) => c.met)).toEqual([true, true, false]);
    expect(() => decide(rule, { interactions: 9, events: 9 })).toThrow(RangeError);
  });
});

describe('cycles', () => {
  const weeks = { '04-17': 5, '04-24': 4, '05-01': 5, '05-08': 5, month: 19 };

  it.each([
    [undefined, 4, false],
    [1, 1, true],
    [3, 3, true],
    [4, 4, false],
    [5, 4, false],
    [31, 4, false],
  ])(
    'of which three of four reach it, with in=%s: %d asked, met %s (I-29)',
    (times, asked, met) => {
      const [criterion] = decide(all(weekly(5, times)), byStart(weeks)).criteria;
      expect(criterion).toMatchObject({ in: times ?? null, cyclesMet: 3, cyclesAsked: asked, met });
    },
  );

  it('are all asked where `in` is larger than the month has (I-29)', () => {
    expect(decide(all(weekly(4, 5)), byStart(weeks)).state).toBe('met');
    expect(decide(all(weekly(5, 5)), byStart(weeks)).state).toBe('short');
  });

  it('are shown whole, Monday to Monday, with their value', () => {
    const [criterion] = decide(all(weekly(5)), byStart(weeks)).criteria;
    expect(criterion?.cycles).toEqual([
      { start: '2023-04-17', endExclusive: '2023-04-24', value: 5, met: true },
      { start: '2023-04-24', endExclusive: '2023-05-01', value: 4, met: false },
      { start: '2023-05-01', endExclusive: '2023-05-08', value: 5, met: true },
      { start: '2023-05-08', endExclusive: '2023-05-15', value: 5, met: true },
    ]);
  });

  it('of days are every calendar day without `in`', () => {
    const daily = (times?: number) =>
      all({ metric: 'logins', per: 'day', atLeast: 1, ...(times ? { in: times } : {}) });
    const used: CountOf = (_, start) => ({
      ...NONE,
      events: 1,
      logins: start === '2023-04-20' ? 0 : 1,
    });
    expect(decide(daily(), used).criteria[0]).toMatchObject({
      cyclesMet: 29,
      cyclesAsked: 30,
      met: false,
    });
    expect(decide(daily(29), used).state).toBe('met');
    expect(decide(daily(30), used).state).toBe('short');
    expect(decide(daily(31), used).criteria[0]).toMatchObject({ cyclesAsked: 30, met: false });
  });

  it('of a kind that the month lacks are not met (I-29)', () => {
    const used = { interactions: 99, events: 99 };
    const decided = decide(all(weekly(1)), used, GRACE_END, '2023-04-20');
    expect(decided.criteria[0]).toMatchObject({
      cycles: [],
      cyclesMet: 0,
      cyclesAsked: 0,
      met: false,
    });
    expect(decided.state).toBe('short');
    expect(decide(any(weekly(1), monthly(99)), used, GRACE_END, '2023-04-20').state).toBe('met');
  });
});

describe('criteria', () => {
  const [met, unmet] = [monthly(5), monthly(6)];

  it.each([
    ['allOf', all(met, met), 'met'],
    ['allOf', all(met, unmet), 'short'],
    ['allOf', all(unmet, unmet), 'short'],
    ['anyOf', any(met, met), 'met'],
    ['anyOf', any(unmet, met), 'met'],
    ['anyOf', any(unmet, unmet), 'short'],
  ])('%s: %j → %s', (_, rule, state) => {
    expect(decide(rule, { interactions: 5, events: 5 }).state).toBe(state);
  });
});

describe('the state of a month', () => {
  const rule = all(monthly(2));

  it.each([
    ['1 ms before its end', END - 1, 'open'],
    ['at its end', END, 'pending'],
    ['1 ms after its end', END + 1, 'pending'],
    ['1 ms before the grace ends', GRACE_END - 1, 'pending'],
    ['when the grace ends', GRACE_END, 'met'],
    ['1 ms after the grace', GRACE_END + 1, 'met'],
  ])('%s, whatever was counted (I-31)', (_, nowMs, state) => {
    expect(decide(rule, { interactions: 2, events: 2 }, nowMs).state).toBe(state);
    const unused = state === 'met' ? 'silent' : state;
    expect(decide(rule, {}, nowMs).state).toBe(unused);
  });

  it.each([
    [0, 0, 'silent'],
    [0, 1, 'short'],
    [1, 1, 'short'],
    [2, 2, 'met'],
  ])('with %d interactions in %d events is %s', (interactions, events, state) => {
    expect(decide(rule, { interactions, events }).state).toBe(state);
  });

  it('is silent without an event in its own days, though its weeks reach the rule (I-31)', () => {
    const neighbours: CountOf = (kind) =>
      kind === 'month' ? NONE : { ...NONE, interactions: 9, events: 9 };
    const decided = decide(all(weekly(5)), neighbours);
    expect(decided.criteria[0]?.met).toBe(true);
    expect(decided.state).toBe('silent');
  });

  it('shows the totals of its own days and nothing else', () => {
    const counted = { logins: 1, interactions: 2, activeUsers: 3, events: 4, subsets: [7] };
    expect(decide(rule, counted).totals).toEqual({
      logins: 1,
      interactions: 2,
      activeUsers: 3,
      events: 4,
    });
  });
});

describe('grace', () => {
  it.each([
    [0, END],
    [7, GRACE_END],
  ])('of %d days ends at 00:00 in Taipei (I-32)', (days, want) => {
    const month = { start: civilDate('2023-04-15'), endExclusive: civilDate('2023-05-15') };
    expect(graceEnd(month, days)).toBe(want);
  });
});

describe('a month is to be sealed', () => {
  const decided = (sealed: boolean) => {
    const seal = sealed ? { sealedAt: 'then', digest: 'd', revision: 1 } : null;
    const decision = decide(all(monthly(1)), { interactions: 1 });
    const [start, endExclusive] = ['2023-04-15', '2023-05-15'].map(civilDate);
    if (start === undefined || endExclusive === undefined) throw new Error('no days');
    return {
      ...decision,
      ...{ month: 3, start, endExclusive, claimable: true, findings: [], seal, review: null },
    };
  };

  it.each([
    ['not before its grace has ended', false, GRACE_END - 1, []],
    ['from the instant on at which its grace has ended', false, GRACE_END, [3]],
    ['not where it is sealed already', true, GRACE_END, []],
    ['not where it is sealed, before its grace has ended', true, GRACE_END - 1, []],
  ])('%s', (_, sealed, asOfMs, want) => {
    expect(monthsToSeal([decided(sealed)], asOfMs, GRACE_DAYS)).toEqual(want);
  });
});

describe('what is asked of the log', () => {
  it('is the month and the cycles of each kind the rule names, once, until the same instant', () => {
    const contract = contractOf({
      contractStart: civilDate('2023-04-15'),
      contractMonths: 4,
      closure: null,
      termination: null,
    });
    const weeks = weeksOf(contract);
    const third = contract.months[2];
    if (third === undefined) throw new Error('no month');
    const { windows } = planMonth(third, weeks, version(all(weekly(1), weekly(2), monthly(1))), 5);
    expect(
      windows.map((w) => `${w.kind} ${w.span.start.slice(5)}–${w.span.endExclusive.slice(5)}`),
    ).toEqual([
      'month 06-15–07-15',
      'week 06-12–06-19',
      'week 06-19–06-26',
      'week 06-26–07-03',
      'week 07-03–07-10',
      'week 07-10–07-17',
    ]);
    expect(new Set(windows.map((w) => w.receivedBeforeMs))).toEqual(new Set([5]));
  });
});
