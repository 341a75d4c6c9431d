import { describe, expect, it } from 'vitest';
import { backDated } from '../../../core/authenticity/backDated.ts';
import { futureDated } from '../../../core/authenticity/futureDated.ts';
import { outsideHours } from '../../../core/authenticity/hours.ts';
import { DAY_MS } from '../../../core/time.ts';
import { at } from '../../helpers/world.ts';
import { HOUR_S, monthUse, steps, useEvent, usesAt } from './useInput.ts';

describe('back-dated', () => {
  const days = (count: number) =>
    steps(count, 1).map((d) => at('2023-05-01 10:00:00') + d * DAY_MS);
  const lateOn = (times: readonly number[]) =>
    backDated(monthUse(times.map((t) => useEvent(t, { receivedAtMs: at('2023-05-16') }))));

  it('is what came more than three days after it happened, to the millisecond', () => {
    const one = (delayMs: number) => {
      const atMs = at('2023-05-01 10:00:00');
      return backDated(monthUse([useEvent(atMs, { receivedAtMs: atMs + delayMs })]));
    };
    expect(one(3 * DAY_MS)).toBeNull();
    expect(one(3 * DAY_MS + 1)?.figures).toMatchObject({ lateEvents: 1, longestDelayDays: 3 });
  });

  it('puts in doubt what came from the end of the month on, not a millisecond before', () => {
    const one = (receivedAtMs: number) =>
      backDated(monthUse([useEvent('2023-05-01 10:00:00', { receivedAtMs })]))?.events.size;
    expect(one(at('2023-05-15') - 1)).toBe(0);
    expect(one(at('2023-05-15'))).toBe(1);
  });

  it('is a pattern from five acts on four days on (I-186)', () => {
    const [first = 0, ...rest] = days(4);
    expect(lateOn([first, ...rest])?.patternFrom).toBeNull();
    expect(lateOn([first, first + 60_000, ...rest])?.patternFrom).toBe(8);
    expect(lateOn([...steps(5, 60_000).map((d) => first + d)])?.patternFrom).toBeNull();
    // Records of one second are one act.
    expect(lateOn([first, first, ...rest])?.patternFrom).toBeNull();
  });

  it('is a pattern from thirty acts on, on however few days (I-186)', () => {
    const [first = 0, second = 0] = days(2);
    const acts = (count: number) => steps(count, 60_000).map((ms) => first + ms);
    expect(lateOn(acts(29))?.patternFrom).toBeNull();
    expect(lateOn(acts(30))?.patternFrom).toBe(8);
    expect(lateOn([...acts(29), first, second])?.patternFrom).toBe(8);
    expect(lateOn([...acts(29), first])?.patternFrom).toBeNull();
  });

  it('counts days and deliveries as they are in Taipei', () => {
    const received = [at('2023-05-15 07:30:00'), at('2023-05-15 08:30:00'), at('2023-05-16') - 1];
    const late = (...times: readonly string[]) =>
      backDated(monthUse(times.map((t, i) => useEvent(t, { receivedAtMs: received[i] ?? 0 }))))
        ?.figures;
    const [morning, noon, night] = ['07:30:00', '12:00:00', '23:59:59'].map(
      (t) => `2023-05-01 ${t}`,
    );
    expect(late(morning ?? '', noon ?? '', night ?? '')).toMatchObject({ days: 1, deliveries: 1 });
    expect(late(night ?? '', '2023-05-02 00:00:00')).toMatchObject({ days: 2, deliveries: 1 });
  });
});

describe('future-dated', () => {
  it('is what claims a time more than a minute after it was received, and never holds', () => {
    const one = (aheadMs: number) => {
      const atMs = at('2023-05-01 10:00:00');
      return futureDated([useEvent(atMs, { receivedAtMs: atMs - aheadMs })]);
    };
    expect(one(60_000)).toBeNull();
    expect(one(60_001)).toMatchObject({
      patternFrom: null,
      figures: { aheadEvents: 1, longestAheadSeconds: 60 },
    });
  });
});

describe('outside hours', () => {
  const found = (from: string, count = 10) => outsideHours(usesAt(from, steps(count, 1))) !== null;

  it.each([
    ['2023-05-03 06:59:50', true],
    ['2023-05-03 07:00:00', false],
    ['2023-05-03 21:59:50', false],
    ['2023-05-03 22:00:00', true],
    // Saturday, and Sunday.
    ['2023-05-06 12:00:00', false],
    ['2023-05-07 12:00:00', true],
  ])('ten acts from %s: %s', (from, is) => {
    expect(found(from)).toBe(is);
  });

  it('asks for ten acts, of which 95 of 100 lie outside, and never holds', () => {
    expect(found('2023-05-03 23:00:00', 9)).toBe(false);
    const inside = (count: number) => usesAt('2023-05-03 12:00:00', steps(count, HOUR_S));
    const outside = usesAt('2023-05-03 23:00:00', steps(38, 1));
    expect(outsideHours([...outside, ...inside(2)])).toMatchObject({
      patternFrom: null,
      figures: { shareOfActs: 95, acts: 40 },
    });
    expect(outsideHours([...outside, ...inside(3)])).toBeNull();
  });
});
