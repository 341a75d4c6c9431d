import type { Span } from '../core/contract.ts';
import { addDays, type CivilDate, daysBetween } from '../core/time.ts';

/** Dates as Taiwan prints them: ISO with the year of the Republic (民國) beside. */

const ROC_EPOCH = 1911;

/** 民國112年 for 2023; 民國前1年 for 1911, the year before the first. */
export function rocYear(year: number): string {
  const count = year - ROC_EPOCH;
  return count >= 1 ? `民國${count}年` : `民國前${1 - count}年`;
}

/** 2023-04-15（民國112年4月15日） */
export function bothDates(date: CivilDate): string {
  return `${date}（${rocDate(date)}）`;
}

function rocDate(date: CivilDate): string {
  const [month, day] = [Number(date.slice(5, 7)), Number(date.slice(8, 10))];
  return `${rocYear(yearOf(date))}${month}月${day}日`;
}

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
