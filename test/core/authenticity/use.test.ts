import { describe, expect, it } from 'vitest';
import { dependsOn, marginOf, type UseEvent, useEventsOf } from '../../../core/authenticity/use.ts';
import type { FirmUse } from '../../../core/firmUse.ts';
import type { CriterionResult } from '../../../core/month.ts';
import type { Criterion } from '../../../core/normalFlow.ts';
import { civilDate } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import { monthUse, useEvent } from './useInput.ts';

const DAY = civilDate('2023-05-01');

function criterion(atLeast: number, cyclesAsked: number, values: number[]): CriterionResult {
  const cycles = values.map((value) => ({ start: DAY, endExclusive: DAY, value, met: true }));
  const [metric, per] = ['logins', 'week'] as const;
  return { metric, per, atLeast, in: null, cycles, cyclesMet: 0, cyclesAsked, met: true };
}

describe('the events of a firm’s use', () => {
  const HIGH = 7;
  const use: FirmUse = {
    smeId: '12345675',
    atMs: Float64Array.of(10, 20, 30, 40),
    receivedAtMs: Float64Array.of(99, 100, 101, 60),
    // Pairs, the low half first: two people who share a half, and one of them again.
    actors: Uint32Array.of(5, 0, 5, HIGH, 9, 0, 5, 0),
    addresses: Uint32Array.of(0, 0, 3, 0, 3, 0, 0, 1),
    actions: Uint32Array.of(2, 1, 1, 1),
    names: ['login', 'print'],
  };

  it('are those received before an instant, each as it was', () => {
    expect(useEventsOf(use, 101)).toEqual([
      { atMs: 10, receivedAtMs: 99, actor: '5', address: null, action: 'print' },
      {
        atMs: 20,
        receivedAtMs: 100,
        actor: String(5 + HIGH * 2 ** 32),
        address: '3',
        action: 'login',
      },
      { atMs: 40, receivedAtMs: 60, actor: '5', address: String(2 ** 32), action: 'login' },
    ]);
  });

  it.each([
    [60, []],
    [61, [40]],
    [100, [10, 40]],
    [102, [10, 20, 30, 40]],
  ])('received before %d happened at %j', (receivedBeforeMs, atMs) => {
    expect(useEventsOf(use, receivedBeforeMs).map((e) => e.atMs)).toEqual(atMs);
  });
});

describe('the margin of a month', () => {
  it.each([
    ['the last cycle that is asked', [criterion(10, 2, [20, 15, 40])], 2, 2],
    ['every cycle, where all are asked', [criterion(10, 3, [20, 15, 40])], 1.5, 1.5],
    ['none, where the month has no such cycle', [criterion(10, 0, [])], 0, 0],
    [
      'the worst criterion of all, the best of any',
      [criterion(10, 1, [30]), criterion(5, 1, [5]), criterion(1, 1, [2])],
      1,
      3,
    ],
  ])('is that of %s', (_, criteria, ofAll, ofAny) => {
    expect(marginOf(criteria, false)).toBe(ofAll);
    expect(marginOf(criteria, true)).toBe(ofAny);
  });
});

const LOGIN = useEvent('2023-05-02 10:00:00', { action: 'login' });
const CREATE = useEvent('2023-05-03 10:00:00');
const PRINT = useEvent('2023-05-04 10:00:00', { action: 'print', actor: '2' });
/** An action that the solution does not declare. */
const FAX = useEvent('2023-05-05 10:00:00', { action: 'fax', actor: '3' });
const ALL = [LOGIN, CREATE, PRINT, FAX];

/** Whether a month by all of a rule depends on these. */
function depends(on: readonly UseEvent[], events: readonly UseEvent[], ...allOf: Criterion[]) {
  return dependsOn(monthUse(events, { allOf }), new Set(on));
}

describe('a month depends on events', () => {
  it.each<[Criterion['metric'], string[] | undefined, number, readonly UseEvent[]]>([
    ['logins', undefined, 1, [LOGIN]],
    ['interactions', undefined, 2, [CREATE, PRINT]],
    ['interactions', ['print'], 1, [PRINT]],
    ['interactions', ['print', 'create'], 2, [CREATE, PRINT]],
    ['activeUsers', undefined, 2, [PRINT]],
    ['activeUsers', undefined, 1, []],
  ])('without which its %s of %j are fewer than %d, and on no others', (metric, actions, n, on) => {
    const asked = { metric, per: 'month', atLeast: n, ...(actions && { actions }) } as const;
    for (const event of ALL) expect(depends([event], ALL, asked)).toBe(on.includes(event));
    expect(depends([], ALL, asked)).toBe(false);
    expect(depends([LOGIN, CREATE, PRINT], ALL, asked)).toBe(true);
  });

  it('no more often than a person is counted: what is undeclared makes nobody a user', () => {
    expect(depends([], ALL, { metric: 'activeUsers', per: 'month', atLeast: 3 })).toBe(true);
  });

  it('day by day where days are asked: two uses of two days are not two of one', () => {
    const asked = { metric: 'interactions', per: 'day', atLeast: 2, in: 1 } as const;
    const [first, second] = [at('2023-04-15'), at('2023-04-16') - 1];
    expect(depends([], [useEvent(first), useEvent(second)], asked)).toBe(false);
    expect(depends([], [useEvent(first), useEvent(second + 1)], asked)).toBe(true);
  });

  it.each([
    ['2023-04-16 23:59:59.999', true],
    ['2023-04-17 00:00:00', false],
    ['2023-05-14 23:59:59.999', false],
    ['2023-05-15 00:00:00', true],
  ])('of its judged weeks alone: one use at %s leaves it below: %s', (when, below) => {
    const asked = { metric: 'interactions', per: 'week', atLeast: 1, in: 1 } as const;
    expect(depends([], [useEvent(at(when))], asked)).toBe(below);
  });
});
