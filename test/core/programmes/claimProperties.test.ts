import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLAIM_REASONS, type Claim } from '../../../core/claim.ts';
import { contractOf } from '../../../core/contract.ts';
import { drawingOf } from '../../../core/programmes/drawing.ts';
import { knowsInstalment, programmeOf } from '../../../core/programmes/index.ts';
import { earnedTwd, shareTwd } from '../../../core/programmes/share.ts';
import type { Order } from '../../../core/registry.ts';
import { addDays, civilDate } from '../../../core/time.ts';
import { anOrder, claimInput, drawn } from './claimInput.ts';

const START = civilDate('2023-01-31');
type Given = Parameters<typeof claimInput>[0];

function claim(given: Given & { readonly order: Order }): Claim {
  const { claim: rule } = programmeOf(given.order.programme);
  if (rule === null) throw new Error('the programme pays per order');
  return rule(claimInput(given));
}

const early = fc.integer({ min: 1, max: 400 }).map((day) => addDays(START, day));
const orders: fc.Arbitrary<Order> = fc
  .record({
    programme: fc.constantFrom('tcloud-2023' as const, 'industry-2022' as const),
    contractMonths: fc.integer({ min: 4, max: 12 }),
    pointsTwd: fc.integer({ min: 0, max: 200_000 }),
    attachments: fc.subarray(['self-payment', 'performance', 'invoice', 'questionnaire']),
    closure: fc.option(early.map((date) => ({ date, proof: 'x' }))),
    termination: fc.option(early.map((date) => ({ date, reason: 'x' }))),
  })
  .map((o) =>
    anOrder({
      ...o,
      contractStart: START,
      priceTwd: o.pointsTwd * 2 + 1,
      closure: o.termination === null ? o.closure : null,
    }),
  );
const months = fc
  .array(fc.constantFrom('m', 's', '-', 'h', 'a', 'r'), { minLength: 12, maxLength: 12 })
  .map((letters) => letters.join(''));
const asOf = fc.integer({ min: 0, max: 500 }).map((day) => addDays(START, day));
const instalment = fc.constantFrom(1 as const, 2 as const);

/** All months past their grace, the window still open. */
function settled(order: Order): string {
  return addDays(contractOf(order).endExclusive, 7);
}

describe('every claim', () => {
  it('lists each failed rule once and in order, and pays within the points (I-49)', () => {
    fc.assert(
      fc.property(orders, months, asOf, instalment, (order, outcome, date, number) => {
        fc.pre(knowsInstalment(programmeOf(order.programme), number));
        const answer = claim({ order, months: outcome, asOf: date, instalment: number });
        const places = answer.reasons.map((r) => CLAIM_REASONS.indexOf(r.code));
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(answer.eligible).toBe(places.length === 0);
        expect(Number.isInteger(answer.amountTwd)).toBe(true);
        expect(answer.amountTwd).toBeGreaterThanOrEqual(0);
        expect(answer.amountTwd).toBeLessThanOrEqual(order.pointsTwd);
        if (number === 1 && !answer.eligible) expect(answer.amountTwd).toBe(0);
      }),
    );
  });

  it('never pays less for one more claimable month', () => {
    fc.assert(
      fc.property(orders, months, fc.nat({ max: 11 }), instalment, (order, outcome, at, number) => {
        fc.pre(knowsInstalment(programmeOf(order.programme), number));
        const better = `${outcome.slice(0, at)}m${outcome.slice(at + 1)}`;
        const given = { order, asOf: settled(order), instalment: number };
        const [before, after] = [outcome, better].map((m) => claim({ ...given, months: m }));
        expect(after?.amountTwd).toBeGreaterThanOrEqual(before?.amountTwd ?? 0);
      }),
    );
  });

  it('of two instalments sums to the points earned, whatever the first one was (I-42)', () => {
    fc.assert(
      fc.property(orders, months, (order, outcome) => {
        fc.pre(order.programme === 'tcloud-2023');
        const given = { order, months: outcome, asOf: settled(order) };
        const first = claim({ ...given, instalment: 1 });
        const alone = claim({ ...given, instalment: 2 });
        const statements = first.eligible ? [drawn(first.amountTwd)] : [];
        const second = claim({ ...given, instalment: 2, statements });
        expect(statements.reduce((sum, s) => sum + s.amountTwd, 0) + second.amountTwd).toBe(
          alone.amountTwd,
        );
      }),
    );
  });

  it('drawn in full leaves nothing to draw', () => {
    fc.assert(
      fc.property(orders, months, instalment, (order, outcome, number) => {
        fc.pre(knowsInstalment(programmeOf(order.programme), number));
        const given = { order, months: outcome, asOf: settled(order), instalment: number };
        const answer = claim(given);
        fc.pre(drawingOf(answer) !== null);
        const again = claim({ ...given, statements: [drawn(answer.amountTwd, number)] });
        expect(again.amountTwd).toBe(0);
        expect(again.reasons.map((r) => r.code)).toContain('already_drawn');
        expect(drawingOf(again)).toBeNull();
      }),
    );
  });

  it('on a termination keeps and returns each amount whole, never more than there is (I-45)', () => {
    fc.assert(
      fc.property(orders, months, (order, outcome) => {
        fc.pre(order.programme === 'tcloud-2023');
        const { termination } = claim({ order, months: outcome, asOf: settled(order) });
        fc.pre(termination !== null);
        expect(termination?.pointsReturned).toBe(
          order.pointsTwd -
            shareTwd(order.pointsTwd, termination?.usedMonths ?? 0, order.contractMonths),
        );
        const selfPayment = order.priceTwd - order.pointsTwd;
        expect(termination?.selfPaymentReturned).toBeGreaterThanOrEqual(0);
        expect(termination?.selfPaymentReturned).toBeLessThanOrEqual(selfPayment);
        if ((termination?.usedMonths ?? 0) * 2 >= order.contractMonths) {
          expect(termination?.selfPaymentReturned).toBe(0);
        }
      }),
    );
  });
});

describe('points earned', () => {
  it.each([
    [7001, 3, 6, 4, 0],
    [7001, 4, 6, 4, 4667],
    [7001, 6, 6, 4, 7001],
    [7001, 1, 6, 1, 1166],
    [7001, 0, 6, 1, 0],
    [10, 4, 7, 4, 5],
  ])('%d points by %d of %d months, floor %d, are %d', (points, claimable, of, floor, want) => {
    expect(earnedTwd(points, claimable, of, floor)).toBe(want);
  });

  it('are rounded down exactly, also for the largest amounts', () => {
    const amount = fc.integer({ min: 0, max: 1_000_000_000 });
    const months = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(amount, months, months, (points, used, of) => {
        const exact = (BigInt(points) * BigInt(used)) / BigInt(of);
        expect(BigInt(shareTwd(points, used, of))).toBe(exact);
      }),
    );
  });
});
