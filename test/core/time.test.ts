import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  civilDate,
  DAY_MS,
  dateOf,
  daysBetween,
  formatInstant,
  instantIn,
  isoWeekday,
  mondayOf,
  parseCivilDate,
  parseInstant,
  startOfDay,
} from '../../core/time.ts';

const utc = (text: string) => Date.parse(text);

describe('an RFC 3339 time is read', () => {
  it.each([
    ['2023-04-15T09:30:00+08:00', '2023-04-15T01:30:00.000Z'],
    ['2023-04-15T01:30:00Z', '2023-04-15T01:30:00.000Z'],
    ['2023-04-15t01:30:00z', '2023-04-15T01:30:00.000Z'],
    ['2023-04-15T00:00:00+08:00', '2023-04-14T16:00:00.000Z'],
    ['2023-04-14T23:59:59.999+08:00', '2023-04-14T15:59:59.999Z'],
    ['2023-04-14T22:30:00-05:30', '2023-04-15T04:00:00.000Z'],
    ['2023-04-15T00:00:00-00:00', '2023-04-15T00:00:00.000Z'],
    ['2023-04-15T00:00:00+23:59', '2023-04-14T00:01:00.000Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
    ['2000-02-29T12:00:00Z', '2000-02-29T12:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0099-12-31T00:00:00Z', '0099-12-31T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%s', (text, want) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(want);
  });

  it.each([
    ['.1', 100],
    ['.12', 120],
    ['.123', 123],
    ['.0009', 0],
    ['.9999', 999],
    ['.99999', 999],
    ['.123999', 123],
    ['.9994999', 999],
    ['.99999999', 999],
    ['.999999999', 999],
  ])('with the fraction %s cut to %d ms, never rounded (I-23)', (fraction, ms) => {
    expect(parseInstant(`2023-04-15T00:00:00${fraction}Z`)).toBe(utc('2023-04-15T00:00:00Z') + ms);
    expect(parseInstant(`1969-12-31T23:59:59${fraction}Z`)).toBe(-1_000 + ms);
  });

  it.each([
    ['without an offset', '2023-04-15T09:30:00'],
    ['with a space', '2023-04-15 09:30:00Z'],
    ['a date alone', '2023-04-15'],
    ['29 February of no leap year', '2023-02-29T00:00:00Z'],
    ['29 February of 1900', '1900-02-29T00:00:00Z'],
    ['31 April', '2023-04-31T00:00:00Z'],
    ['day 0', '2023-04-00T00:00:00Z'],
    ['month 0', '2023-00-10T00:00:00Z'],
    ['month 13', '2023-13-10T00:00:00Z'],
    ['year 0', '0000-01-01T00:00:00Z'],
    ['24:00', '2023-04-15T24:00:00Z'],
    ['minute 60', '2023-04-15T09:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['offset +24:00', '2023-04-15T09:30:00+24:00'],
    ['offset minute 60', '2023-04-15T09:30:00+08:60'],
    ['an offset without a colon', '2023-04-15T09:30:00+0800'],
    ['an offset without minutes', '2023-04-15T09:30:00+08'],
    ['no digit after the point', '2023-04-15T09:30:00.Z'],
    ['ten digits of a fraction', '2023-04-15T09:30:00.1234567890Z'],
    ['a comma', '2023-04-15T09:30:00,1Z'],
    ['a point behind the hour', '2023-04-15T09.30:00Z'],
    ['a point in the offset', '2023-04-15T09:30:00+08.00'],
    ['no seconds', '2023-04-15T09:30Z'],
    ['a space before', ' 2023-04-15T09:30:00Z'],
    ['a line end after', '2023-04-15T09:30:00Z\n'],
    ['full-width digits', '２023-04-15T09:30:00Z'],
    ['nothing', ''],
  ])('never: %s (I-23)', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

/** Told by a pattern and the platform's own calendar. */
function instantByPattern(text: string): number | undefined {
  const parts =
    /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (parts === null) return undefined;
  const [, date = '', hour, minute, second, fraction = '', sign, east = '0', minutes = '0'] = parts;
  const day = new Date(`${date}T00:00:00Z`);
  const isDay = !date.startsWith('0000') && !Number.isNaN(day.getTime());
  if (!isDay || !day.toISOString().startsWith(date)) return undefined;
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isTime || Number(east) > 23 || Number(minutes) > 59) return undefined;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const offset = (sign === '-' ? -1 : 1) * (Number(east) * 60 + Number(minutes)) * 60_000;
  return day.getTime() + seconds * 1_000 + Number(fraction.padEnd(3, '0').slice(0, 3)) - offset;
}

describe('a time of any text', () => {
  // Mostly what may be, and the first that may not.
  const month = fc.constantFrom('01', '02', '04', '12', '02', '00', '13');
  const day = fc.constantFrom('01', '15', '28', '29', '30', '31', '00', '32');
  const hour = fc.constantFrom('00', '09', '19', '23', '24');
  const minute = fc.constantFrom('00', '09', '30', '59', '60');
  const formed = fc
    .tuple(
      fc.constantFrom('0000', '0001', '0099', '1900', '1969', '2000', '2023', '2024', '9999'),
      fc.tuple(month, day, hour, minute, minute),
      fc.constantFrom('', '.1', '.12', '.1239', '.123456789', '.1234567890', '.', ',1'),
      fc.oneof(
        fc.constantFrom('Z', 'z', '', '+', ' '),
        fc.tuple(fc.constantFrom('+', '-'), hour, minute).map(([s, h, m]) => `${s}${h}:${m}`),
      ),
      fc.constantFrom('T', 't', 'T', ' '),
    )
    .map(
      ([year, [mm, dd, h, m, seconds], fraction, offset, t]) =>
        `${year}-${mm}-${dd}${t}${h}:${m}:${seconds}${fraction}${offset}`,
    );
  /** One character changed, left out or put in. */
  const bent = fc
    .tuple(
      formed,
      fc.nat({ max: 40 }),
      fc.constantFrom('', '0', ':', '-', '\r', '\u001a', 'é', '／', 'T'),
      fc.nat({ max: 1 }),
    )
    .map(([text, at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut));

  it('is the one that its pattern says, or none: as text and as bytes among others', () => {
    let times = 0;
    fc.assert(
      fc.property(fc.oneof(formed, bent, fc.string()), fc.nat({ max: 3 }), (text, before) => {
        const wanted = instantByPattern(text);
        expect(parseInstant(text), text).toBe(wanted);
        const bytes = Buffer.from(`${'1'.repeat(before)}${text}1Z`);
        expect(instantIn(bytes, before, before + Buffer.byteLength(text)), text).toBe(wanted);
        times += wanted === undefined ? 0 : 1;
      }),
      { numRuns: 20_000 },
    );
    expect(times).toBeGreaterThan(300);
  });
});

describe('a calendar day', () => {
  it.each(['2023-01-31', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])(
    '%s is one',
    (d) => {
      expect(parseCivilDate(d)).toBe(d);
      expect(civilDate(d)).toBe(d);
    },
  );

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2023-04-31',
    '2023-4-1',
    '2023-01-32',
    '0000-01-01',
    '2023-01-01\n',
    ' 2023-01-01',
    '12023-01-01',
    '',
  ])('%j is none', (text) => {
    expect(parseCivilDate(text)).toBeUndefined();
    expect(() => civilDate(text)).toThrow(`not a calendar day: ${text}`);
  });
});

describe('a day in Taipei', () => {
  const start = utc('2023-04-14T16:00:00Z');

  it.each([
    [-1, '2023-04-14'],
    [0, '2023-04-15'],
    [1, '2023-04-15'],
    [DAY_MS - 1, '2023-04-15'],
    [DAY_MS, '2023-04-16'],
  ])('holds the instant %d ms from its start: %s', (offset, want) => {
    expect(dateOf(start + offset)).toBe(want);
  });

  it.each([
    ['2023-04-14T23:59:59.999+08:00', '2023-04-14'],
    ['2023-04-14T15:59:59.999Z', '2023-04-14'],
    ['2023-04-14T16:00:00Z', '2023-04-15'],
    ['2023-04-14T08:59:59.999-07:00', '2023-04-14'],
    ['2023-04-14T09:00:00-07:00', '2023-04-15'],
    ['2023-04-15T01:00:00+09:00', '2023-04-15'],
    ['2023-04-15T00:59:59.999+09:00', '2023-04-14'],
    ['2023-04-15T05:44:59.999+13:45', '2023-04-14'],
    ['2023-04-15T05:45:00+13:45', '2023-04-15'],
  ])('is the day of %s, whatever the offset it was written in: %s (I-24)', (text, want) => {
    expect(dateOf(parseInstant(text) ?? Number.NaN)).toBe(want);
  });

  it('starts at 16:00 UTC of the day before', () => {
    expect(startOfDay(civilDate('2023-04-15'))).toBe(start);
    expect(startOfDay(civilDate('1970-01-01'))).toBe(-8 * 3_600_000);
  });

  it('is shown with its milliseconds and its offset', () => {
    expect(formatInstant(start)).toBe('2023-04-15T00:00:00.000+08:00');
    expect(formatInstant(start - 1)).toBe('2023-04-14T23:59:59.999+08:00');
  });
});

describe('months later', () => {
  it.each([
    ['2023-01-31', 1, '2023-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2023-01-31', 2, '2023-03-31'],
    ['2023-01-31', 3, '2023-04-30'],
    ['2023-01-30', 1, '2023-02-28'],
    ['2023-01-29', 1, '2023-02-28'],
    ['2024-01-29', 1, '2024-02-29'],
    ['2024-02-29', 1, '2024-03-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2023-03-31', 1, '2023-04-30'],
    ['2023-12-31', 2, '2024-02-29'],
    ['2022-12-31', 2, '2023-02-28'],
    ['2023-11-30', 3, '2024-02-29'],
    ['2023-12-01', 1, '2024-01-01'],
    ['2023-05-15', 0, '2023-05-15'],
    ['2023-03-31', -1, '2023-02-28'],
  ])('%s + %d is %s', (date, months, want) => {
    expect(addMonths(civilDate(date), months)).toBe(want);
  });
});

describe('a week', () => {
  it.each([
    ['2023-04-09', '2023-04-03', 7],
    ['2023-04-10', '2023-04-10', 1],
    ['2023-04-16', '2023-04-10', 7],
    ['2023-04-17', '2023-04-17', 1],
    ['2024-01-01', '2024-01-01', 1],
    ['2023-01-01', '2022-12-26', 7],
    ['2024-02-29', '2024-02-26', 4],
    ['1970-01-01', '1969-12-29', 4],
    ['1969-12-28', '1969-12-22', 7],
  ])('of %s starts on Monday %s', (date, monday, weekday) => {
    expect(mondayOf(civilDate(date))).toBe(monday);
    expect(isoWeekday(civilDate(date))).toBe(weekday);
  });

  it('counts days over month and year ends', () => {
    expect(addDays(civilDate('2023-12-31'), 1)).toBe('2024-01-01');
    expect(addDays(civilDate('2024-03-01'), -1)).toBe('2024-02-29');
    expect(daysBetween(civilDate('2023-12-31'), civilDate('2024-12-31'))).toBe(366);
    expect(daysBetween(civilDate('2024-03-01'), civilDate('2024-02-28'))).toBe(-2);
  });
});
