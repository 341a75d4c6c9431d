import { describe, expect, it } from 'vitest';
import { orderWarnings, refuseOrder } from '../../core/orderRules.ts';
import type { Order } from '../../core/registry.ts';
import { civilDate } from '../../core/time.ts';
import { orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

/**
 * The points of one firm: 12 months of 30,000 from 2023-03-01 at `s-a`, issued 2023-02-15. Ended on
 * 2023-09-01 six months are used, and 15,000 come back, usable to 2023-09-08: five working days
 * after the return, later than three months after the issue.
 */
const SME = '12345675';
const ENDED = { termination: { date: '2023-09-01', reason: 'r' } };
const WHOLE = { contractStart: '2023-03-01', contractMonths: 12, priceTwd: 60_000 };

type Body = Record<string, unknown>;

/** What is said of an order that is entered after others, each at a solution of its own. */
function told(body: Body, ...others: Body[]): string[] {
  const all = [...others, body];
  const names = all.map((_, i) => String.fromCharCode(97 + i));
  const registry = registryOf([
    ...names.flatMap((name) => solutionEntries(name)),
    { kind: 'sme', id: SME, body: { name: 'F', pointsIssuedOn: civilDate('2023-02-15') } },
    ...others.map((other, i) => entryOf(i, other)),
  ]);
  const entry = entryOf(others.length, body);
  const entered = registryOf([...names.flatMap((name) => solutionEntries(name)), entry]);
  const order = entered.order(entry.id) as Order;
  const refusals = refuseOrder(order, registry).map((r) => `${r.source}: ${r.detail}`);
  return [...refusals, ...orderWarnings(order, registry)];

  function entryOf(i: number, of: Body) {
    const name = names[i] ?? '';
    return orderEntry(`o-${name}`, name, { smeId: SME, priceTwd: 60_000, ...of });
  }
}

const first = (end: Body = ENDED) => ({ ...WHOLE, pointsTwd: 30_000, ...end });
const second = (contractStart: string, pointsTwd = 15_000) => ({ contractStart, pointsTwd });
const over = (points: number, day: string) =>
  `000 二(一): the firm would use ${points} points on ${day}, at most 30000`;
const lapsed = (orderId: string, day: string) =>
  `the contract starts after ${day}, the last day on which the points that order ${orderId} ` +
  'returned may be used (001 七(七)1; 001 七(七)2; 001 七(八); 000 八(一))';

describe('points that an early end gives back to a firm', () => {
  it.each([
    ['2023-04-15', [over(45_000, '2023-04-15')]],
    ['2023-08-31', [over(45_000, '2023-08-31')]],
    ['2023-09-01', []],
    ['2023-09-08', []],
    ['2023-09-09', [lapsed('o-a', '2023-09-08')]],
    ['2024-06-01', [lapsed('o-a', '2023-09-08')]],
  ])(
    'are used by an order that starts between their return and their last day: %s (I-177)',
    (start, want) => {
      expect(told(second(start), first())).toEqual(want);
      // A closure gives back the same.
      const closed = { closure: { date: '2023-09-01', proof: 'p' } };
      expect(told(second(start), first(closed))).toEqual(want);
    },
  );

  it('are there down to the last one, from that day on (I-177)', () => {
    expect(told(second('2023-09-01', 15_001), first())).toEqual([over(30_001, '2023-09-01')]);
    const used = second('2023-09-01', 10_000);
    expect(told(second('2023-09-04', 5_000), first(), used)).toEqual([]);
    expect(told(second('2023-09-04', 5_001), first(), used)).toEqual([over(30_001, '2023-09-04')]);
  });

  it('are not there for an order that stands already when the end is entered or moved (I-177)', () => {
    const standing = second('2023-09-01');
    expect(told(first(), standing)).toEqual([]);
    const moved = { termination: { date: '2023-09-02', reason: 'r' } };
    expect(told(first(moved), standing)).toEqual([over(45_000, '2023-09-01')]);
    expect(told(first({}), standing)).toEqual([over(45_000, '2023-09-01')]);
  });

  it('lapse alone: an order within what the firm has beside them is not warned of', () => {
    const half = { ...WHOLE, pointsTwd: 20_000, ...ENDED };
    expect(told(second('2024-06-01', 10_000), half)).toEqual([]);
    expect(told(second('2024-06-01', 10_001), half)).toEqual([lapsed('o-a', '2023-09-08')]);
    // The second order used them in time; what it left of the firm's own pays the third.
    const between = second('2023-09-05', 15_000);
    expect(told(second('2024-06-01', 5_000), half, between)).toEqual([]);
    expect(told(second('2024-06-01', 0), first(), second('2024-05-01'))).toEqual([]);
  });

  it('of several orders are named each, and of the earlier last day used first', () => {
    const short = { contractStart: '2023-03-01', contractMonths: 4, pointsTwd: 15_000 };
    const ended = (date: string) => ({ ...short, termination: { date, reason: 'r' } });
    // 11,250 of each come back, until 2023-04-13 and until 2023-05-15 (three months after issue).
    const both = [ended('2023-03-31'), ended('2023-03-15')] as const;
    expect(told(second('2023-05-15', 22_500), ...both)).toEqual([]);
    expect(told(second('2023-05-16', 22_500), ...both)).toEqual([
      lapsed('o-a', '2023-05-15'),
      lapsed('o-b', '2023-05-15'),
    ]);
    expect(told(second('2023-05-16', 1), ...both)).toEqual([lapsed('o-a', '2023-05-15')]);
  });
});
