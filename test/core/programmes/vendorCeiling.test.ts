import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instalment, Statement } from '../../../core/claim.ts';
import { drawingOf } from '../../../core/programmes/drawing.ts';
import { tcloud2023 } from '../../../core/programmes/tcloud2023.ts';
import { anOrder, claimInput } from './claimInput.ts';

/**
 * A vendor's draws of some years, one after another: each is computed from what was drawn before it
 * in the calendar year of its own drawing [000 二(二)].
 */
const CEILING = tcloud2023.vendorCeilingPerYearTwd?.value ?? 0;

interface Draw {
  readonly order: string;
  readonly instalment: Instalment;
  readonly pointsTwd: number;
  /** The year in which it is drawn; the months are over by then. */
  readonly year?: number;
  /** One letter a month; see claimInput. */
  readonly months?: string;
}

interface Drawn extends Pick<Statement, 'instalment' | 'amountTwd'> {
  readonly order: string;
  readonly year: number;
}

/** What was drawn, in order; a draw that is refused is not in it. */
function drawAll(draws: readonly Draw[]): Drawn[] {
  const statements: Drawn[] = [];
  for (const { order: orderId, instalment, pointsTwd, year = 2023, months = 'mmmm' } of draws) {
    const order = anOrder({ orderId, contractMonths: 4, pointsTwd, priceTwd: pointsTwd * 2 });
    const own = statements.filter((s) => s.order === orderId);
    const answer = tcloud2023.claim?.({
      // Inside the window of the second instalment, whatever the year of drawing.
      ...claimInput({ order, asOf: '2023-05-20', months, instalment }),
      statements: own.map((s) => ({
        ...s,
        statementId: 'x',
        orderId,
        kind: 'claim' as const,
        asOfMs: 0,
        drawnAtMs: 0,
      })),
      vendorDrawnTwd: statements.filter((s) => s.year === year).reduce(sum, 0),
    });
    if (answer === undefined || drawingOf(answer) === null) continue;
    statements.push({ order: orderId, instalment, amountTwd: answer.amountTwd, year });
  }
  return statements;
}

const sum = (total: number, s: { readonly amountTwd: number }) => total + s.amountTwd;

/** "order amount", in the order of drawing. */
function told(draws: readonly Draw[]): string[] {
  return drawAll(draws).map((s) => `${s.order} ${s.amountTwd}`);
}

const half = (order: string, pointsTwd = CEILING / 2): Draw => ({
  order,
  instalment: 2,
  pointsTwd,
});
const most = { ...half('a'), pointsTwd: CEILING - 10 };
const ten = half('b', 10);
const eleven = half('c', 11);

describe('the ceiling of a vendor and a year', () => {
  it.each([
    ['the same draws in one order', [most, ten, eleven], ['a 49999990', 'b 10']],
    ['and in another', [most, eleven, ten], ['a 49999990', 'b 10']],
    ['the small ones first', [ten, eleven, most], ['b 10', 'c 11']],
    ['one of them last', [ten, most, eleven], ['b 10', 'a 49999990']],
    ['the larger one first', [eleven, most, ten], ['c 11', 'b 10']],
  ])('goes to who draws first: %s (I-128)', (_, draws, want) => {
    expect(told(draws)).toEqual(want);
  });

  it('a draw that was refused may come again when a clawback made room', () => {
    const paid: Draw = { order: 'p', instalment: 1, pointsTwd: CEILING * 5 };
    const back: Draw = { ...paid, instalment: 2, months: 'mmms' };
    expect(told([paid, ten, back, ten])).toEqual(['p 50000000', 'p -50000000', 'b 10']);
  });

  it.each([
    [2023, ['a 49999990']],
    [2024, ['a 49999990', 'c 11']],
  ])('begins anew with the calendar year of drawing: %d', (year, want) => {
    expect(told([most, { ...eleven, year }])).toEqual(want);
  });

  it('a clawback of the next year makes room there, not in the year that was full', () => {
    const paid: Draw = { order: 'p', instalment: 1, pointsTwd: CEILING * 5 };
    const back: Draw = { ...paid, instalment: 2, months: 'mmms', year: 2024 };
    const over = { ...half('n', CEILING + 1), year: 2024 };
    expect(told([paid, back, ten, over])).toEqual(['p 50000000', 'p -50000000', 'n 50000001']);
  });

  it('is never passed, and takes nothing back that was drawn, in any order (I-128)', () => {
    const draw = fc.record({
      order: fc.constantFrom('a', 'b', 'c', 'd'),
      instalment: fc.constantFrom<Instalment>(1, 2),
      pointsTwd: fc.integer({ min: 1, max: CEILING }),
      year: fc.constantFrom(2023, 2024),
    });
    fc.assert(
      fc.property(fc.array(draw, { maxLength: 12 }), (drawn) => {
        const points = new Map(drawn.map((d) => [d.order, d.pointsTwd]));
        const draws = drawn.map((d) => ({ ...d, pointsTwd: points.get(d.order) ?? 0 }));
        for (let n = 1; n <= draws.length; n += 1) {
          const [before, after] = [drawAll(draws.slice(0, n - 1)), drawAll(draws.slice(0, n))];
          const next = draws[n - 1];
          const total = after.filter((s) => s.year === next?.year).reduce(sum, 0);
          expect(total).toBeLessThanOrEqual(CEILING);
          expect(after.slice(0, before.length)).toEqual(before);
        }
      }),
    );
  });
});
