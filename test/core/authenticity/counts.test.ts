import { describe, expect, it } from 'vitest';
import { identicalWeeks, isJustOver, justOver } from '../../../core/authenticity/counts.ts';
import { monthRows } from '../../../core/authenticity/monthRows.ts';
import { hasEvenWeek, isWorthALook, type UseShape } from '../../../core/authenticity/screen.ts';
import type { CriterionResult } from '../../../core/month.ts';
import { civilDate } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import { countedUse, DAY_S, steps, usesAt } from './useInput.ts';

describe('identical weeks', () => {
  it.each([
    [[10, 10, 10, 10], true],
    [[9, 9, 9, 9], false],
    [[10, 10, 10], false],
    [[10, 10, 10, 11], false],
    [[12, 12, 12, 12, 12], true],
    [[], false],
  ])('%j: %s', (weeks, is) => {
    expect(identicalWeeks(weeks, []) !== null).toBe(is);
  });

  it.each<[Partial<CriterionResult>, boolean]>([
    [{}, true],
    [{ metric: 'logins' }, false],
    [{ metric: 'activeUsers' }, false],
    [{ per: 'day' }, false],
  ])('are also those of the interactions that a weekly criterion asks for: %j: %s', (of, is) => {
    const cycles = [12, 12, 12, 12].flatMap((value) => month(value, 12).cycles);
    const criterion: CriterionResult = { ...month(12, 12), per: 'week', cycles, ...of };
    const found = identicalWeeks([12, 12, 13, 12], [month(49, 12), criterion]);
    expect(found?.figures ?? null).toEqual(is ? { weeks: 4, usesAWeek: 12 } : null);
  });
});

const START = civilDate('2023-04-15');
const END = civilDate('2023-05-15');
const month = (value: number, atLeast: number): CriterionResult => ({
  metric: 'interactions',
  per: 'month',
  atLeast,
  in: null,
  cycles: [{ start: START, endExclusive: END, value, met: value >= atLeast }],
  cyclesMet: value >= atLeast ? 1 : 0,
  cyclesAsked: 1,
  met: value >= atLeast,
});

describe('just over the threshold', () => {
  it.each([
    // One over at least, else a twentieth of the threshold; low thresholds say nothing.
    [14, 14, false],
    [15, 15, true],
    [16, 15, true],
    [17, 15, false],
    [42, 40, true],
    [43, 40, false],
    [39, 40, false],
  ])('%i for %i: %s', (value, atLeast, is) => {
    expect(isJustOver([month(value, atLeast)], false)).toBe(is);
    expect(isJustOver([month(value, atLeast)], true)).toBe(is || value < atLeast);
  });

  it('of alternatives is so only where each that is met ends so', () => {
    expect(isJustOver([month(20, 20), month(90, 20)], true)).toBe(false);
    expect(isJustOver([month(20, 20), month(90, 20)], false)).toBe(true);
  });

  it('is a finding from the third month in a row on', () => {
    expect(justOver(2, [month(20, 20)])).toBeNull();
    expect(justOver(3, [month(20, 20)])?.figures).toEqual({
      monthsInARow: 3,
      value: 20,
      threshold: 20,
    });
  });
});

describe('a month far above its threshold is read event by event', () => {
  const shape: UseShape = {
    events: 100,
    acts: 100,
    lateEvents: 0,
    burstStarts: 0,
    variation: 0,
    modeShare: 0,
    markedEvents: 0,
  };
  it.each<[Partial<UseShape>, boolean]>([
    [{}, false],
    [{ lateEvents: 49 }, false],
    [{ lateEvents: 50 }, true],
    [{ markedEvents: 49 }, false],
    [{ markedEvents: 50 }, true],
    [{ burstStarts: 38 }, false],
    [{ burstStarts: 39 }, true],
    [{ variation: 0.5 }, false],
    [{ variation: 0.49 }, true],
    [{ modeShare: 0.24 }, false],
    [{ modeShare: 0.25 }, true],
  ])('where %j: %s', (fields, is) => {
    expect(isWorthALook({ ...shape, ...fields })).toBe(is);
  });
});

describe('a week far above its threshold is as even as a timer', () => {
  const weekMs = at('2023-04-24');
  const rowsOf = (seconds: readonly number[]) => {
    const use = countedUse(usesAt('2023-04-24 09:00:00', seconds));
    const span = { startMs: 0, endExclusiveMs: Infinity, receivedBeforeMs: Infinity };
    return monthRows(use, span, new Set());
  };
  const week = { from: weekMs / 1_000, until: weekMs / 1_000 + 7 * DAY_S };
  const after = { from: week.until, until: week.until + 7 * DAY_S };
  const weekly: CriterionResult = { ...month(40, 10), per: 'week' };
  const uneven = steps(11, 1).map((i) => i * i * 400);

  it.each([
    ['by ten intervals alike', steps(11, 600), week, [weekly], true],
    ['and not by nine', steps(10, 600), week, [weekly], false],
    ['and not in another week', steps(11, 600), after, [weekly], false],
    ['and not where no week is asked', steps(11, 600), week, [month(40, 10)], false],
    ['and not where they differ', uneven, week, [weekly], false],
  ])('%s', (_, seconds, of, criteria, is) => {
    expect(hasEvenWeek(rowsOf(seconds), [of], criteria)).toBe(is);
  });
});
