import { describe, expect, it } from 'vitest';
import { contractedSpans, orderedFirms, placeOf } from '../../core/orderedFirms.ts';
import { civilDate } from '../../core/time.ts';
import { caseOrder } from './caseInput.ts';

/** Contracts of four months from each of these days, some ended on another. */
function spans(...contracts: readonly (readonly [start: string, end?: string])[]): string[] {
  const orders = contracts.map(([start, end], i) =>
    caseOrder(`o-${i}`, {
      contractStart: civilDate(start),
      termination: end === undefined ? null : { date: civilDate(end), reason: '不合用' },
    }),
  );
  return contractedSpans(orders).map((s) => `${s.start}–${s.endExclusive}`);
}

describe('the days on which a contract ran', () => {
  it('are those of every contract, to its early end', () => {
    expect(spans()).toEqual([]);
    expect(spans(['2023-05-01'])).toEqual(['2023-05-01–2023-09-01']);
    expect(spans(['2023-05-01', '2023-06-10'])).toEqual(['2023-05-01–2023-06-10']);
  });

  it.each([
    ['2023-09-01', ['2023-05-01–2024-01-01']],
    ['2023-09-02', ['2023-05-01–2023-09-01', '2023-09-02–2024-01-02']],
    ['2023-08-31', ['2023-05-01–2023-12-31']],
  ])('are one stretch where the next begins on %s, if no day lies between', (start, want) => {
    expect(spans(['2023-05-01'], [start])).toEqual(want);
    expect(spans([start], ['2023-05-01'])).toEqual(want);
  });

  it('are no fewer where a contract lies within another', () => {
    expect(spans(['2023-05-01'], ['2023-05-10', '2023-06-10'])).toEqual(['2023-05-01–2023-09-01']);
  });
});

describe('the firms with orders', () => {
  it('come by solution and firm, each with its orders', () => {
    const orders = [
      caseOrder('1', { solutionId: 's', smeId: '20000002' }),
      caseOrder('2', { solutionId: 's', smeId: '20000001' }),
      caseOrder('3', { solutionId: 's-1', smeId: '20000000' }),
      caseOrder('4', { solutionId: 's', smeId: '20000002' }),
    ];
    const found = orderedFirms(orders);
    expect(found.map((f) => [placeOf(f), f.orders.map((o) => o.orderId).join()])).toEqual([
      ['s 20000001', '2'],
      ['s 20000002', '1,4'],
      ['s-1 20000000', '3'],
    ]);
  });
});
