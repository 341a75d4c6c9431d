import { describe, expect, it } from 'vitest';
import { monthRows } from '../../../core/authenticity/monthRows.ts';
import { shapeOf } from '../../../core/authenticity/screen.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { DAY_MS } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import { countedUse, useEvent, usesAt } from './useInput.ts';

const START = at('2023-05-01');
const SPAN = {
  startMs: START,
  endExclusiveMs: START + DAY_MS,
  receivedBeforeMs: START + 9 * DAY_MS,
};
const S = START / 1_000;

function rows(events: readonly UseEvent[], ...marks: readonly string[]) {
  return monthRows(countedUse(events), SPAN, new Set(marks));
}

describe('the rows of a month', () => {
  it('are those of its span that came in time, by whole seconds', () => {
    const found = rows([
      useEvent(START - 1),
      useEvent(START),
      useEvent(START + 999, { receivedAtMs: SPAN.receivedBeforeMs }),
      useEvent(START + 1_999, { receivedAtMs: SPAN.receivedBeforeMs - 1 }),
      useEvent(START + DAY_MS - 1),
      useEvent(START + DAY_MS),
    ]);
    expect([...found.seconds]).toEqual([S, S + 1, S + 86_399]);
    expect([...found.people]).toEqual([0, 0, 0]);
  });

  it('have the people of the span numbered by their first use in it, and each act once', () => {
    const by = (actor: string, second: number) => useEvent(START + second * 1_000, { actor });
    const found = rows([by('4', -5), by('7', 1), by('8', 1), by('4', 2), by('8', 3), by('9', 3)]);
    expect([...found.people]).toEqual([0, 1, 2, 1, 3]);
    expect(found.peopleCount).toBe(4);
    expect([...found.seconds]).toEqual([S + 1, S + 1, S + 2, S + 3, S + 3]);
    expect([...found.acts]).toEqual([S + 1, S + 2, S + 3]);
  });

  it('tell how many came late, how many are ahead, and how many have a mark of several firms', () => {
    const delayed = (delayMs: number, fields: Partial<UseEvent> = {}) =>
      useEvent(START + 5_000, { receivedAtMs: START + 5_000 + delayMs, ...fields });
    const events = [
      delayed(3 * DAY_MS),
      delayed(3 * DAY_MS + 1),
      delayed(4 * DAY_MS, { actor: '5' }),
      delayed(-60_000),
      delayed(-60_001, { address: '6' }),
      delayed(0, { actor: '5', address: '6' }),
    ];
    const counts = { lateEvents: 2, aheadEvents: 1 };
    expect(rows(events)).toMatchObject({ ...counts, markedEvents: 0 });
    expect(rows(events, '5')).toMatchObject({ ...counts, markedEvents: 2 });
    expect(rows(events, '6')).toMatchObject({ ...counts, markedEvents: 2 });
    expect(rows(events, '5', '6')).toMatchObject({ ...counts, markedEvents: 3 });
  });
});

describe('the shape of a month', () => {
  const shape = (...seconds: readonly number[]) =>
    shapeOf(rows(usesAt('2023-05-01 00:00:00', seconds)));

  it('has its events, its acts, and what is late, marked or crowded among them', () => {
    const hour = Array.from({ length: 13 }, (_, i) => i * 200 + i * i);
    const events = [
      ...usesAt('2023-05-01 00:00:00', hour),
      useEvent('2023-05-01 09:00:00', { actor: '5', receivedAtMs: at('2023-05-08') }),
      useEvent('2023-05-01 09:00:00.500', { actor: '5' }),
    ];
    expect(shapeOf(rows(events, '5'))).toMatchObject({
      events: 15,
      acts: 14,
      lateEvents: 1,
      markedEvents: 2,
      burstStarts: 2,
    });
  });

  it('has the deviation of its intervals over their mean, and the share of the most frequent', () => {
    const { variation, modeShare } = shape(0, 60, 120, 120, 600);
    // 60, 60 and 480 s: a mean of 200, a deviation of 198.
    expect(variation).toBeCloseTo(Math.sqrt(39_200) / 200, 9);
    expect(modeShare).toBeCloseTo(2 / 3, 9);
  });

  it.each([
    ['none', [0, 29], 0, 0],
    ['one', [0, 30], 0, 1],
    ['two alike', [0, 30, 60], 0, 1],
    ['two that differ', [0, 60, 540], 210 / 270, 0.5],
    ['one of six hours', [0, 21_600], 0, 1],
    ['two of six hours', [0, 21_600, 43_200], 0, 1],
    ['none longer', [0, 21_601], 0, 0],
  ])('with %s in a session', (_, seconds, variation, modeShare) => {
    const found = shape(...seconds);
    expect(found.variation).toBeCloseTo(variation, 9);
    expect(found.modeShare).toBe(modeShare);
  });
});
