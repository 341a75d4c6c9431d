import { describe, expect, it } from 'vitest';
import { beyondOf } from '../../core/beyond.ts';
import { contractOf, foreignDaysOf } from '../../core/contract.ts';
import type { CountingTerms, MonthTerms, UseGroup } from '../../core/exclusion.ts';
import { graceEnd } from '../../core/judge.ts';
import type { Criterion } from '../../core/normalFlow.ts';
import { versionInForce } from '../../core/registry.ts';
import { at, order, registryOf, solutionEntries } from '../helpers/world.ts';

/** Four months from Saturday 15 April 2023: the third has weeks that reach out on both sides. */
const CONTRACT = contractOf(order('A-1', 'a'));
const SOLUTION = registryOf(solutionEntries('a')).solution('s-a');
if (SOLUTION === undefined) throw new Error('no solution');
const VERSION = versionInForce(SOLUTION, CONTRACT.start);
const GRACE_DAYS = 7;

const INTERACTIONS: Criterion = { metric: 'interactions', per: 'week', atLeast: 2 };

/** Each month with the interactions of its own version. */
function termsWith(...interactions: readonly (readonly string[])[]): CountingTerms {
  const months = CONTRACT.months.map((m, i) => ({
    countedUntilMs: graceEnd(m, GRACE_DAYS),
    version: { ...VERSION, interactions: [...(interactions[i] ?? ['print'])] },
  }));
  return { contract: CONTRACT, months };
}

function foreignDays(month: number, contract = CONTRACT) {
  return contract.months
    .filter((m) => m.month === month)
    .flatMap((m) => foreignDaysOf(contract, m));
}

const [BEFORE, BEHIND] = foreignDays(3);
if (BEFORE === undefined || BEHIND === undefined) throw new Error('no foreign days');

function use(fields: Partial<UseGroup> = {}): UseGroup {
  const [day, early] = [at('2023-07-15'), at('2023-07-16')];
  const [actorRole, action] = ['staff', 'create'];
  const common = { actorRole, action, occurredAtMs: day, receivedAtMs: early, count: 1 };
  return { ...common, sample: [{ id: 'e', occurredAtMs: day, seq: 1 }], ...fields };
}

function judged(
  days: typeof BEFORE,
  uses: readonly UseGroup[],
  criterion = INTERACTIONS,
  terms = termsWith(),
) {
  const judging: MonthTerms | undefined = terms.months[2];
  if (judging === undefined || days === undefined) throw new Error('no terms');
  return beyondOf({ days, uses }, criterion, judging, terms);
}

/** Such as `late 2, admitted 1`. */
function told(beyond: ReturnType<typeof beyondOf>): string {
  if (beyond === null) return 'nothing';
  const excluded = beyond.excluded.map((g) => `${g.reason} ${g.count}`);
  const { count } = beyond.admitted;
  return [...excluded, ...(count === 0 ? [] : [`admitted ${count}`])].join(', ');
}

describe('the days of judged weeks in a neighbouring month', () => {
  it('are at most three, before the month or behind it, and never outside the contract', () => {
    expect(foreignDays(3)).toEqual([
      { weekStart: '2023-06-12', start: '2023-06-12', endExclusive: '2023-06-15', ownMonth: 2 },
      { weekStart: '2023-07-10', start: '2023-07-15', endExclusive: '2023-07-17', ownMonth: 4 },
    ]);
    for (const month of [1, 2, 4]) expect(foreignDays(month)).toEqual([]);
  });

  it('end with a contract that ends among them', () => {
    const ended = { termination: { date: '2023-07-16', reason: '不合用' } };
    const [, behind] = foreignDays(3, contractOf(order('A-1', 'a', ended)));
    expect(behind).toMatchObject({ start: '2023-07-15', endExclusive: '2023-07-16' });
    const before = { termination: { date: '2023-07-15', reason: '不合用' } };
    expect(foreignDays(3, contractOf(order('A-1', 'a', before)))).toHaveLength(1);
  });
});

describe('an event of those days', () => {
  it.each([
    ['behind, in time for both', BEHIND, '2023-07-22', -1, 'nothing'],
    ['behind, late for the week alone', BEHIND, '2023-07-22', 0, 'late 1'],
    ['behind, just in time for its own month', BEHIND, '2023-08-22', -1, 'late 1'],
    ['behind, late for both', BEHIND, '2023-08-22', 0, 'nothing'],
    ['before, in time for both', BEFORE, '2023-06-22', -1, 'nothing'],
    ['before, late for its own month alone', BEFORE, '2023-06-22', 0, 'admitted 1'],
    ['before, just in time for the week', BEFORE, '2023-07-22', -1, 'admitted 1'],
    ['before, late for both', BEFORE, '2023-07-22', 0, 'nothing'],
  ] as const)('%s, is told as it is counted otherwise', (_, days, received, ms, expected) => {
    expect(told(judged(days, [use({ receivedAtMs: at(received) + ms })]))).toBe(expected);
  });

  it.each([
    ['the judging month alone lacks', [['print'], ['print'], [], ['print']], 'action 1'],
    ['its own month alone lacks', [[], [], ['print'], []], 'admitted 1'],
    ['both lack', [[], [], [], []], 'nothing'],
    ['both have', [['print'], ['print'], ['print'], ['print']], 'nothing'],
  ] as const)('is told by its action, which %s', (_, versions, expected) => {
    const uses = [use({ action: 'print' })];
    expect(told(judged(BEHIND, uses, INTERACTIONS, termsWith(...versions)))).toBe(expected);
  });

  it('is not told by the role of its actor, which is the same to every month', () => {
    expect(
      judged(BEHIND, [use({ actorRole: 'vendor', receivedAtMs: at('2023-07-22') })]),
    ).toBeNull();
  });
});

describe('what is told of a criterion', () => {
  const late = (action: string, count: number) =>
    use({ action, count, receivedAtMs: at('2023-07-22') });
  const uses = [late('login', 1), late('create', 2), late('print', 4)];

  it.each([
    ['logins', { metric: 'logins' }, 'late 1'],
    ['interactions', { metric: 'interactions' }, 'late 6'],
    ['named interactions', { metric: 'interactions', actions: ['print'] }, 'late 4'],
    ['people, of whatever use', { metric: 'activeUsers' }, 'late 7'],
  ] as const)('is what it measures: %s', (_, fields, expected) => {
    const criterion = { ...INTERACTIONS, ...fields } as Criterion;
    expect(told(judged(BEHIND, uses, criterion))).toBe(expected);
  });

  it('has logins among the interactions where the version declares them so', () => {
    const terms = termsWith([], [], ['login'], []);
    expect(told(judged(BEHIND, uses.slice(0, 2), INTERACTIONS, terms))).toBe('late 3');
  });

  it('names the days, both inclusive, and the first five by time over all that is alike', () => {
    const sample = (...ids: readonly [number, string][]) =>
      ids.map(([occurredAtMs, id], seq) => ({ occurredAtMs, seq, id }));
    const receivedAtMs = at('2023-07-22');
    const groups = [
      use({ receivedAtMs, count: 3, sample: sample([1, 'a'], [4, 'd'], [6, 'f']) }),
      use({
        receivedAtMs,
        count: 3,
        action: 'query',
        sample: sample([2, 'b'], [3, 'c'], [5, 'e']),
      }),
    ];
    expect(judged(BEHIND, groups)).toEqual({
      days: { from: '2023-07-15', to: '2023-07-16' },
      excluded: [{ reason: 'late', count: 6, sample: ['a', 'b', 'c', 'd', 'e'] }],
      admitted: { count: 0, sample: [] },
    });
  });
});
