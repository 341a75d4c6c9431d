import { describe, expect, it } from 'vitest';
import { type Contract, contractOf, cyclesOf, earlyEndOf, weeksOf } from '../../core/contract.ts';
import { civilDate } from '../../core/time.ts';

function contract(start: string, contractMonths: number, end: string | null = null): Contract {
  const termination = end === null ? null : { date: civilDate(end), reason: 'r' };
  return contractOf({
    contractStart: civilDate(start),
    contractMonths,
    closure: null,
    termination,
  });
}

const starts = (c: Contract) => c.months.map((m) => m.start.slice(5)).join(' ');
/** Weeks as `Monday→judged month`, `-` where none judges it. */
const weeks = (c: Contract) => weeksOf(c).map((w) => `${w.start.slice(5)}→${w.judgedIn ?? '-'}`);

describe('contract months are counted from the start date, never chained (I-25)', () => {
  it.each([
    ['2023-01-31', '01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31'],
    ['2024-01-31', '01-31 02-29 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31'],
    ['2023-08-31', '08-31 09-30 10-31 11-30 12-31 01-31 02-29 03-31 04-30 05-31 06-30 07-31'],
    ['2023-01-30', '01-30 02-28 03-30 04-30 05-30 06-30 07-30 08-30 09-30 10-30 11-30 12-30'],
    ['2023-01-29', '01-29 02-28 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29'],
    ['2024-02-29', '02-29 03-29 04-29 05-29 06-29 07-29 08-29 09-29 10-29 11-29 12-29 01-29'],
    ['2023-04-15', '04-15 05-15 06-15 07-15 08-15 09-15 10-15 11-15 12-15 01-15 02-15 03-15'],
  ])('from %s', (start, want) => {
    expect(starts(contract(start, 12))).toBe(want);
  });

  it.each([
    ['2023-01-31', 1, '2023-02-28'],
    ['2023-01-31', 13, '2024-02-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2023-10-31', 4, '2024-02-29'],
    ['2023-04-15', 4, '2023-08-15'],
  ])('from %s for %d months it ends before %s', (start, months, end) => {
    const made = contract(start, months);
    expect(made.endExclusive).toBe(end);
    expect(made.months).toHaveLength(months);
    expect(made.months.at(-1)?.endExclusive).toBe(end);
  });
});

describe('an early end', () => {
  it.each([
    ['2023-04-16', '04-15', '2023-04-16'],
    ['2023-05-14', '04-15', '2023-05-14'],
    ['2023-05-15', '04-15', '2023-05-15'],
    ['2023-05-16', '04-15 05-15', '2023-05-16'],
    ['2023-08-14', '04-15 05-15 06-15 07-15', '2023-08-14'],
    ['2023-08-15', '04-15 05-15 06-15 07-15', '2023-08-15'],
    ['2023-08-16', '04-15 05-15 06-15 07-15', '2023-08-15'],
  ])('on %s leaves the months that began before it: %s (I-27)', (end, want, endExclusive) => {
    const made = contract('2023-04-15', 4, end);
    expect(starts(made)).toBe(want);
    expect(made.endExclusive).toBe(endExclusive);
    expect(made.months.at(-1)?.endExclusive).toBe(endExclusive);
    expect(made.contractMonths).toBe(4);
  });

  it('is a closure as well as a termination, and none on or after the own end', () => {
    const terms = { contractStart: civilDate('2023-04-15'), contractMonths: 4 };
    const closedOn = (date: string) =>
      earlyEndOf({ ...terms, closure: { date: civilDate(date), proof: 'p' }, termination: null });
    expect(closedOn('2023-08-14')).toBe('2023-08-14');
    expect(closedOn('2023-08-15')).toBeNull();
    expect(closedOn('2023-08-16')).toBeNull();
    expect(earlyEndOf({ ...terms, closure: null, termination: null })).toBeNull();
  });
});

describe('a week', () => {
  // April 2023: the 3rd, 10th, 17th … are Mondays.
  it.each([
    ['2023-04-10', 'Monday', '04-10→1'],
    ['2023-04-12', 'Wednesday', '04-10→1'],
    ['2023-04-13', 'Thursday: four days', '04-10→1'],
    ['2023-04-14', 'Friday: three days', '04-10→-'],
    ['2023-04-16', 'Sunday: one day', '04-10→-'],
  ])('at the start of a contract from %s (%s) is judged or only drawn: %s', (start, _, want) => {
    expect(weeks(contract(start, 4))[0]).toBe(want);
  });

  // July 2023: the 10th is a Monday.
  it.each([
    ['2023-07-11', '07-10→-'],
    ['2023-07-13', '07-10→-'],
    ['2023-07-14', '07-10→3'],
    ['2023-07-16', '07-10→3'],
    ['2023-07-17', '07-10→3'],
  ])('at the end of a contract before %s: %s', (end, want) => {
    expect(weeks(contract('2023-05-08', 4, end)).at(-1)).toBe(want);
  });

  it.each([
    ['2023-05-11', 'Thursday: 3 days before, 4 after', '05-08→2'],
    ['2023-05-12', 'Friday: 4 days before, 3 after', '05-08→1'],
    ['2023-05-08', 'Monday: all after', '05-08→2'],
    ['2023-05-14', 'Sunday: 6 days before', '05-08→1'],
  ])('over the turn of two months on %s (%s) goes to the one with four days', (turn, _, want) => {
    const start = `2023-04-${turn.slice(8)}`;
    expect(weeks(contract(start, 4))).toContain(want);
  });

  it('of which no month holds four days is drawn and not judged, between two months too', () => {
    // The contract is cut on Thursday 2023-06-15: three days of that week belong to month 2.
    const cut = contract('2023-05-08', 4, '2023-06-15');
    expect(weeks(cut)).toEqual(['05-08→1', '05-15→1', '05-22→1', '05-29→1', '06-05→2', '06-12→-']);
    // Month 1 has its Monday to Wednesday, month 2 its Thursday to Saturday, the last of the contract.
    const both = contract('2023-05-15', 4, '2023-06-18');
    expect(weeks(both).slice(-2)).toEqual(['06-05→1', '06-12→-']);
    expect(weeksOf(both).at(-1)).toMatchObject({
      counted: span('2023-06-12', '2023-06-18'),
      timedBy: 2,
    });
    const [, second] = both.months;
    if (second === undefined) throw new Error('no month');
    expect(cyclesOf('week', second, weeksOf(both))).toEqual([]);
    // One more day, and the week is month 2's.
    expect(weeks(contract('2023-05-15', 4, '2023-06-19')).at(-1)).toBe('06-12→2');
  });

  it('counts its days inside the contract, those of the neighbouring month included (I-26)', () => {
    const made = contract('2023-04-15', 4);
    const all = weeksOf(made);
    expect(all[0]).toMatchObject({
      start: '2023-04-10',
      endExclusive: '2023-04-17',
      counted: span('2023-04-15', '2023-04-17'),
      judgedIn: null,
      timedBy: 1,
    });
    expect(all.find((w) => w.start === '2023-05-15')?.counted).toEqual(
      span('2023-05-15', '2023-05-22'),
    );
    expect(all.find((w) => w.start === '2023-06-12')).toMatchObject({
      counted: span('2023-06-12', '2023-06-19'),
      judgedIn: 3,
    });
    expect(all.at(-1)).toMatchObject({
      start: '2023-08-14',
      counted: span('2023-08-14', '2023-08-15'),
      judgedIn: null,
      timedBy: 4,
    });
  });
});

describe('the cycles of a month', () => {
  const made = contract('2024-01-31', 4);
  const [first] = made.months;

  it('are its days, its judged weeks, and itself', () => {
    if (first === undefined) throw new Error('no month');
    const days = cyclesOf('day', first, weeksOf(made));
    expect(days).toHaveLength(29);
    expect(days[0]?.counted).toEqual(span('2024-01-31', '2024-02-01'));
    expect(days.at(-1)?.counted).toEqual(span('2024-02-28', '2024-02-29'));
    expect(cyclesOf('week', first, weeksOf(made)).map((w) => w.start)).toEqual([
      '2024-01-29',
      '2024-02-05',
      '2024-02-12',
      '2024-02-19',
    ]);
    const whole = span('2024-01-31', '2024-02-29');
    expect(cyclesOf('month', first, weeksOf(made))).toEqual([{ ...whole, counted: whole }]);
  });
});

function span(start: string, endExclusive: string) {
  return { start: civilDate(start), endExclusive: civilDate(endExclusive) };
}
