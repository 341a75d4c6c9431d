import { DAY_MS } from '../time.ts';
import { actsOf, type Doubt, eventsOf, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

const HOUR_MS = 3_600_000;
const TAIPEI_MS = 8 * HOUR_MS;
/** Of a working day in Taipei, generous: shops open late and close late. */
const FIRST_HOUR = 7;
const END_HOUR = 22;
/** The days since the epoch, a Thursday, that are Sundays: 3, 10, 17 … */
const SUNDAY = 3;
/** Fewer acts are one night's work. */
const ACTS_MIN = 10;
/** A firm that works at night now and then stays below. */
const SHARE_MIN = 0.95;

/** Activity only at night and on Sundays, when the firm's people are not at work. */
export function outsideHours(events: readonly UseEvent[]): Doubt | null {
  const acts = actsOf(events);
  const outside = acts.filter((act) => isOutside(act.second * 1_000));
  if (!areMostOutside(acts.length, outside.length)) return null;
  return {
    code: 'outside_hours',
    // Firms work at night, and abroad.
    patternFrom: null,
    events: eventsOf(outside),
    zh: '使用幾乎都在營業時間以外。',
    en: 'Almost all use is at night or on Sundays.',
    figures: { shareOfActs: percent(outside.length, acts.length), acts: acts.length },
  };
}

/** Whether so is said of acts. @param seconds of acts, each once */
export function isOutsideHours(seconds: Int32Array): boolean {
  let outside = 0;
  for (const second of seconds) if (isOutside(second * 1_000)) outside += 1;
  return areMostOutside(seconds.length, outside);
}

function areMostOutside(acts: number, outside: number): boolean {
  return acts >= ACTS_MIN && outside >= acts * SHARE_MIN;
}

function isOutside(atMs: number): boolean {
  const day = Math.floor((atMs + TAIPEI_MS) / DAY_MS);
  const hour = Math.floor((atMs + TAIPEI_MS - day * DAY_MS) / HOUR_MS);
  return hour < FIRST_HOUR || hour >= END_HOUR || day % 7 === SUNDAY;
}
