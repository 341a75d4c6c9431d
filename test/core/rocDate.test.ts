import { describe, expect, it } from 'vitest';
import { bothDates, rocYear } from '../../core/rocDate.ts';
import { civilDate } from '../../core/time.ts';

describe('a date as Taiwan prints it', () => {
  it.each([
    ['2022-12-31', '2022-12-31（民國111年12月31日）'],
    ['2023-01-01', '2023-01-01（民國112年1月1日）'],
    ['2024-02-29', '2024-02-29（民國113年2月29日）'],
    ['1912-01-01', '1912-01-01（民國1年1月1日）'],
    ['1911-12-31', '1911-12-31（民國前1年12月31日）'],
  ])('%s carries the year of the Republic that begins on 1 January', (date, words) => {
    expect(bothDates(civilDate(date))).toBe(words);
  });

  it.each([
    [2011, '民國100年'],
    [1910, '民國前2年'],
  ])('the year %i is counted without a year zero', (year, words) => {
    expect(rocYear(year)).toBe(words);
  });
});
