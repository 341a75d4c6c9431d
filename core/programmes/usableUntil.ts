import {
  addDays,
  addMonths,
  type CivilDate,
  civilDate,
  earlier,
  isoWeekday,
  later,
} from '../time.ts';
import { HOLIDAYS } from './holidays.ts';

/**
 * The last day on which returned points may be used: the later of three months from their issue and
 * five working days from the return, never past the programme's end [001 七(七)(八)].
 * An unknown day of issue leaves the working days alone.
 */
export function usableUntil(returnedOn: CivilDate, pointsIssuedOn: CivilDate | null): CivilDate {
  const afterReturn = addWorkingDays(returnedOn, WORKING_DAYS_AFTER_RETURN);
  const best =
    pointsIssuedOn === null
      ? afterReturn
      : later(addMonths(pointsIssuedOn, MONTHS_AFTER_ISSUE), afterReturn);
  return earlier(best, LAST_DAY);
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

const MONTHS_AFTER_ISSUE = 3;
const WORKING_DAYS_AFTER_RETURN = 5;
const LAST_DAY = civilDate('2024-12-31');

function isWorkingDay(date: CivilDate): boolean {
  return isoWeekday(date) <= 5 && !HOLIDAYS.has(date);
}
