/**
 * Civil dates and instants. All civil dates are Asia/Taipei (UTC+8, no daylight saving), written
 * `YYYY-MM-DD`; instants are milliseconds since the Unix epoch. Nothing here reads a clock.
 */
declare const civil: unique symbol;

/** A valid calendar day in Taipei, `YYYY-MM-DD`; compares correctly as text. */
export type CivilDate = string & { readonly [civil]: true };

export const DAY_MS = 86_400_000;
/** 2299-01-01: later than any instant that a store holds. */
export const LAST_MS = Date.UTC(2299, 0, 1);
const TAIPEI_OFFSET_MS = 8 * 3_600_000;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The date, or undefined when the text is no calendar day. */
export function parseCivilDate(text: string): CivilDate | undefined {
  const m = DATE.exec(text);
  if (m === null) return undefined;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  return isCalendarDay(year, month, day) ? (text as CivilDate) : undefined;
}

/** The date; throws where the text is no calendar day: for constants and rows already checked. */
export function civilDate(text: string): CivilDate {
  const date = parseCivilDate(text);
  if (date === undefined) throw new RangeError(`not a calendar day: ${text}`);
  return date;
}

/** The instant of an RFC 3339 time with an offset, cut (not rounded) to milliseconds. */
export function parseInstant(text: string): number | undefined {
  if (text.length > INSTANT_CHARS_MAX) return undefined;
  for (let at = 0; at < text.length; at += 1) CHARS[at] = Math.min(text.charCodeAt(at), 0xff);
  return instantIn(CHARS, 0, text.length);
}

/** The same of a text that lies in bytes, each a character. */
export function instantIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (!isSeparated(bytes, start)) return undefined;
  const [year, month] = [digits(bytes, start, 4), digits(bytes, start + 5, 2)];
  const [day, hour] = [digits(bytes, start + 8, 2), digits(bytes, start + 11, 2)];
  const [minute, second] = [digits(bytes, start + 14, 2), digits(bytes, start + 17, 2)];
  const fractionEnd = fractionEndIn(bytes, start + FRACTION_AT, end);
  const offsetMinutes = offsetIn(bytes, fractionEnd, end);
  const isTime = isUpTo(hour, 23) && isUpTo(minute, 59) && isUpTo(second, 59);
  if (!isTime || !isCalendarDay(year, month, day) || offsetMinutes === undefined) return undefined;
  const millis = millisIn(bytes, start + FRACTION_AT, fractionEnd);
  const wallMs = utcMs(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + millis;
  return wallMs - offsetMinutes * 60_000;
}

/** Whether the marks between the numbers of `YYYY-MM-DDThh:mm:ss` are there. */
function isSeparated(bytes: Uint8Array, start: number): boolean {
  return (
    bytes[start + 4] === MINUS &&
    bytes[start + 7] === MINUS &&
    ((bytes[start + 10] ?? 0) | LOWER) === SMALL_T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON
  );
}

/** Behind the point and its digits; where it has too few or too many, where no offset can be. */
function fractionEndIn(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== POINT) return start;
  let at = start + 1;
  while (at < end && isUpTo(digits(bytes, at, 1), 9)) at += 1;
  const count = at - start - 1;
  return count >= 1 && count <= FRACTION_DIGITS_MAX ? at : end;
}

/** Of the fraction, at most three digits. */
function millisIn(bytes: Uint8Array, start: number, end: number): number {
  let [millis, unit] = [0, 100];
  for (let at = start + 1; at < end && unit >= 1; at += 1) {
    millis += digits(bytes, at, 1) * unit;
    unit /= 10;
  }
  return millis;
}

/** Z, `+hh:mm` or `-hh:mm`, up to the end of the text, in minutes east. */
function offsetIn(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start];
  if (end - start === 1) return ((sign ?? 0) | LOWER) === SMALL_Z ? 0 : undefined;
  if (end - start !== 6 || (sign !== PLUS && sign !== MINUS)) return undefined;
  const [hour, minute] = [digits(bytes, start + 1, 2), digits(bytes, start + 4, 2)];
  if (bytes[start + 3] !== COLON || !isUpTo(hour, 23) || !isUpTo(minute, 59)) return undefined;
  return (sign === MINUS ? -1 : 1) * (hour * 60 + minute);
}

function isUpTo(value: number, max: number): boolean {
  return value >= 0 && value <= max;
}

/** The number that so many digits make; negative where one is none. */
function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const FRACTION_AT = 19;
const FRACTION_DIGITS_MAX = 9;
/** With nine digits behind the seconds and an offset. */
const INSTANT_CHARS_MAX = 35;
/** The text that is read. */
const CHARS = new Uint8Array(INSTANT_CHARS_MAX);
const [ZERO, POINT, COLON, PLUS, MINUS] = [0x30, 0x2e, 0x3a, 0x2b, 0x2d] as const;
/** The bit by which a small letter differs from its capital. */
const LOWER = 0x20;
const [SMALL_T, SMALL_Z] = [0x74, 0x7a] as const;

/** The first instant of a civil date in Taipei. */
export function startOfDay(date: CivilDate): number {
  return dayNumber(date) * DAY_MS - TAIPEI_OFFSET_MS;
}

/** The civil date in Taipei that holds an instant. */
export function dateOf(instantMs: number): CivilDate {
  return fromDayNumber(Math.floor((instantMs + TAIPEI_OFFSET_MS) / DAY_MS));
}

/** RFC 3339 in Taipei with milliseconds, the one form in which answers carry instants. */
export function formatInstant(instantMs: number): string {
  return `${new Date(instantMs + TAIPEI_OFFSET_MS).toISOString().slice(0, 23)}+08:00`;
}

export function addDays(date: CivilDate, days: number): CivilDate {
  return fromDayNumber(dayNumber(date) + days);
}

/** Days from a to b, negative when b is earlier. */
export function daysBetween(a: CivilDate, b: CivilDate): number {
  return dayNumber(b) - dayNumber(a);
}

/** The date some months later; a day that the month lacks becomes the month's last day. */
export function addMonths(date: CivilDate, months: number): CivilDate {
  const index = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
  const day = Math.min(Number(date.slice(8, 10)), daysInMonth(year, month));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` as CivilDate;
}

/** The Monday of the week, Monday to Sunday, that holds the date. */
export function mondayOf(date: CivilDate): CivilDate {
  return addDays(date, -(((dayNumber(date) % 7) + 10) % 7));
}

/** 1 = Monday … 7 = Sunday. */
export function isoWeekday(date: CivilDate): number {
  return daysBetween(mondayOf(date), date) + 1;
}

export function earlier(a: CivilDate, b: CivilDate): CivilDate {
  return a < b ? a : b;
}

export function later(a: CivilDate, b: CivilDate): CivilDate {
  return a > b ? a : b;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Midnight UTC of a calendar day; `Date.UTC` reads the years 0 to 99 as 1900 to 1999. */
function utcMs(year: number, month: number, day: number): number {
  return year > 99
    ? Date.UTC(year, month - 1, day)
    : new Date(0).setUTCFullYear(year, month - 1, day);
}

function dayNumber(date: CivilDate): number {
  return (
    utcMs(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))) / DAY_MS
  );
}

function fromDayNumber(day: number): CivilDate {
  return new Date(day * DAY_MS).toISOString().slice(0, 10) as CivilDate;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
