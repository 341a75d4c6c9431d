import { DAY_MS, dateOf } from '../time.ts';
import { actsOf, type Doubt, PATTERN_FROM, percent } from './doubt.ts';
import type { MonthUse, UseEvent } from './use.ts';

/** Systems that send once a day, and repeat after a weekend or an outage, are within this. */
const LATE_DAYS = 3;
/**
 * A piece of work that is handed in after the month is few acts of few days, as in the real logs;
 * a month that is written afterwards has more.
 */
const ACTS_MIN = 5;
const DAYS_MIN = 4;
/** So many acts are no piece of work, on however few days they are dated. */
const ACTS_OF_ANY_DAYS_MIN = 30;

/** Received long after it happened. */
export function isLate(atMs: number, receivedAtMs: number): boolean {
  return receivedAtMs - atMs > LATE_DAYS * DAY_MS;
}

/**
 * Back-dated: received long after it happened, above all after the month had ended, when what the
 * rule still lacked was known.
 */
export function backDated(use: MonthUse): Doubt | null {
  const late = use.events.filter((e) => isLate(e.atMs, e.receivedAtMs));
  const after = late.filter((e) => e.receivedAtMs >= use.endMs);
  if (late.length === 0) return null;
  const days = new Set(after.map((e) => dateOf(e.atMs))).size;
  const lateActs = actsOf(after).length;
  const isPattern = (lateActs >= ACTS_MIN && days >= DAYS_MIN) || lateActs >= ACTS_OF_ANY_DAYS_MIN;
  return {
    patternFrom: isPattern ? PATTERN_FROM : null,
    code: 'back_dated',
    events: new Set<UseEvent>(after),
    zh: '紀錄於事後許久始送達，且多在期程月結束後。',
    en: 'Use was received long after it happened, and after the month had ended.',
    figures: {
      lateEvents: late.length,
      receivedAfterMonthEnd: after.length,
      shareOfEvents: percent(late.length, use.events.length),
      lateActs,
      days,
      deliveries: new Set(after.map((e) => dateOf(e.receivedAtMs))).size,
      longestDelayDays: Math.round(
        late.reduce((most, e) => Math.max(most, e.receivedAtMs - e.atMs), 0) / DAY_MS,
      ),
    },
  };
}
