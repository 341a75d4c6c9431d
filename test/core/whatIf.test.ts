import { describe, expect, it } from 'vitest';
import type { TrialMonth } from '../../core/calibration.ts';
import { MONTH_STATES, type MonthState } from '../../core/month.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import type { SolutionVersion } from '../../core/registry.ts';
import { civilDate } from '../../core/time.ts';
import { compareRules, proposedVersion, type StandingMonth } from '../../core/whatIf.ts';

const SPAN = { start: civilDate('2023-04-15'), endExclusive: civilDate('2023-05-15') };
const NO_USE = { logins: 0, interactions: 0, activeUsers: 0, events: 0 };

const standing = (state: MonthState, month = 1, orderId = 'o'): StandingMonth => ({
  orderId,
  month,
  ...SPAN,
  state,
});
const trial = (state: TrialMonth['state'], month = 1, orderId = 'o'): TrialMonth => ({
  orderId,
  month,
  state,
  totals: NO_USE,
  criteria: [],
});

describe('a month under another rule', () => {
  it.each(
    MONTH_STATES.flatMap((from) =>
      (['met', 'short', 'silent'] as const).map((to) => {
        const reached = from === 'met' || from === 'held';
        const change = reached === (to === 'met') ? 'none' : to === 'met' ? 'gained' : 'lost';
        return [from, to, change] as const;
      }),
    ),
  )('that was %s and would be %s: %s', (from, to, change) => {
    const found = compareRules([standing(from)], [trial(to)]);
    expect(found).toEqual({
      months: 1,
      gained: change === 'gained' ? 1 : 0,
      lost: change === 'lost' ? 1 : 0,
      flips: change === 'none' ? [] : [{ orderId: 'o', month: 1, ...SPAN, from, to }],
    });
  });

  it('is counted with the others, gained and lost apart, the changed ones in their order', () => {
    const before = ['met', 'short', 'held', 'silent', 'met'] as const;
    const after = ['short', 'met', 'silent', 'met', 'met'] as const;
    const found = compareRules(
      before.map((state, i) => standing(state, i + 1)),
      after.map((state, i) => trial(state, i + 1)),
    );
    expect(found).toMatchObject({ months: 5, gained: 2, lost: 2 });
    expect(found.flips.map((f) => `${f.month} ${f.from} ${f.to}`)).toEqual([
      '1 met short',
      '2 short met',
      '3 held silent',
      '4 silent met',
    ]);
    expect(compareRules([], [])).toEqual({ months: 0, gained: 0, lost: 0, flips: [] });
  });

  it.each([
    ['another order', [trial('met', 1, 'p')]],
    ['another month', [trial('met', 2)]],
    ['none', []],
  ])('is not held against %s: both lists are of the same months', (_, trials) => {
    const compare = () => compareRules([standing('met')], trials);
    expect(compare).toThrow('the months of both rules are not the same');
  });
});

describe('the version of a proposal', () => {
  const own: SolutionVersion = {
    solutionId: 's',
    vendorId: 'v',
    name: 'n',
    usagePlan: 'p',
    interactions: ['print'],
    normalFlow: { allOf: [{ metric: 'logins', per: 'month', atLeast: 9 }] },
    effectiveFrom: civilDate('2023-01-01'),
  };
  const all = { metric: 'interactions', per: 'month', atLeast: 1 } as const;
  const named = { ...all, actions: ['scan', 'create', 'print'] };

  it.each([
    [null, ['print'], ['create', 'print']],
    [[], [], ['create']],
    [['scan'], ['scan'], ['scan', 'create']],
  ])('with the interactions %j declares %j, and counts no other by name', (given, has, counted) => {
    for (const rule of ['allOf', 'anyOf']) {
      const normalFlow = { [rule]: [all, named] } as unknown as NormalFlow;
      expect(proposedVersion(own, { normalFlow, interactions: given })).toEqual({
        ...own,
        interactions: has,
        normalFlow: { [rule]: [all, { ...named, actions: counted }] },
      });
    }
  });
});
