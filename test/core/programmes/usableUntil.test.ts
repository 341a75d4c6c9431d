import { describe, expect, it } from 'vitest';
import { HOLIDAYS } from '../../../core/programmes/holidays.ts';
import { tcloud2023 } from '../../../core/programmes/tcloud2023.ts';
import { addWorkingDays, usableUntil } from '../../../core/programmes/usableUntil.ts';
import { civilDate, isoWeekday } from '../../../core/time.ts';

function lastDay(returnedOn: string, issuedOn: string | null): string {
  const rule = tcloud2023.termination?.usable;
  if (rule === undefined) throw new Error('the programme returns points');
  const issued = issuedOn === null ? null : civilDate(issuedOn);
  return usableUntil(civilDate(returnedOn), issued, rule);
}

describe('returned points', () => {
  it.each([
    // Monday 2023-03-06: five working days end on Monday 2023-03-13.
    ['2023-03-06', null, '2023-03-13'],
    ['2023-03-06', '2022-12-12', '2023-03-13'],
    ['2023-03-06', '2022-12-13', '2023-03-13'],
    ['2023-03-06', '2022-12-14', '2023-03-14'],
    ['2023-03-06', '2023-02-28', '2023-05-28'],
    ['2023-03-06', '2022-11-30', '2023-03-13'],
    // Three months from a day that the month lacks: its last day.
    ['2023-02-10', '2022-11-30', '2023-02-28'],
  ])('of %s, issued on %s, last to %s', (returnedOn, issuedOn, want) => {
    expect(lastDay(returnedOn, issuedOn)).toBe(want);
  });

  it.each([
    ['2024-12-23', null, '2024-12-30'],
    ['2024-12-24', null, '2024-12-31'],
    ['2024-12-25', null, '2024-12-31'],
    ['2024-12-02', '2024-09-30', '2024-12-30'],
    ['2024-12-02', '2024-10-15', '2024-12-31'],
    ['2024-12-31', '2024-12-30', '2024-12-31'],
  ])('of %s, issued on %s, never last past 2024', (returnedOn, issuedOn, want) => {
    expect(lastDay(returnedOn, issuedOn)).toBe(want);
  });
});

describe('working days', () => {
  it.each([
    ['2023-03-10', 1, '2023-03-13'],
    ['2023-03-11', 1, '2023-03-13'],
    ['2023-03-12', 1, '2023-03-13'],
    ['2023-03-13', 0, '2023-03-13'],
    ['2023-01-19', 1, '2023-01-30'],
    ['2023-06-21', 1, '2023-06-26'],
    // A make-up Saturday, 2023-06-17, is no working day.
    ['2023-06-16', 1, '2023-06-19'],
    ['2024-02-07', 1, '2024-02-15'],
    ['2024-04-03', 1, '2024-04-08'],
    ['2023-04-28', 1, '2023-05-01'],
  ])('from %s, %d on, is %s', (date, days, want) => {
    expect(addWorkingDays(civilDate(date), days)).toBe(want);
  });

  it('the holidays are calendar days of 2023 and 2024, Monday to Friday', () => {
    for (const holiday of HOLIDAYS) {
      expect(isoWeekday(civilDate(holiday))).toBeLessThanOrEqual(5);
      expect(holiday).toMatch(/^202[34]-/);
    }
    expect([...HOLIDAYS]).toEqual([...HOLIDAYS].sort());
  });
});
