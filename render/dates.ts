import type { Span } from '../core/contract.ts';
import { addDays, type CivilDate, daysBetween } from '../core/time.ts';

export { bothDates, rocYear } from '../core/rocDate.ts';

export function yearOf(date: CivilDate): number {
  return Number(date.slice(0, 4));
}

/** Documents name the last day; contracts and months end on the day after it. */
export function lastDay(span: Pick<Span, 'endExclusive'>): CivilDate {
  return addDays(span.endExclusive, -1);
}

/** Weeks from a Monday to a day, with its fraction: where the day lies on the time axis. */
export function weeksBetween(monday: CivilDate, date: CivilDate): number {
  return daysBetween(monday, date) / 7;
}
