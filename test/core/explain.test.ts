import { describe, expect, it } from 'vitest';
import { type Contract, contractOf } from '../../core/contract.ts';
import {
  type CountingTerms,
  excludedGroups,
  exclusionOf,
  explainedSpan,
  type MonthTerms,
  type UseGroup,
} from '../../core/exclusion.ts';
import { type Explanation, explainMonth } from '../../core/explain.ts';
import { graceEnd } from '../../core/judge.ts';
import type { CriterionResult, MonthDecision, Review } from '../../core/month.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { versionInForce } from '../../core/registry.ts';
import { isClaimable, type MonthReview, standingReview, withReview } from '../../core/review.ts';
import { civilDate, startOfDay } from '../../core/time.ts';
import { at, order, registryOf, solutionEntries } from '../helpers/world.ts';

const ORDER = order('A-1', 'a');
const CONTRACT = contractOf(ORDER);
const GRACE_DAYS = 7;

function cycles(...values: readonly number[]): CriterionResult['cycles'] {
  return values.map((value, i) => ({
    start: civilDate(`2023-05-${Math.min(15 + 7 * i, 31)}`),
    endExclusive: civilDate('2023-06-05'),
    value,
    met: value >= 3,
  }));
}

function criterion(fields: Partial<CriterionResult> = {}): CriterionResult {
  const values = fields.cycles ?? cycles(3, 1, 2);
  const cyclesMet = values.filter((c) => c.met).length;
  return {
    metric: 'interactions',
    per: 'week',
    atLeast: 3,
    in: null,
    cycles: values,
    cyclesMet,
    cyclesAsked: values.length,
    met: values.length > 0 && cyclesMet === values.length,
    ...fields,
  };
}

const RULE: NormalFlow = { allOf: [{ metric: 'interactions', per: 'week', atLeast: 3 }] };

const SOLUTION = registryOf(solutionEntries('a')).solution('s-a');
if (SOLUTION === undefined) throw new Error('no solution');
const VERSION = versionInForce(SOLUTION, CONTRACT.start);

/** What counts, where every month is judged by one rule. */
function termsBy(contract: Contract, rule: NormalFlow, countedUntilMs?: number): CountingTerms {
  const version = { ...VERSION, normalFlow: rule };
  const months = contract.months.map((m) => ({
    countedUntilMs: countedUntilMs ?? graceEnd(m, GRACE_DAYS),
    version,
  }));
  return { contract, months };
}

function declaring(terms: MonthTerms, interactions: readonly string[]): MonthTerms {
  return { ...terms, version: { ...terms.version, interactions: [...interactions] } };
}

function explain(
  decision: Partial<MonthDecision>,
  input: Partial<Parameters<typeof explainMonth>[0]> = {},
  contract: Contract = CONTRACT,
): Explanation {
  const month = contract.months[1] ?? contract.months[0];
  if (month === undefined) throw new Error('no month');
  return explainMonth({
    mayList: { events: true, rejects: true },
    linksAsOfMs: null,
    order: ORDER,
    terms: termsBy(contract, RULE),
    month,
    decision: {
      ...month,
      state: 'short',
      claimable: false,
      totals: { logins: 0, interactions: 6, activeUsers: 1, events: 6 },
      criteria: [criterion()],
      findings: [],
      seal: null,
      review: null,
      ...decision,
    },
    graceDays: GRACE_DAYS,
    excluded: [],
    foreign: [],
    ...input,
  });
}

const distances = ({ criteria }: Explanation) =>
  criteria.map((c) => `${c.distance} ${c.cyclesMissing} ${c.cycles.map((y) => y.distance)}`);

describe('the distance to a threshold', () => {
  it.each([
    ['nothing where every cycle reaches it', {}, [3, 4], '0 0 0,0'],
    ['one use below it', {}, [3, 2], '1 1 0,1'],
    ['what all that fail lack, where all are asked', {}, [0, 1, 3], '5 2 3,2,0'],
    ['what the nearest lack, where some are asked', { cyclesAsked: 2 }, [0, 1, 3], '2 1 3,2,0'],
    ['nothing where enough reach it', { cyclesAsked: 1, met: true }, [0, 1, 3], '0 0 3,2,0'],
  ] as const)('is %s', (_, fields, values, expected) => {
    const of = criterion({ cycles: cycles(...values) });
    expect(distances(explain({ criteria: [{ ...of, ...fields }] }))).toEqual([expected]);
  });

  it('is unknown where the month has no cycle of the kind', () => {
    const none = criterion({ cycles: [] });
    expect(distances(explain({ criteria: [none] }))).toEqual(['null 0 ']);
  });
});

describe('an explanation', () => {
  it('names the interactions of a criterion that counts some alone', () => {
    const rule: NormalFlow = {
      allOf: [
        { metric: 'interactions', per: 'week', atLeast: 3 },
        { metric: 'interactions', actions: ['print'], per: 'week', atLeast: 3 },
      ],
    };
    const terms = termsBy(CONTRACT, rule);
    const explained = explain({ criteria: [criterion(), criterion()] }, { terms });
    expect(explained.criteria.map((c) => c.actions)).toEqual([null, ['print']]);
    expect(explained.text.en).toContain('(2) Interactions (print) ≥ 3 a week: ');
  });

  it('says that a month was cut short, and of a whole one nothing of the kind', () => {
    const terms = order('A-1', 'a', { termination: { date: '2023-06-14', reason: '不合用' } });
    const cut = contractOf(terms);
    expect(explain({}, { order: terms }, cut).text.en).toContain(' The contract ended early: ');
    expect(explain({}).text.en).not.toContain('ended early');
  });

  it.each([
    ['none where all are logins or interactions', [], 4, 9, 13, null],
    ['those that are neither', [], 4, 9, 14, '1'],
    ['all of them', [], 0, 0, 2, '2'],
    ['those that are no interactions, where logins are', ['login'], 4, 9, 12, '3'],
  ] as const)('says of its events that no metric counts how many they are: %s', (...row) => {
    const [, interactions, logins, measured, events, told] = row;
    const totals = { logins, interactions: measured, activeUsers: 1, events };
    const { contract, months } = termsBy(CONTRACT, RULE);
    const declared = { contract, months: months.map((m) => declaring(m, interactions)) };
    const { zh, en } = explain({ totals }, { terms: declared }).text;
    if (told === null) {
      expect(zh).toContain(`使用紀錄 ${events} 筆。`);
      expect(en).toContain(`and ${events} events in all. `);
    } else {
      expect(zh).toContain(
        `使用紀錄 ${events} 筆（其中 ${told} 筆為未申報的動作，不計入任何指標）。`,
      );
      expect(en).toContain(
        `and ${events} events in all, ${told} of them of undeclared actions, which no metric counts. `,
      );
    }
  });

  it('says until when an event had to be received, or before which reopening', () => {
    expect(explain({}).text.en).toContain('Of what was received to 2023-06-21 it counts ');
    const reopened = explain({}, { terms: termsBy(CONTRACT, RULE, at('2023-07-01')) });
    expect(reopened.text.en).toContain('before the reopening (2023-07-01T00:00:00.000+08:00)');
  });
});

describe('a week of an explanation that reaches into a neighbouring month', () => {
  /** One event of Thursday 15 June, received when the grace of its own month was over as well. */
  const told = (receivedAtMs: number) => {
    const days = {
      weekStart: civilDate('2023-05-22'),
      ...{ start: civilDate('2023-06-15'), endExclusive: civilDate('2023-06-17'), ownMonth: 3 },
    };
    const occurredAtMs = at('2023-06-15');
    const of = { actorRole: 'staff', action: 'create', occurredAtMs, receivedAtMs };
    return [{ days, uses: [{ ...of, count: 1, sample: [{ id: 'e', occurredAtMs, seq: 1 }] }] }];
  };
  const rule: NormalFlow = {
    allOf: [
      { metric: 'interactions', per: 'week', atLeast: 3 },
      { metric: 'logins', per: 'week', atLeast: 3 },
      { metric: 'interactions', per: 'day', atLeast: 3 },
    ],
  };
  const criteria = [criterion(), criterion({ metric: 'logins' }), criterion({ per: 'day' })];
  const terms = termsBy(CONTRACT, rule);

  it('alone says what it counts otherwise, for the criterion that measures it', () => {
    const explained = explain({ criteria }, { terms, foreign: told(at('2023-06-22')) });
    expect(explained.criteria.map((c) => c.cycles.map((cycle) => cycle.beyond))).toEqual([
      [
        null,
        {
          days: { from: '2023-06-15', to: '2023-06-16' },
          excluded: [{ reason: 'late', count: 1, sample: ['e'] }],
          admitted: { count: 0, sample: [] },
        },
        null,
      ],
      [null, null, null],
      [null, null, null],
    ]);
    expect(explained.text.en).toContain('of days in a neighbouring month: 1 left out here');
  });

  it('is not told of a criterion that the rule lacks, as a seal without its version may have', () => {
    const foreign = told(at('2023-06-22'));
    const explained = explain({ criteria: [criterion(), criterion()] }, { foreign });
    expect(explained.criteria[1]).toMatchObject({ actions: null, cyclesMissing: 2 });
    expect(explained.criteria.map((c) => c.cycles.some((cycle) => cycle.beyond !== null))).toEqual([
      true,
      false,
    ]);
  });

  it('is null where there is nothing to tell', () => {
    const explained = explain({ criteria }, { terms, foreign: told(at('2023-06-22') - 1) });
    const cycles = explained.criteria.flatMap((c) => c.cycles);
    expect(cycles.filter((cycle) => cycle.beyond !== null)).toEqual([]);
  });
});

describe('the links of an explanation', () => {
  const path = '/v1/orders/A-1/events';
  const refused = '/v1/rejects?orderId=A-1&code=id_conflict';
  const group = (reason: 'outside' | 'late' | 'conflict') => ({ reason, count: 1, sample: [] });

  it('are the days of the month and of each cycle, both inclusive', () => {
    const explained = explain({});
    expect(explained.rows).toBe(`${path}?from=2023-05-15&to=2023-06-14`);
    expect(explained.criteria[0]?.cycles[0]?.rows).toBe(`${path}?from=2023-05-15&to=2023-06-04`);
  });

  it('of what lies outside are the days before the first month and after the last', () => {
    const of = (month: (typeof CONTRACT.months)[number] | undefined) =>
      explain({}, { excluded: [group('outside')], ...(month === undefined ? {} : { month }) })
        .excluded[0]?.rows;
    expect(of(CONTRACT.months[0])).toBe(`${path}?to=2023-04-14`);
    expect(of(CONTRACT.months[3])).toBe(`${path}?from=2023-08-15`);
    const only = { ...CONTRACT, months: CONTRACT.months.slice(0, 1) };
    const [month] = only.months;
    const one = explain({}, { excluded: [group('outside')], ...(month && { month }) }, only);
    expect(one.excluded[0]?.rows).toBe(path);
  });

  it('of events name the instant where one was asked, a day by its date; the rejects know none', () => {
    const excluded = [group('outside'), group('late'), group('conflict')];
    const asked = (linksAsOfMs: number, month = CONTRACT.months[0]) => {
      const explained = explain({}, { excluded, linksAsOfMs, ...(month && { month }) });
      return explained.excluded.map((g) => g.rows);
    };
    const days = `${path}?from=2023-04-15&to=2023-05-14&asOf=`;
    const day = at('2023-09-01');
    expect(asked(day)).toEqual([
      `${path}?to=2023-04-14&asOf=2023-09-01`,
      `${days}2023-09-01`,
      '/v1/rejects?orderId=A-1&code=id_conflict&to=2023-05-14',
    ]);
    expect(asked(day - 1)[1]).toBe(`${days}2023-08-31T23%3A59%3A59.999%2B08%3A00`);
    const only = termsBy({ ...CONTRACT, months: CONTRACT.months.slice(0, 1) }, RULE);
    const [month] = only.contract.months;
    const one = explain({}, { excluded, linksAsOfMs: day, terms: only, ...(month && { month }) });
    expect(one.excluded[0]?.rows).toBe(`${path}?asOf=2023-09-01`);
  });

  it('of refused versions are the rejects that claim days of the month', () => {
    const explained = explain({}, { excluded: [group('late'), group('conflict')] });
    expect(explained.excluded.map((g) => g.rows)).toEqual([
      `${path}?from=2023-05-15&to=2023-06-14`,
      `${refused}&from=2023-05-15&to=2023-06-14`,
    ]);
    const [first, last] = [CONTRACT.months[0], CONTRACT.months.at(-1)].map((month) => {
      const of = explain({}, { excluded: [group('conflict')], ...(month && { month }) });
      return of.excluded[0]?.rows;
    });
    expect(first).toBe(`${refused}&to=2023-05-14`);
    expect(last).toBe(`${refused}&from=${CONTRACT.months.at(-1)?.start}`);
  });

  it.each([
    ['events', { events: false, rejects: true }, [null, expect.stringContaining(refused)], null],
    ['rejects', { events: true, rejects: false }, [expect.stringContaining(path), null], path],
  ])('are none where the reader may not list the %s', (_, mayList, ofGroups, ofCycle) => {
    const excluded = [group('late'), group('conflict')];
    const explained = explain({}, { excluded, mayList });
    expect(explained.excluded.map((g) => g.rows)).toEqual(ofGroups);
    for (const rows of [explained.rows, explained.criteria[0]?.cycles[0]?.rows]) {
      expect(rows?.split('?')[0] ?? null).toBe(ofCycle);
    }
  });
});

describe('the events that an explanation speaks of', () => {
  const terms = termsBy(CONTRACT, RULE);
  const use = (fields: Partial<UseGroup>): UseGroup => ({
    actorRole: 'staff',
    action: 'create',
    occurredAtMs: at('2023-05-20'),
    receivedAtMs: at('2023-05-20'),
    count: 1,
    sample: [],
    ...fields,
  });

  it('are each told with exactly one month of the order', () => {
    const spans = CONTRACT.months.map((m) => explainedSpan(CONTRACT, m));
    expect(spans[0]?.fromMs).toBe(0);
    for (const [i, span] of spans.entries()) {
      const next = spans[i + 1];
      if (next !== undefined) expect(span.untilMs).toBe(next.fromMs);
      expect(span.endExclusiveMs).toBe(
        startOfDay(CONTRACT.months[i]?.endExclusive ?? CONTRACT.start),
      );
    }
    expect(spans.at(-1)?.untilMs).toBe(Date.UTC(2299, 0, 1));
  });

  it('are left out by the first reason that applies, late to the millisecond', () => {
    const end = at('2023-06-22');
    const of = (fields: Partial<UseGroup>) => exclusionOf(use(fields), terms);
    expect(of({ receivedAtMs: end - 1 })).toBeNull();
    expect(of({ receivedAtMs: end })).toBe('late');
    expect(of({ receivedAtMs: end, action: 'fax' })).toBe('action');
    expect(of({ receivedAtMs: end, action: 'fax', actorRole: 'consumer' })).toBe('role');
    expect(of({ receivedAtMs: end, occurredAtMs: at('2023-04-14') })).toBe('outside');
    expect(of({ action: 'login' })).toBeNull();
  });

  it('belong to the contract from its first day to its last, each day to one month', () => {
    const onTime = (occurredAtMs: number) =>
      exclusionOf(use({ occurredAtMs, receivedAtMs: occurredAtMs }), terms);
    expect(onTime(at('2023-04-15') - 1)).toBe('outside');
    expect(onTime(at('2023-04-15'))).toBeNull();
    expect(onTime(at('2023-08-15') - 1)).toBeNull();
    expect(onTime(at('2023-08-15'))).toBe('outside');
    // The grace of the first month is over, that of the second is not.
    const received = { receivedAtMs: at('2023-05-22') };
    expect(exclusionOf(use({ ...received, occurredAtMs: at('2023-05-15') - 1 }), terms)).toBe(
      'late',
    );
    expect(exclusionOf(use({ ...received, occurredAtMs: at('2023-05-15') }), terms)).toBeNull();
    const none = () => exclusionOf(use({}), { ...terms, months: [] });
    expect(none).toThrow('month 2 has no terms');
  });

  it('of a reopened month are late from its reopening on', () => {
    const limits = [0, at('2023-09-01'), 0, 0];
    const reopened = {
      ...terms,
      months: terms.months.map((m, i) => ({ ...m, countedUntilMs: limits[i] ?? 0 })),
    };
    const of = (receivedAtMs: number) => exclusionOf(use({ receivedAtMs }), reopened);
    expect(of(at('2023-09-01') - 1)).toBeNull();
    expect(of(at('2023-09-01'))).toBe('late');
  });

  it('are grouped by reason with the first ids of all, and reasons without an event left out', () => {
    const sample = (...ids: readonly [number, string][]) =>
      ids.map(([occurredAtMs, id], seq) => ({ occurredAtMs, seq, id }));
    const groups = [
      use({ count: 10, sample: sample([1, 'a']) }),
      use({ actorRole: 'vendor', count: 3, sample: sample([2, 'c'], [9, 'f']) }),
      use({
        actorRole: 'system',
        count: 4,
        sample: sample([1, 'b'], [3, 'd'], [4, 'e'], [10, 'g']),
      }),
    ];
    expect(excludedGroups(groups, terms, { count: 1, sample: ['x'] })).toEqual([
      { reason: 'role', count: 7, sample: ['b', 'c', 'd', 'e', 'f'] },
      { reason: 'conflict', count: 1, sample: ['x'] },
    ]);
    expect(excludedGroups([], terms, { count: 0, sample: [] })).toEqual([]);
    const second = { id: 'b', occurredAtMs: 5, seq: 2 };
    const sameTime = [
      use({ actorRole: 'vendor', sample: [second] }),
      use({ actorRole: 'system', sample: [{ ...second, id: 'a', seq: 1 }] }),
    ];
    expect(excludedGroups(sameTime, terms, { count: 0, sample: [] })).toEqual([
      { reason: 'role', count: 2, sample: ['a', 'b'] },
    ]);
  });
});

describe('a review', () => {
  it.each([
    ['met', null, true],
    ['met', 'accept', true],
    ['met', 'reject', false],
    ['held', null, false],
    ['held', 'accept', true],
    ['held', 'reject', false],
    ['short', null, false],
    ['short', 'accept', true],
    ['silent', 'accept', true],
    ['open', null, false],
    ['pending', null, false],
  ] as const)('makes a month %s, said %s, claimable: %s', (state, decision, claimable) => {
    expect(isClaimable(state, decision === null ? null : { decision })).toBe(claimable);
  });

  it('stands beside what was computed: what may be claimed follows it, and nothing else', () => {
    const month: MonthDecision = {
      month: 1,
      start: civilDate('2023-04-15'),
      endExclusive: civilDate('2023-05-15'),
      state: 'met',
      claimable: true,
      totals: { logins: 1, interactions: 2, activeUsers: 1, events: 3 },
      criteria: [],
      findings: [],
      seal: null,
      review: null,
    };
    const review: Review = { decision: 'reject', by: 'k', reason: 'r', at: '2023-06-01' };
    expect(withReview(month, review)).toEqual({ ...month, claimable: false, review });
    expect(withReview({ ...month, claimable: false, review }, null)).toEqual(month);
  });

  it('stands where it is the latest since a reopening made a revision; a reopening stands on none', () => {
    const say = (number: number, revision: number, decision: MonthReview['decision']) => ({
      reviewId: String(number),
      orderId: 'o',
      month: 1,
      revision,
      decision,
      reason: `r${number}`,
      by: 'k',
      atMs: number,
      number,
    });
    const made = (...by: string[]) =>
      by.map((verificationId, i) => ({ revision: i + 1, verificationId }));
    const said = [say(1, 1, 'reject'), say(2, 1, 'accept'), say(3, 1, 'reopen')];
    const standing = (reviews: readonly MonthReview[], by: readonly string[], isSealed = true) =>
      standingReview(reviews, made(...by), isSealed)?.reason;
    expect(standing(said, ['x'])).toBe('r2');
    expect(standing(said, ['x', '3'])).toBeUndefined();
    expect(standing(said, ['x', '3', 'y'])).toBeUndefined();
    const again = [...said, say(4, 2, 'reject')];
    expect(standing(again, ['x'])).toBe('r2');
    expect(standing(again, ['x', '3'])).toBe('r4');
    expect(standing(again, ['x', '3', 'y'])).toBe('r4');
    expect(standing(again, ['x', '3', 'y'], false)).toBe('r4');
    expect(standing([], ['x'])).toBeUndefined();
    expect(standing(said, [])).toBeUndefined();
    const rejected = [say(1, 1, 'reject'), say(2, 1, 'reopen'), say(3, 3, 'reject')];
    expect(standing(rejected, ['x'])).toBe('r1');
    expect(standing(rejected, ['x', 'y'])).toBe('r1');
    expect(standing(rejected, ['x', '1'])).toBe('r1');
    expect(standing(rejected, ['x', '2'])).toBeUndefined();
    expect(standing(rejected, ['x', '2', 'y'])).toBe('r3');
    expect(standing(rejected, ['x', '2'], false)).toBeUndefined();
    // What was accepted is one revision, of the month as it is; a rejection before it stays undone.
    expect(standing(said, ['x', 'y'])).toBeUndefined();
    expect(standing(said, ['x'], false)).toBeUndefined();
  });
});
