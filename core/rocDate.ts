import type { CivilDate } from './time.ts';

/** Dates as Taiwan prints them: ISO with the year of the Republic (民國) beside. */

const ROC_EPOCH = 1911;

/** 民國112年 for 2023; 民國前1年 for 1911, the year before the first. */
export function rocYear(year: number): string {
  const count = year - ROC_EPOCH;
  return count >= 1 ? `民國${count}年` : `民國前${1 - count}年`;
}

/** 2023-04-15（民國112年4月15日） */
export function bothDates(date: CivilDate): string {
  const [year, month, day] = [date.slice(0, 4), date.slice(5, 7), date.slice(8, 10)].map(Number);
  return `${date}（${rocYear(year ?? 0)}${month}月${day}日）`;
}
