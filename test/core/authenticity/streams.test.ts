import { describe, expect, it } from 'vitest';
import { beatsOf } from '../../../core/authenticity/beats.ts';
import { bursts } from '../../../core/authenticity/burst.ts';
import { monthRows } from '../../../core/authenticity/monthRows.ts';
import { isRegular, regularIntervals } from '../../../core/authenticity/regular.ts';
import type { UseEvent } from '../../../core/authenticity/use.ts';
import { humanTimes } from '../../authenticity/fabricate.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';
import { at } from '../../helpers/world.ts';
import { countedUse, DAY_S, HOUR_S, MINUTE_S, steps, useEvent, usesAt } from './useInput.ts';

const SPAN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };

function human(seed: number, count: number): UseEvent[] {
  return humanTimes(seededRandom(seed), count, SPAN).map((t) => useEvent(t));
}

describe('bursts', () => {
  const hour = (seconds: readonly number[]) => bursts(usesAt('2023-05-03 10:00:00', seconds));

  it('are twelve acts within an hour, to the second', () => {
    expect(hour(steps(11, MINUTE_S))).toBeNull();
    expect(hour(steps(12, MINUTE_S))?.figures).toMatchObject({ burstEvents: 12, bursts: 1 });
    expect(hour([...steps(11, MINUTE_S), HOUR_S - 1])?.events.size).toBe(12);
    expect(hour([...steps(11, MINUTE_S), HOUR_S])).toBeNull();
  });

  it('take the records of one second for one act', () => {
    expect(hour([...steps(11, MINUTE_S), 0, 0, 0, 0])).toBeNull();
  });
});

describe('regular intervals', () => {
  const found = (from: string, seconds: readonly number[]) =>
    regularIntervals(usesAt(from, seconds))?.events.size ?? 0;

  it('are five acts on one beat, and not four', () => {
    expect(found('2023-05-03 10:00:00', steps(4, 10 * MINUTE_S))).toBe(0);
    expect(found('2023-05-03 10:00:00', steps(5, 10 * MINUTE_S))).toBe(5);
  });

  it('are told to the screen from a beat alone', () => {
    const rowsOf = (count: number) => {
      const timer = usesAt('2023-05-03 10:00:00', steps(count, 10 * MINUTE_S));
      const span = { startMs: 0, endExclusiveMs: Infinity, receivedBeforeMs: Infinity };
      return monthRows(countedUse(timer), span, new Set());
    };
    expect(isRegular(rowsOf(4))).toBe(false);
    expect(isRegular(rowsOf(5))).toBe(true);
  });

  it('are not one act at the same time every day: a firm may open so', () => {
    expect(found('2023-04-15 10:00:00', steps(30, DAY_S))).toBe(0);
  });

  it('are found among as much use by people', () => {
    const timer = usesAt('2023-05-01 09:00:00', steps(40, 37 * MINUTE_S), { actor: '2' });
    const all = [...timer, ...human(1, 40)].sort((a, b) => a.atMs - b.atMs);
    const doubted = regularIntervals(all)?.events ?? new Set();
    expect(timer.filter((e) => doubted.has(e)).length).toBe(40);
  });

  describe('of one person among much use of others', () => {
    // More acts lie between two beats than a look ahead sees.
    const random = seededRandom(1);
    const busy = steps(70, 1)
      .map(() => Math.floor(random() * 6 * HOUR_S))
      .sort((a, b) => a - b);
    const others = usesAt('2023-05-03 09:00:30', busy, { actor: '1' });
    const timer = (actor: string, count = 6) =>
      usesAt('2023-05-03 09:00:00', steps(count, HOUR_S), { actor });
    const together = (...streams: readonly (readonly UseEvent[])[]) =>
      streams.flat().sort((a, b) => a.atMs - b.atMs);
    const rowsOf = (events: readonly UseEvent[]) => {
      const span = { startMs: 0, endExclusiveMs: Infinity, receivedBeforeMs: Infinity };
      return monthRows(countedUse(events), span, new Set());
    };

    it('are found by the look at each person alone, and that tells the screen', () => {
      expect(regularIntervals(others)).toBeNull();
      expect(isRegular(rowsOf(others))).toBe(false);
      for (const all of [
        together(timer('2'), others),
        together(timer('2'), others, [useEvent('2023-05-03 08:00:00', { actor: '3' })]),
      ]) {
        const found = regularIntervals(all);
        expect(found?.events).toEqual(new Set(all.filter((e) => e.actor === '2')));
        expect(found?.figures['actsOnBeat']).toBe(6);
        expect(isRegular(rowsOf(all))).toBe(true);
      }
    });

    it('are not found in the same acts by nobody in particular', () => {
      const all = together(timer('1'), others);
      expect(regularIntervals(all)).toBeNull();
      expect(isRegular(rowsOf(all))).toBe(false);
      const few = together(timer('2', 4), others);
      expect(regularIntervals(few)).toBeNull();
      expect(isRegular(rowsOf(few))).toBe(false);
    });

    it('have the beat with most acts, and of equal ones that of the busiest', () => {
      const slow = (count: number) =>
        usesAt('2023-05-03 08:59:00', steps(count, 1.5 * HOUR_S), { actor: '3' });
      const beat = (...streams: readonly (readonly UseEvent[])[]) => {
        const figures = regularIntervals(together(...streams, others))?.figures;
        return [figures?.['actsOnBeat'], figures?.['beatMinutes']];
      };
      const hourly = beat(timer('2'));
      const slowly = beat(slow(6));
      expect(slowly).not.toEqual(hourly);
      expect(beat(timer('2'), slow(5))).toEqual(hourly);
      expect(beat(timer('2', 5), slow(6))).toEqual(slowly);
      const more = usesAt('2023-05-05 11:00:00', [0], { actor: '2' });
      expect(beat(timer('2'), slow(6))).toEqual(slowly);
      expect(beat(timer('2'), more, slow(6))).toEqual(hourly);
    });

    it('are found where they hardly vary, though on no beat', () => {
      const gaps = [450, 700, 520, 680, 610, 470, 740, 560, 650, 490, 720, 540, 630];
      const seconds = gaps.map((_, i) => gaps.slice(0, i).reduce((a, b) => a + b, 0));
      expect(beatsOf(Int32Array.from(seconds)).size).toBe(0);
      for (const actors of [
        ['2', '1'],
        ['1', '2'],
      ] as const) {
        const even = usesAt('2023-05-03 09:00:00', seconds, { actor: actors[0] });
        const all = together(
          even,
          others.map((e) => ({ ...e, actor: actors[1] })),
          [useEvent('2023-05-03 08:00:00', { actor: '0' })],
        );
        const found = regularIntervals(all);
        expect(found?.events).toEqual(new Set(all.filter((e) => e.actor === actors[0])));
        expect(found?.figures).toMatchObject({ regularEvents: 13, actsOnBeat: 0 });
        expect(isRegular(rowsOf(all))).toBe(true);
      }
    });

    it('count the acts of a second once', () => {
      const twice = (events: readonly UseEvent[]) => events.flatMap((e) => [e, { ...e }]);
      const all = together(twice(timer('2', 3)), others);
      expect(regularIntervals(all)).toBeNull();
      expect(isRegular(rowsOf(all))).toBe(false);
    });
  });

  it('are not found in use whose pauses vary as those of people', () => {
    const found = steps(40, 1).filter((seed) => regularIntervals(human(seed, 60)) !== null);
    expect(found.length).toBeLessThan(2);
  });
});
