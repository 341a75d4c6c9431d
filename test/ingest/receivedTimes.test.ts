import { describe, expect, it } from 'vitest';
import { CLOCK_AHEAD_MAX_MS } from '../../core/limits.ts';
import { ReceivedTimes } from '../../ingest/receivedTimes.ts';
import { at } from '../helpers/world.ts';

const NOW = at('2023-05-01');
const MONTH_MS = 30 * 86_400_000;

function timesFrom(lastReceivedAtMs: number) {
  const told: [number, number][] = [];
  const clock = { nowMs: NOW };
  const times = new ReceivedTimes({
    clock: () => clock.nowMs,
    lastReceivedAtMs,
    onClockBehind: (lastMs, nowMs) => told.push([lastMs, nowMs]),
  });
  return { times, clock, told };
}

describe('a clock that was far ahead', () => {
  it('is told once when it is right again, not for every request, and again the next time (I-158)', () => {
    const { times, clock, told } = timesFrom(0);
    clock.nowMs = NOW + MONTH_MS;
    expect(times.next()).toBe(NOW + MONTH_MS);
    expect(told).toEqual([]);
    clock.nowMs = NOW;
    for (let i = 0; i < 3; i += 1) expect(times.next()).toBe(NOW + MONTH_MS);
    expect(told).toEqual([[NOW + MONTH_MS, NOW]]);
    clock.nowMs = NOW + MONTH_MS;
    times.next();
    clock.nowMs = NOW + 1;
    times.next();
    expect(told).toHaveLength(2);
  });

  it('is told at the start, by what is stored (I-158)', () => {
    expect(timesFrom(NOW + MONTH_MS).told).toEqual([[NOW + MONTH_MS, NOW]]);
    expect(timesFrom(NOW).told).toEqual([]);
  });

  it.each([
    ['five minutes', CLOCK_AHEAD_MAX_MS, 0],
    ['a millisecond more', CLOCK_AHEAD_MAX_MS + 1, 1],
  ])('by %s: told %#', (_name, aheadMs, count) => {
    expect(timesFrom(NOW + aheadMs).told).toHaveLength(count);
  });
});
