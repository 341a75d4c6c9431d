/**
 * Public holidays in Taiwan that fall on Monday to Friday, by the government office calendars
 * (政府行政機關辦公日曆表) of 2023 and 2024; days without service for storms are not in them. Labour Day
 * is left out: government offices work on it. The make-up Saturdays of these years are no working
 * days here: a working day is Monday to Friday.
 */
export const HOLIDAYS: ReadonlySet<string> = new Set([
  '2023-01-02', // New Year's Day, made up
  '2023-01-20', // day before Lunar New Year's Eve
  '2023-01-23', // Lunar New Year
  '2023-01-24',
  '2023-01-25',
  '2023-01-26',
  '2023-01-27',
  '2023-02-27', // bridge to Peace Memorial Day
  '2023-02-28', // Peace Memorial Day
  '2023-04-03', // bridge to Children's Day
  '2023-04-04', // Children's Day
  '2023-04-05', // Tomb Sweeping Day
  '2023-06-22', // Dragon Boat Festival
  '2023-06-23', // bridge after it
  '2023-09-29', // Mid-Autumn Festival
  '2023-10-09', // bridge to National Day
  '2023-10-10', // National Day
  '2024-01-01', // New Year's Day
  '2024-02-08', // day before Lunar New Year's Eve
  '2024-02-09', // Lunar New Year's Eve
  '2024-02-12', // Lunar New Year
  '2024-02-13',
  '2024-02-14',
  '2024-02-28', // Peace Memorial Day
  '2024-04-04', // Children's Day and Tomb Sweeping Day
  '2024-04-05',
  '2024-06-10', // Dragon Boat Festival
  '2024-09-17', // Mid-Autumn Festival
  '2024-10-10', // National Day
]);
