import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contract, contractOf, weeksOf } from '../../core/contract.ts';
import {
  addDays,
  addMonths,
  type CivilDate,
  civilDate,
  DAY_MS,
  dateOf,
  daysBetween,
  formatInstant,
  isoWeekday,
  mondayOf,
  parseInstant,
  startOfDay,
} from '../../core/time.ts';

const day: fc.Arbitrary<CivilDate> = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2150-12-31'), noInvalidDate: true })
  .map((d) => civilDate(d.toISOString().slice(0, 10)));

const contract: fc.Arbitrary<{ made: Contract; cut: boolean }> = fc
  .record({
    start: day,
    months: fc.integer({ min: 1, max: 24 }),
    ended: fc.option(fc.integer({ min: 1, max: 800 })),
  })
  .map(({ start, months, ended }) => {
    const termination = ended === null ? null : { date: addDays(start, ended), reason: 'r' };
    const terms = { contractStart: start, contractMonths: months, closure: null, termination };
    const made = contractOf(terms);
    return { made, cut: made.endExclusive !== addMonths(start, months) };
  });

describe('for every contract', () => {
  it('the months tile it without a gap or an overlap (I-25)', () => {
    fc.assert(
      fc.property(contract, ({ made }) => {
        expect(made.months.length).toBeGreaterThan(0);
        expect(made.months[0]?.start).toBe(made.start);
        expect(made.months.at(-1)?.endExclusive).toBe(made.endExclusive);
        made.months.forEach((month, i) => {
          expect(month.month).toBe(i + 1);
          expect(month.start < month.endExclusive).toBe(true);
          expect(month.endExclusive).toBe(made.months[i + 1]?.start ?? made.endExclusive);
        });
      }),
    );
  });

  it('the weeks are whole, follow one another, and each is judged at most once (I-26)', () => {
    fc.assert(
      fc.property(contract, ({ made }) => {
        const weeks = weeksOf(made);
        weeks.forEach((week, i) => {
          if (i === 0) expect(isoWeekday(week.start)).toBe(1);
          expect(week.endExclusive).toBe(addDays(week.start, 7));
          if (i > 0) expect(week.start).toBe(weeks[i - 1]?.endExclusive);
          const holders = made.months.filter((m) => holdsFourDays(week.start, m));
          expect(holders.length).toBeLessThan(2);
          expect(week.judgedIn).toBe(holders[0]?.month ?? null);
        });
        const counted = weeks.reduce(
          (sum, w) => sum + daysBetween(w.counted.start, w.counted.endExclusive),
          0,
        );
        expect(counted).toBe(daysBetween(made.start, made.endExclusive));
      }),
    );
  });

  it('every whole month has four or five judged weeks', () => {
    fc.assert(
      fc.property(contract, ({ made, cut }) => {
        const weeks = weeksOf(made);
        const whole = cut ? made.months.slice(0, -1) : made.months;
        for (const month of whole) {
          const judged = weeks.filter((w) => w.judgedIn === month.month).length;
          expect([4, 5]).toContain(judged);
        }
      }),
    );
  });
});

describe('calendar arithmetic agrees with the one of Date', () => {
  it('in months', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 120 }), (date, months) => {
        const [year, month, dayOfMonth] = date.split('-').map(Number) as [number, number, number];
        const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
        const want = Date.UTC(year, month - 1 + months, Math.min(dayOfMonth, last));
        expect(addMonths(date, months)).toBe(new Date(want).toISOString().slice(0, 10));
      }),
    );
  });

  it('in weeks', () => {
    fc.assert(
      fc.property(day, (date) => {
        const at = new Date(`${date}T00:00:00Z`);
        const back = (at.getUTCDay() + 6) % 7;
        const monday = new Date(at.getTime() - back * DAY_MS).toISOString().slice(0, 10);
        expect(mondayOf(date)).toBe(monday);
        expect(isoWeekday(date)).toBe(back + 1);
      }),
    );
  });

  it('in days of Taipei, as the time zone database has them (I-24)', () => {
    const taipei = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Taipei' });
    const instant = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2150, 0, 1) });
    fc.assert(
      fc.property(instant, (ms) => {
        expect(dateOf(ms)).toBe(taipei.format(ms));
        const start = startOfDay(dateOf(ms));
        expect(ms - start).toBeGreaterThanOrEqual(0);
        expect(ms - start).toBeLessThan(DAY_MS);
        expect(parseInstant(formatInstant(ms))).toBe(ms);
      }),
    );
  });
});

/** Of seven days, the month holds four or more. */
function holdsFourDays(
  monday: CivilDate,
  month: { readonly start: CivilDate; readonly endExclusive: CivilDate },
): boolean {
  const days = Array.from({ length: 7 }, (_, i) => addDays(monday, i));
  return days.filter((d) => month.start <= d && d < month.endExclusive).length >= 4;
}
