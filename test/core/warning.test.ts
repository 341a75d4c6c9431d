import { describe, expect, it } from 'vitest';
import { contractOf, weeksOf } from '../../core/contract.ts';
import { decideMonth, planMonth, type UsageCount } from '../../core/judge.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import type { SolutionVersion } from '../../core/registry.ts';
import { civilDate, DAY_MS } from '../../core/time.ts';
import { runningMonthOf, SILENT_DAYS, silenceOf, silentDaysAsked } from '../../core/warning.ts';
import { at } from '../helpers/world.ts';

function contractUntil(endedOn?: string) {
  return contractOf({
    contractStart: civilDate('2023-05-01'),
    contractMonths: 4,
    closure: endedOn === undefined ? null : { date: civilDate(endedOn), proof: 'p' },
    termination: null,
  });
}
const CONTRACT = contractUntil();

const NONE: UsageCount = { logins: 0, interactions: 0, activeUsers: 0, events: 0, subsets: [] };

interface Situation {
  readonly endedOn?: string;
  readonly now: string;
  readonly lastUse: string | null;
  readonly rule: NormalFlow;
  /** Interactions by the first day of the window. */
  readonly used?: Readonly<Record<string, number>>;
}

function silence({ now, lastUse, rule, used = {}, endedOn }: Situation) {
  const nowMs = at(now);
  const contract = contractUntil(endedOn);
  const weeks = weeksOf(contract);
  const month = runningMonthOf(contract.months, nowMs);
  if (month === undefined) throw new Error('outside the contract');
  const version = { solutionId: 's', normalFlow: rule, interactions: [] as string[] };
  const plan = planMonth(month, weeks, version as unknown as SolutionVersion, nowMs);
  const decided = decideMonth(
    plan,
    weeks,
    (_, start) => ({ ...NONE, interactions: used[start] ?? 0, events: used[start] ?? 0 }),
    nowMs,
    7,
  );
  const decision = {
    ...month,
    ...decided,
    claimable: false,
    findings: [],
    seal: null,
    review: null,
  };
  const lastUseMs = lastUse === null ? null : at(lastUse);
  const contractStart = CONTRACT.start;
  return silenceOf({ decision, rule, contractStart, lastUseMs }, nowMs);
}

const MONTHLY = {
  allOf: [{ metric: 'interactions', per: 'month', atLeast: 20 }],
} satisfies NormalFlow;
const WEEKLY = {
  allOf: [{ metric: 'interactions', per: 'week', atLeast: 5 }],
} satisfies NormalFlow;
const THREE_WEEKS = {
  allOf: [{ metric: 'interactions', per: 'week', atLeast: 5, in: 3 }],
} satisfies NormalFlow;

describe('a firm goes silent', () => {
  it.each([
    ['a millisecond less than the days', '2023-05-17 09:59:59.999', null],
    ['exactly the days', '2023-05-17 10:00:00', SILENT_DAYS],
    ['a day more', '2023-05-18 10:00:00', SILENT_DAYS + 1],
  ])('after %s without use', (_, now, expected) => {
    const found = silence({ now, lastUse: '2023-05-10 10:00:00', rule: MONTHLY });
    expect(found?.silentDays ?? null).toBe(expected);
  });

  it.each([
    ['2023-05-07 23:59:59.999', null],
    ['2023-05-08 00:00:00', SILENT_DAYS],
  ])('at %s counted from the start of its contract where it was never used', (now, expected) => {
    const found = silence({ now, lastUse: null, rule: MONTHLY });
    expect(found?.silentDays ?? null).toBe(expected);
    expect(found?.lastUseOn ?? null).toBeNull();
  });

  it('whose silence began in the month before is warned of at the start of the next', () => {
    const found = silence({ now: '2023-06-01', lastUse: '2023-05-20 08:00:00', rule: MONTHLY });
    expect(found).toMatchObject({ month: 2, silentDays: 11, lastUseOn: '2023-05-20' });
  });

  it.each([
    ['2023-05-31 00:00:00', 1],
    ['2023-05-30 23:59:59.999', 2],
  ])('says at %s how many days are left, the present one included', (now, daysLeft) => {
    expect(silence({ now, lastUse: null, rule: MONTHLY })?.daysLeft).toBe(daysLeft);
  });
});

describe('a week whose loss is that of the month', () => {
  const weekly = (lastUse: string | null, now: string, used: Situation['used'] = {}) =>
    silence({ rule: WEEKLY, lastUse, now, used });
  /** The week before, and that of Thursday 2023-05-11. */
  const [BEFORE, RUNNING] = ['2023-05-01', '2023-05-08'] as const;

  it.each([
    ['Friday', '2023-05-05 18:00:00', 5],
    ['Sunday', '2023-05-07 23:59:59.999', 3],
  ])('is told of on its Thursday where the last use was on %s (I-154)', (_, lastUse, days) => {
    const used = { [BEFORE]: 5 };
    expect(weekly(lastUse, '2023-05-10 23:59:59.999', used)).toBeNull();
    const told = { month: 1, silentDays: days, weekEndExclusive: '2023-05-15' };
    expect(weekly(lastUse, '2023-05-11 00:00:00', used)).toMatchObject(told);
    expect(weekly(lastUse, '2023-05-11 08:00:00', used)).toMatchObject(told);
  });

  it('is told of later where some use came, after three days without', () => {
    const used = { [BEFORE]: 5, [RUNNING]: 4 };
    expect(weekly('2023-05-09 10:00:00', '2023-05-12 09:59:59.999', used)).toBeNull();
    expect(weekly('2023-05-09 10:00:00', '2023-05-12 10:00:00', used)?.silentDays).toBe(3);
  });

  it('is not told of once it is reached, nor after it is lost', () => {
    const used = { [BEFORE]: 5, [RUNNING]: 5 };
    expect(weekly('2023-05-08 00:00:00', '2023-05-14 08:00:00', used)).toBeNull();
    expect(weekly('2023-05-05 18:00:00', '2023-05-18 08:00:00', { [BEFORE]: 5 })).toBeNull();
  });

  it('counts from the contract’s start where there was no use yet', () => {
    expect(weekly(null, '2023-05-03 23:59:59.999')).toBeNull();
    expect(weekly(null, '2023-05-04')).toMatchObject({ silentDays: 3, lastUseOn: null });
  });

  it('is the last one that a rule of some weeks needs, and none before it', () => {
    const of = (now: string) =>
      silence({ rule: THREE_WEEKS, lastUse: '2023-05-14 18:00:00', now, used: { [BEFORE]: 5 } });
    expect(of('2023-05-18 08:00:00')).toMatchObject({ weekEndExclusive: '2023-05-22' });
    const two = { [BEFORE]: 5, [RUNNING]: 5 };
    const spare = { rule: THREE_WEEKS, lastUse: '2023-05-14 18:00:00', used: two };
    expect(silence({ ...spare, now: '2023-05-18 08:00:00' })).toBeNull();
    const longer = silence({ ...spare, now: '2023-05-21 18:00:00' });
    expect(longer).toMatchObject({ silentDays: 7, weekEndExclusive: null });
  });

  it('begins at its Monday’s first instant, when the week before is over', () => {
    const of = (now: string) =>
      silence({ rule: THREE_WEEKS, lastUse: '2023-05-05 18:00:00', now, used: { [BEFORE]: 5 } });
    expect(of('2023-05-14 23:59:59.999')?.weekEndExclusive).toBeNull();
    expect(of('2023-05-15 00:00:00')?.weekEndExclusive).toBe('2023-05-22');
  });

  it('may be missed while another way leads to the month', () => {
    const rule: NormalFlow = { anyOf: [...WEEKLY.allOf, ...MONTHLY.allOf] };
    const lastUse = '2023-05-05 18:00:00';
    const used = { [BEFORE]: 5 };
    const of = (now: string) => silence({ rule, lastUse, now, used });
    expect(of('2023-05-11 08:00:00')).toBeNull();
    expect(of('2023-05-12 18:00:00')?.weekEndExclusive).toBeNull();
  });
});

describe('nobody is warned of sooner', () => {
  it.each([
    ['month', '2023-05-10 23:59:59.999', 7],
    ['month', '2023-05-11 00:00:00', 7],
    ['week', '2023-05-10 23:59:59.999', 7],
    ['week', '2023-05-11 00:00:00', 3],
    ['day', '2023-05-10 23:59:59.999', 1],
  ] as const)('by a rule of each %s at %s than after %d days', (per, now, days) => {
    const rule: NormalFlow = { allOf: [{ metric: 'logins', per, atLeast: 1 }] };
    expect(silentDaysAsked(rule, at(now))).toBe(days);
  });
});

describe('days of which no more may be missed', () => {
  const TENTH = '2023-05-10 10:00:00';
  /** Used on each of the first ten days of 31. */
  const used = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`2023-05-${String(i + 1).padStart(2, '0')}`, 1]),
  );
  const byDays = (days: number | null) =>
    ({
      allOf: [
        { metric: 'interactions', per: 'day', atLeast: 1, ...(days === null ? {} : { in: days }) },
      ],
    }) satisfies NormalFlow;
  const daily = (days: number | null, now: string, lastUse: string | null = TENTH) =>
    silence({ rule: byDays(days), lastUse, now, used: lastUse === null ? {} : used });
  /** The first look of a morning that finds the firm, of those up to the end of the month. */
  const firstLook = (rule: NormalFlow) =>
    Array.from({ length: 21 }, (_, i) => `2023-05-${11 + i} 08:00:00`).find(
      (now) => silence({ rule, lastUse: TENTH, now, used }) !== null,
    );

  it.each([
    [2, '2023-05-14 23:59:59.999', null],
    [1, '2023-05-15 00:00:00', '2023-05-17'],
    [1, '2023-05-15 23:59:59.999', '2023-05-17'],
    [0, '2023-05-16 00:00:00', '2023-05-17'],
    [0, '2023-05-16 23:59:59.999', '2023-05-17'],
    [-1, '2023-05-17 00:00:00', null],
  ])('are told of while they are two at most: %d to spare at %s (I-169)', (_, now, expected) => {
    expect(daily(26, now)?.dayEndExclusive ?? null).toBe(expected);
  });

  it.each([
    [12, '2023-05-17 10:00:00', 7, null],
    [24, '2023-05-17 08:00:00', 6, '2023-05-19'],
    [25, '2023-05-16 08:00:00', 5, '2023-05-18'],
    [26, '2023-05-15 08:00:00', 4, '2023-05-17'],
    [29, '2023-05-12 08:00:00', 1, '2023-05-14'],
  ])('where %d are asked are told of at %s', (days, now, silentDays, dayEndExclusive) => {
    expect(daily(days, now)).toMatchObject({ month: 1, silentDays, dayEndExclusive });
  });

  it.each(Array.from({ length: 17 }, (_, i) => 13 + i))(
    'where %d of 31 are asked are told of on a morning with a whole day left (I-169)',
    (days) => {
      const lostAt = at('2023-05-11') + (31 - days + 1) * DAY_MS;
      const look = firstLook(byDays(days)) ?? '2023-05-31';
      expect(at(look)).toBeLessThanOrEqual(lostAt - DAY_MS);
    },
  );

  it.each([
    [30, '2023-05-12 08:00:00', '2023-05-13'],
    [31, undefined, undefined],
    [null, undefined, undefined],
  ])('with less to spare are told of late or not at all: %s of 31', (days, morning, ends) => {
    const look = firstLook(byDays(days));
    expect(look).toBe(morning);
    expect(look && daily(days, look)?.dayEndExclusive).toBe(ends);
  });

  it('of which every one is asked are told of on the day itself, a day after the last use', () => {
    expect(daily(null, '2023-05-11 09:59:59.999')).toBeNull();
    const told = { silentDays: 1, dayEndExclusive: '2023-05-12' };
    expect(daily(null, '2023-05-11 10:00:00')).toMatchObject(told);
    expect(daily(null, '2023-05-11 23:59:59.999')).toMatchObject(told);
    expect(daily(null, '2023-05-12 00:00:00')).toBeNull();
  });

  it('are counted from the contract’s start where there was no use yet', () => {
    expect(daily(30, '2023-05-01 23:59:59.999', null)).toBeNull();
    const told = { silentDays: 1, lastUseOn: null, dayEndExclusive: '2023-05-03' };
    expect(daily(30, '2023-05-02', null)).toMatchObject(told);
  });

  it('may be missed while another way leads to the month', () => {
    const rule: NormalFlow = { anyOf: [...byDays(26).allOf, ...MONTHLY.allOf] };
    const of = (now: string) => silence({ rule, lastUse: TENTH, now, used });
    expect(of('2023-05-16 08:00:00')).toBeNull();
    expect(of('2023-05-17 10:00:00')).toMatchObject({ silentDays: 7, dayEndExclusive: null });
  });

  it('are told of where the month is lost with the last of several ways, a day or a week', () => {
    const rule: NormalFlow = { anyOf: [...byDays(28).allOf, ...WEEKLY.allOf] };
    const both = { ...used, '2023-05-01': 5 };
    const of = (now: string) => silence({ rule, lastUse: TENTH, now, used: both });
    expect(of('2023-05-12 23:59:59.999')).toBeNull();
    expect(of('2023-05-13 00:00:00')).toMatchObject({ dayEndExclusive: '2023-05-15' });
  });

  it('are no reason where enough are used, and something else lacks (I-169)', () => {
    const rule: NormalFlow = {
      allOf: [
        { metric: 'interactions', per: 'day', atLeast: 1, in: 3 },
        { metric: 'interactions', per: 'month', atLeast: 100 },
      ],
    };
    const of = (now: string) => silence({ now, rule, lastUse: TENTH, used });
    expect(of('2023-05-16 09:00:00')).toBeNull();
    expect(of('2023-05-30 09:00:00')).toMatchObject({ dayEndExclusive: null });
  });

  it('are of no account to a rule that does not count by days', () => {
    const found = silence({ rule: MONTHLY, lastUse: TENTH, now: '2023-05-30 08:00:00' });
    expect(found).toMatchObject({ daysLeft: 2, dayEndExclusive: null });
  });

  it('leave a week of the same rule its own time', () => {
    const rule: NormalFlow = { allOf: [...byDays(12).allOf, ...WEEKLY.allOf] };
    const both = { ...used, '2023-05-01': 5 };
    const of = (now: string, lastUse: string) => silence({ rule, lastUse, now, used: both });
    expect(of('2023-05-10 23:59:59.999', '2023-05-07 10:00:00')).toBeNull();
    expect(of('2023-05-11 00:00:00', '2023-05-07 10:00:00')?.weekEndExclusive).toBe('2023-05-15');
    expect(of('2023-05-11 00:00:00', '2023-05-08 10:00:00')).toBeNull();
  });
});

describe('no warning is given', () => {
  it.each([
    [19, 1],
    [20, 0],
  ])('once the month is reached: %d of 20 (I-110)', (interactions, warnings) => {
    const used = { '2023-05-01': interactions };
    const found = silence({
      now: '2023-05-20',
      lastUse: '2023-05-10 10:00:00',
      rule: MONTHLY,
      used,
    });
    expect(found === null ? 0 : 1).toBe(warnings);
  });

  it('when a week that every week is asked of is already lost', () => {
    const lastUse = '2023-05-09 10:00:00';
    const lost = { '2023-05-01': 5, '2023-05-08': 4 };
    expect(silence({ now: '2023-05-15', lastUse: null, rule: WEEKLY })).toBeNull();
    expect(silence({ now: '2023-05-17', lastUse, rule: WEEKLY, used: lost })).toBeNull();
  });

  it('when fewer weeks are left than are still asked, and one while enough are (I-110)', () => {
    const lastUse = '2023-05-05 10:00:00';
    const used = { '2023-05-01': 5 };
    expect(
      silence({ now: '2023-05-21 23:00:00', lastUse, rule: THREE_WEEKS, used })?.daysLeft,
    ).toBe(11);
    expect(silence({ now: '2023-05-22', lastUse, rule: THREE_WEEKS, used })).toBeNull();
  });

  it('in a part month that holds no week of its own to be judged by', () => {
    const lastUse = '2023-05-20 10:00:00';
    const now = '2023-06-01 12:00:00';
    expect(silence({ now, lastUse, rule: WEEKLY, endedOn: '2023-06-03' })).toBeNull();
    expect(silence({ now, lastUse, rule: MONTHLY, endedOn: '2023-06-03' })?.daysLeft).toBe(2);
  });

  it('when all of several are asked and one of them is lost, and one while none is', () => {
    const rule: NormalFlow = { allOf: [...THREE_WEEKS.allOf, ...MONTHLY.allOf] };
    const lastUse = '2023-05-05 10:00:00';
    const used = { '2023-05-01': 20 };
    expect(silence({ now: '2023-05-14', lastUse, rule, used })?.month).toBe(1);
    expect(silence({ now: '2023-05-22', lastUse, rule, used })).toBeNull();
  });

  it('when one of several alternatives is reached', () => {
    const rule: NormalFlow = {
      anyOf: [
        { metric: 'logins', per: 'month', atLeast: 50 },
        { metric: 'interactions', per: 'month', atLeast: 3 },
      ],
    };
    const lastUse = '2023-05-02 10:00:00';
    const used = (n: number) => ({ '2023-05-01': n });
    expect(silence({ now: '2023-05-20', lastUse, rule, used: used(3) })).toBeNull();
    expect(silence({ now: '2023-05-20', lastUse, rule, used: used(2) })?.month).toBe(1);
  });
});

describe('the running month', () => {
  it.each([
    ['2023-04-30 23:59:59.999', undefined],
    ['2023-05-01 00:00:00', 1],
    ['2023-05-31 23:59:59.999', 1],
    ['2023-06-01 00:00:00', 2],
    ['2023-08-31 23:59:59.999', 4],
    ['2023-09-01 00:00:00', undefined],
  ])('at %s is %s', (now, month) => {
    expect(runningMonthOf(CONTRACT.months, at(now))?.month).toBe(month);
  });
});
