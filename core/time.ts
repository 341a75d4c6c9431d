/**
 * Civil dates and instants. All civil dates are Asia/Taipei (UTC+8, no daylight saving), written
 * `YYYY-MM-DD`; instants are milliseconds since the Unix epoch. Nothing here reads a clock.
 */
declare const civil: unique symbol;

/** A valid calendar day in Taipei, `YYYY-MM-DD`; compares correctly as text. */
export type CivilDate = string & { readonly [civil]: true };

export const DAY_MS = 86_400_000;
const TAIPEI_OFFSET_MS = 8 * 3_600_000;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

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
  if (!RFC3339.test(text)) return undefined;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  if (!isCalendarDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetAt(text);
  const [offsetHour, offsetMinute] =
    offset === text.length ? [0, 0] : [digits(text, offset + 1, 2), digits(text, offset + 4, 2)];
  if (offsetHour > 23 || offsetMinute > 59) return undefined;
  const sign = text[offset] === '-' ? -1 : 1;
  const wallMs =
    utcMs(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + millisOf(text);
  return wallMs - sign * (offsetHour * 60 + offsetMinute) * 60_000;
}

/** Where `+hh:mm` or `-hh:mm` begins; the end of the text where it ends in Z. */
function offsetAt(text: string): number {
  const last = text.at(-1);
  return last === 'Z' || last === 'z' ? text.length : text.length - 6;
}

/** Of the fraction behind the seconds, at most three digits. */
function millisOf(text: string): number {
  if (text[SECONDS_END] !== '.') return 0;
  let [millis, unit] = [0, 100];
  for (let at = SECONDS_END + 1; unit >= 1 && isDigit(text, at); at += 1) {
    millis += digits(text, at, 1) * unit;
    unit /= 10;
  }
  return millis;
}

const SECONDS_END = 19;

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= ZERO && code <= ZERO + 9;
}

/** The number that so many digits make; nothing is cut out of the text for it. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

const ZERO = 0x30;

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
