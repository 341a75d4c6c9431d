import { addDays, addMonths, type CivilDate, earlier, isoWeekday, later } from '../time.ts';
import { HOLIDAYS } from './holidays.ts';
import type { UsableRule } from './types.ts';

/** Points that come back after the programme's last day are not returned [001 七(八)]. */
export function isReturnedInTime(returnedOn: CivilDate, rule: UsableRule): boolean {
  return returnedOn <= rule.lastDay.value;
}

/**
 * The last day on which returned points may be used: the later of some months from their issue and
 * some working days from the return, never past the programme's end [001 七(七)(八)].
 * Of points returned in time. An unknown day of issue leaves the working days alone.
 */
export function usableUntil(
  returnedOn: CivilDate,
  pointsIssuedOn: CivilDate | null,
  rule: UsableRule,
): CivilDate {
  const afterReturn = addWorkingDays(returnedOn, rule.workingDaysAfterReturn.value);
  const best =
    pointsIssuedOn === null
      ? afterReturn
      : later(addMonths(pointsIssuedOn, rule.monthsAfterIssue.value), afterReturn);
  return earlier(best, rule.lastDay.value);
}

/** The n-th working day after a date; the date itself is not counted. */
export function addWorkingDays(date: CivilDate, workingDays: number): CivilDate {
  let day = date;
  for (let left = workingDays; left > 0; ) {
    day = addDays(day, 1);
    if (isWorkingDay(day)) left -= 1;
  }
  return day;
}

function isWorkingDay(date: CivilDate): boolean {
  return isoWeekday(date) <= 5 && !HOLIDAYS.has(date);
}
