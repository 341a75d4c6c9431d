import { describe, expect, it } from 'vitest';
import { idleSolution } from '../../core/idle.ts';
import { programmeOf } from '../../core/programmes/index.ts';
import type { Order, Solution } from '../../core/registry.ts';
import { civilDate, parseInstant, startOfDay } from '../../core/time.ts';
import { anOrder, closedOn, terminatedOn } from './programmes/claimInput.ts';

const RULE = { months: 3, source: '000 八(五)2' };

function listed(listedFrom: string | null): Solution {
  return {
    solutionId: 's-1',
    vendorId: 'v-1',
    name: '方案',
    listedFrom: listedFrom === null ? null : civilDate(listedFrom),
    versions: [],
  };
}

function contract(start: string, contractMonths: number, changes: Partial<Order> = {}): Order {
  return anOrder({ contractStart: civilDate(start), contractMonths, ...changes });
}

function idle(listedFrom: string | null, orders: readonly Order[], asOf: string) {
  const asOfMs = parseInstant(asOf) ?? startOfDay(civilDate(asOf));
  return idleSolution(listed(listedFrom), orders, RULE, asOfMs);
}

/** "idleSince months", or null. */
function told(...given: Parameters<typeof idle>): string | null {
  const found = idle(...given);
  return found === null ? null : `${found.idleSince} ${found.months}`;
}

describe('a listed solution without any contract', () => {
  it.each([
    ['2023-01-15', '2023-04-14', null],
    ['2023-01-15', '2023-04-14T23:59:59.999+08:00', null],
    ['2023-01-15', '2023-04-15', '2023-01-15 3'],
    ['2023-01-15', '2023-05-14', '2023-01-15 3'],
    ['2023-01-15', '2023-05-15', '2023-01-15 4'],
    ['2023-01-15', '2024-04-15', '2023-01-15 15'],
    // A day that the month lacks is its last, counted from the first idle day.
    ['2022-11-30', '2023-02-27', null],
    ['2022-11-30', '2023-02-28', '2022-11-30 3'],
    ['2023-12-31', '2024-03-30', null],
    ['2023-12-31', '2024-03-31', '2023-12-31 3'],
    // Not yet listed, or not at all.
    ['2023-06-01', '2023-05-31', null],
    [null, '2030-01-01', null],
  ])('listed from %s is idle at %s: %s (I-127)', (listedFrom, asOf, want) => {
    expect(told(listedFrom, [], asOf)).toBe(want);
  });
});

describe('a solution with contracts', () => {
  it.each([
    // 2023-01-10 to 2023-05-10, exclusive.
    ['the last day that it runs', '2023-05-09', null],
    ['the first day without it', '2023-05-10', null],
    ['a day less than three months later', '2023-08-09', null],
    ['three months later', '2023-08-10', '2023-05-10 3'],
  ])('is idle from its end: %s', (_, asOf, want) => {
    expect(told('2020-01-01', [contract('2023-01-10', 4)], asOf)).toBe(want);
  });

  it.each([
    ['2023-08-09', null],
    ['2023-08-10', '2023-05-10 3'],
    ['2023-08-19', '2023-05-10 3'],
    // The day on which the next one begins.
    ['2023-08-20', null],
    ['2023-12-19', null],
    ['2024-03-19', null],
    ['2024-03-20', '2023-12-20 3'],
  ])('leaves the list when a contract begins, whatever comes after asOf: at %s', (asOf, want) => {
    const orders = [contract('2023-08-20', 4), contract('2023-01-10', 4)];
    expect(told('2020-01-01', orders, asOf)).toBe(want);
  });

  it('counts the longest of overlapping contracts, in every programme', () => {
    const long = contract('2023-01-10', 12, { programme: 'industry-2022' });
    expect(told('2020-01-01', [long, contract('2023-03-10', 4)], '2023-12-10')).toBeNull();
    expect(told('2020-01-01', [long, contract('2023-03-10', 4)], '2024-04-10')).toBe(
      '2024-01-10 3',
    );
  });

  it.each([
    ['a closure', closedOn('2023-03-01')],
    ['a termination', terminatedOn('2023-03-01')],
  ])('ends early by %s', (_, end) => {
    const orders = [contract('2023-01-10', 12, end)];
    expect(told('2020-01-01', orders, '2023-05-31')).toBeNull();
    expect(idle('2020-01-01', orders, '2023-06-01')).toEqual({
      solutionId: 's-1',
      vendorId: 'v-1',
      name: '方案',
      listedFrom: '2020-01-01',
      idleSince: '2023-03-01',
      lastContractEnd: '2023-03-01',
      months: 3,
    });
  });

  it('that ended before the listing is idle from the listing', () => {
    const found = idle('2023-09-01', [contract('2023-01-10', 4)], '2023-12-01');
    expect(found).toMatchObject({ idleSince: '2023-09-01', lastContractEnd: '2023-05-10' });
    expect(idle('2023-09-01', [contract('2023-01-10', 4)], '2023-11-30')).toBeNull();
  });
});

describe('the rule', () => {
  it('is the table of tcloud-2023', () => {
    expect(programmeOf('tcloud-2023').idle).toEqual(RULE);
  });
});
