import { describe, expect, it } from 'vitest';
import { beatsOf } from '../../../core/authenticity/beats.ts';
import { bursts } from '../../../core/authenticity/burst.ts';
import { copiedStream } from '../../../core/authenticity/copied.ts';
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

describe('copied streams', () => {
  const original = (events: readonly UseEvent[]) => ({
    smeId: '10000001',
    acts: events.map((e) => ({
      second: Math.floor(e.atMs / 1_000),
      receivedAtMs: e.receivedAtMs,
      actions: ['create'],
    })),
  });
  const moved = (events: readonly UseEvent[], seconds: number) =>
    events.map((e) => useEvent(e.atMs + seconds * 1_000));
  // One act a day, never at the same time.
  const acts = (count: number) =>
    usesAt(
      '2023-04-20 09:00:00',
      steps(count, 1).map((i) => i * DAY_S + i * i * 1_700),
    );

  it('are six acts alike, and not five', () => {
    expect(copiedStream(acts(5), [original(acts(5))])).toBeNull();
    expect(copiedStream(acts(6), [original(acts(6))])?.events.size).toBe(6);
  });

  it('are found however the stream was moved, up to 35 days', () => {
    const found = (seconds: number) =>
      copiedStream(moved(acts(10), seconds), [original(acts(10))])?.figures['movedSeconds'];
    expect(found(0)).toBe(0);
    expect(found(-3 * DAY_S - 1_234)).toBe(-3 * DAY_S - 1_234);
    expect(found(35 * DAY_S)).toBe(35 * DAY_S);
    expect(found(35 * DAY_S + 1)).toBeUndefined();
  });

  it('name the firm, and take a person for copied of whom half the use is', () => {
    const copy = moved(acts(8), DAY_S).map((e) => ({ ...e, actor: '9' }));
    const more = usesAt('2023-05-10 14:00:00', steps(9, 3_700), { actor: '9' });
    const half = copiedStream([...copy, ...more.slice(0, 8)], [original(acts(8))]);
    expect(half).toMatchObject({ figures: { smeId: '10000001', copiedEvents: 16 } });
    expect(copiedStream([...copy, ...more], [original(acts(8))])?.events.size).toBe(8);
  });

  it('are not found between two firms that keep the same hours', () => {
    const found = steps(40, 1).filter(
      (seed) =>
        (copiedStream(human(seed, 60), [original(human(seed + 100, 60))])?.events.size ?? 0) >= 16,
    );
    expect(found).toEqual([]);
  });

  it('are found whole in a month too large to compare every act of it', () => {
    const busy = {
      startMs: SPAN.startMs - 10 * DAY_S * 1_000,
      endExclusiveMs: SPAN.endExclusiveMs,
    };
    const use = (seed: number) =>
      humanTimes(seededRandom(seed), 3_000, busy).map((t) => useEvent(t));
    const [first, second] = [use(2), use(3)];
    const source = second.filter((e) => e.atMs < SPAN.endExclusiveMs - 3 * DAY_S * 1_000);
    const copy = moved(source.slice(-1_000), 3 * DAY_S).map((e) => ({ ...e, actor: '9' }));
    const all = [...copy, ...human(1, 2_000)].sort((a, b) => a.atMs - b.atMs);
    const originals = [original(first), { ...original(second), smeId: '10000002' }];
    const found = copiedStream(all, originals);
    expect(found?.figures).toMatchObject({ smeId: '10000002', movedSeconds: 3 * DAY_S });
    expect(copy.every((e) => found?.events.has(e))).toBe(true);
    expect(copiedStream(human(1, 3_000), originals)).toBeNull();
  });
});
