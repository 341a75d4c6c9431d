import { describe, expect, it } from 'vitest';
import {
  orderWarnings,
  refuseOrder,
  refuseTaxId,
  sealedTermsChanged,
} from '../../core/orderRules.ts';
import type { Case, Order, RegistryView, Sme, Solution, Vendor } from '../../core/registry.ts';
import { civilDate } from '../../core/time.ts';
import { anOrder, closedOn, terminatedOn } from './programmes/claimInput.ts';

function registryWith(...orders: Order[]): RegistryView {
  const vendor = (vendorId: string): Vendor => ({ vendorId, name: 'V', taxId: '04595257' });
  const solution = (solutionId: string, vendorId: string): Solution => ({
    solutionId,
    vendorId,
    name: 'S',
    listedFrom: null,
    versions: [],
  });
  const sme: Sme = { smeId: '12345675', name: 'F', pointsIssuedOn: null };
  const aCase: Case = {
    caseId: 'c-1',
    name: 'C',
    kind: 'popular',
    periodStart: civilDate('2023-04-01'),
    periodEnd: civilDate('2023-11-30'),
    totalFlowTarget: { metric: 'logins', count: 1 },
  };
  const solutions = [solution('s-1', 'v-1'), solution('s-2', 'v-1'), solution('s-9', 'v-2')];
  return {
    vendor: (id) => (id === 'v-1' || id === 'v-2' ? vendor(id) : undefined),
    solution: (id) => solutions.find((s) => s.solutionId === id),
    sme: (id) => (id === sme.smeId ? sme : undefined),
    order: (id) => orders.find((o) => o.orderId === id),
    case: (id) => (id === aCase.caseId ? aCase : undefined),
    orders: () => orders,
    ordersOfSme: (id) => orders.filter((o) => o.smeId === id),
    ordersOfSolution: (id) => orders.filter((o) => o.solutionId === id),
    solutions: () => solutions,
    vendors: () => [vendor('v-1'), vendor('v-2')],
  };
}

function codes(order: Order, ...others: Order[]): string {
  return refuseOrder(order, registryWith(...others))
    .map((r) => r.code)
    .join(' ');
}

const industry = { programme: 'industry-2022', priceTwd: 400_000, pointsTwd: 60_000 } as const;
const coprosperity = { programme: 'coprosperity-2023', pointsTwd: 0, priceTwd: 0 } as const;

describe('an order is refused', () => {
  it.each([
    [{}, ''],
    [{ vendorId: 'v-8' }, 'unknown_vendor unknown_solution'],
    [{ solutionId: 's-8' }, 'unknown_solution'],
    [{ solutionId: 's-9' }, 'unknown_solution'],
    [{ smeId: '12345678' }, 'unknown_sme'],
    [{ caseId: 'c-8' }, 'unknown_case'],
    [{ caseId: 'c-1' }, ''],
  ])('when it names what does not exist: %j → %s', (changes, want) => {
    expect(codes(anOrder(changes))).toBe(want);
  });

  it.each([
    [{ contractMonths: 3 }, 'contract_length'],
    [{ contractMonths: 4 }, ''],
    [{ contractMonths: 12 }, ''],
    [{ contractMonths: 13 }, 'contract_length'],
    [{ ...industry, contractMonths: 2 }, 'contract_length'],
    [{ ...industry, contractMonths: 3 }, ''],
    [{ ...industry, contractMonths: 60 }, ''],
    [{ ...coprosperity, contractMonths: 1 }, ''],
  ])('by its length: %j → %s', (changes, want) => {
    expect(codes(anOrder(changes))).toBe(want);
  });

  it.each([
    [{ priceTwd: 14_001, pointsTwd: 7_000 }, ''],
    [{ priceTwd: 14_000, pointsTwd: 7_000 }, ''],
    [{ priceTwd: 13_999, pointsTwd: 7_000 }, 'points_over_half'],
    [{ priceTwd: 0, pointsTwd: 0 }, ''],
    [{ priceTwd: 60_000, pointsTwd: 30_000 }, ''],
    [{ priceTwd: 60_002, pointsTwd: 30_001 }, 'points_over_ceiling'],
    [{ ...industry, pointsTwd: 200_000 }, ''],
    [{ ...industry, priceTwd: 500_000, pointsTwd: 200_001 }, 'points_over_ceiling'],
    [{ ...coprosperity, pointsTwd: 0 }, ''],
    [{ ...coprosperity, pointsTwd: 1 }, 'points_not_allowed'],
  ])('by its points: %j → %s (I-39)', (changes, want) => {
    expect(codes(anOrder(changes))).toBe(want);
  });

  it.each([
    [
      { closure: closedOn('2023-03-10').closure, ...terminatedOn('2023-03-10') },
      'closure_and_termination',
    ],
    [closedOn('2023-01-09'), 'early_end_before_start'],
    [closedOn('2023-01-10'), 'early_end_before_start'],
    [closedOn('2023-01-11'), ''],
    [terminatedOn('2023-01-10'), 'early_end_before_start'],
    [terminatedOn('2023-01-11'), ''],
    [terminatedOn('2023-07-10'), ''],
    [{ ...coprosperity, ...terminatedOn('2023-01-10') }, 'early_end_before_start'],
  ])('by its early end: %j → %s', (changes, want) => {
    expect(codes(anOrder(changes))).toBe(want);
  });

  it('with every rule that it breaks, each with its clause', () => {
    const order = anOrder({
      vendorId: 'v-8',
      contractMonths: 2,
      priceTwd: 40_000,
      pointsTwd: 30_001,
    });
    expect(refuseOrder(order, registryWith()).map((r) => [r.code, r.source])).toEqual([
      ['unknown_vendor', null],
      ['unknown_solution', null],
      ['contract_length', '000 六(三)'],
      ['points_over_half', '000 二(一)'],
      ['points_over_ceiling', '000 二(一)'],
    ]);
  });
});

describe('the ceiling of a firm', () => {
  const taken = anOrder({ orderId: 'o-0', solutionId: 's-2', priceTwd: 40_000, pointsTwd: 20_000 });

  it.each([
    [10_000, ''],
    [10_001, 'points_over_ceiling'],
  ])('counts all its orders of the programme: %d more → %s', (pointsTwd, want) => {
    expect(codes(anOrder({ priceTwd: 40_000, pointsTwd }), taken)).toBe(want);
  });

  it.each([
    ['of another firm', { ...taken, smeId: '04595257' }],
    ['of another programme', { ...taken, programme: 'industry-2022' as const }],
    ['of the same id: it is replaced', { ...taken, orderId: 'o-1' }],
  ])('counts no order %s', (_, other) => {
    expect(codes(anOrder({ priceTwd: 60_000, pointsTwd: 30_000 }), other)).toBe('');
  });

  it('keeps nothing from an order that was stored over it, but more points', () => {
    const stored = anOrder({ priceTwd: 60_000, pointsTwd: 20_000 });
    const proven = { ...stored, attachments: ['self-payment' as const] };
    expect(codes(proven, taken, stored)).toBe('');
    expect(codes({ ...proven, ...terminatedOn('2023-06-10') }, taken, stored)).toBe('');
    expect(codes({ ...proven, pointsTwd: 19_999 }, taken, stored)).toBe('points_over_ceiling');
    expect(codes(proven, taken)).toBe('points_over_ceiling');
  });

  it('counts no points that a termination returned, down to the last one (I-39)', () => {
    // 2 of 6 months used: 6,666 of 20,000 points kept.
    const ended = { ...taken, ...terminatedOn('2023-03-10') };
    const next = { contractStart: civilDate('2023-03-10'), priceTwd: 50_000 };
    expect(codes(anOrder({ ...next, pointsTwd: 23_334 }), ended)).toBe('');
    expect(codes(anOrder({ ...next, pointsTwd: 23_335 }), ended)).toBe('points_over_ceiling');
  });
});

describe('two orders of one firm for one solution', () => {
  const running = anOrder({ orderId: 'o-0', pointsTwd: 1_000 });
  const starting = (date: string, changes: Partial<Order> = {}) =>
    anOrder({ contractStart: civilDate(date), pointsTwd: 1_000, ...changes });

  it.each([
    ['2022-09-09', ''],
    ['2022-09-10', ''],
    ['2022-09-11', 'overlapping_order'],
    ['2023-01-10', 'overlapping_order'],
    ['2023-07-09', 'overlapping_order'],
    ['2023-07-10', ''],
  ])('may not overlap: the second from %s for four months → %s', (date, want) => {
    expect(codes(starting(date, { contractMonths: 4 }), running)).toBe(want);
  });

  it('are measured to their early end', () => {
    const closed = { ...running, ...closedOn('2023-03-10') };
    expect(codes(starting('2023-03-09'), closed)).toBe('overlapping_order');
    expect(codes(starting('2023-03-10'), closed)).toBe('');
    expect(codes(starting('2022-10-10', terminatedOn('2023-01-10')), running)).toBe('');
    expect(codes(starting('2022-10-10', terminatedOn('2023-01-11')), running)).toBe(
      'overlapping_order',
    );
  });

  it('may overlap for another solution, in another programme, and with itself', () => {
    expect(codes(starting('2023-02-10', { solutionId: 's-2' }), running)).toBe('');
    expect(codes(starting('2023-02-10', { orderId: 'o-0' }), running)).toBe('');
    const both = [anOrder(industry), anOrder({ ...industry, orderId: 'o-0' })] as const;
    expect(codes(both[0], both[1])).toBe('');
    expect(codes(anOrder(industry), running)).toBe('');
  });
});

describe('warnings', () => {
  it.each([
    [{ contractStart: civilDate('2024-08-31'), contractMonths: 4 }, 0],
    [{ contractStart: civilDate('2024-09-01'), contractMonths: 4 }, 0],
    [{ contractStart: civilDate('2024-09-02'), contractMonths: 4 }, 1],
    [{ contractStart: civilDate('2024-09-02'), ...terminatedOn('2025-01-01') }, 0],
    [{ ...industry, contractStart: civilDate('2022-08-31'), contractMonths: 3 }, 0],
    [{ ...industry, contractStart: civilDate('2022-09-01'), contractMonths: 3 }, 1],
    [{ ...industry, contractStart: civilDate('2022-03-01'), contractMonths: 3 }, 0],
    [{ ...industry, contractStart: civilDate('2022-02-28'), contractMonths: 3 }, 1],
    [{ ...coprosperity, contractStart: civilDate('2023-06-01'), caseId: 'c-1' }, 0],
    [{ ...coprosperity, contractStart: civilDate('2023-06-02'), caseId: 'c-1' }, 1],
    [{ ...coprosperity, caseId: null }, 1],
  ])('for dates outside the period or a case to come: %j → %d', (changes, want) => {
    expect(orderWarnings(anOrder(changes))).toHaveLength(want);
  });

  it('say when the firm is not registered yet, and admit the order', () => {
    const order = anOrder({ smeId: '04595257' });
    expect(codes(order)).toBe('');
    expect(orderWarnings(order, registryWith())[0]).toContain('04595257 is not registered');
    expect(orderWarnings(anOrder(), registryWith())).toEqual([]);
  });
});

describe('an order of a firm that has one of an excluding programme', () => {
  const shared = anOrder({ ...coprosperity, orderId: 'o-7', caseId: 'c-1' });
  const market = anOrder({ orderId: 'o-8' });
  const said = (order: Order, ...others: Order[]) => {
    expect(refuseOrder(order, registryWith(...others))).toEqual([]);
    return orderWarnings(order, registryWith(...others));
  };
  const clauses = '(001 五(五)1; 002 叁 限制條件 1(1))';

  it('is admitted, and said with the other and the clauses, whichever comes second (I-178)', () => {
    expect(said(market, shared)).toEqual([
      `the firm has order o-7 of coprosperity-2023, which excludes tcloud-2023 ${clauses}`,
    ]);
    const later = { ...market, contractStart: civilDate('2024-02-10') };
    expect(said(later, shared)).toHaveLength(1);
    expect(said(shared, market)).toEqual([
      `the firm has order o-8 of tcloud-2023, which excludes coprosperity-2023 ${clauses}`,
    ]);
    const two = anOrder({ orderId: 'o-9', contractStart: civilDate('2023-07-10') });
    expect(said(shared, market, two).map((w) => w.slice(0, 22))).toEqual([
      'the firm has order o-8',
      'the firm has order o-9',
    ]);
  });

  it('is said of no order of another firm, of the same programme, or under its own id', () => {
    const of = (changes: Partial<Order>) => said(market, { ...shared, ...changes });
    expect(of({ smeId: '04595257' })).toEqual([]);
    expect(of({ orderId: market.orderId })).toEqual([]);
    expect(of({ ...industry, caseId: null, priceTwd: 400_000 })).toEqual([]);
    expect(said(market, anOrder({ orderId: 'o-0', solutionId: 's-2' }))).toEqual([]);
  });
});

describe('what is said', () => {
  const running = anOrder({ orderId: 'o-0', pointsTwd: 1_000 });

  it.each<[string, Partial<Order>]>([
    ['unknown_vendor, null: no vendor v-8', { vendorId: 'v-8' }],
    ['unknown_solution, null: vendor v-1 has no solution s-9', { solutionId: 's-9' }],
    [
      'unknown_sme, null: no firm 12345678: it is no valid unified business number',
      { smeId: '12345678' },
    ],
    ['unknown_case, null: no case c-8', { caseId: 'c-8' }],
    [
      "closure_and_termination, 000 八(六)3: closure is the firm's own end; " +
        "enter the vendor's as a termination alone",
      { ...closedOn('2023-03-10'), ...terminatedOn('2023-03-10') },
    ],
    [
      'early_end_before_start, 001 七(六): 2023-01-10 is not after the start of the contract, ' +
        '2023-01-10',
      closedOn('2023-01-10'),
    ],
    ['contract_length, 000 六(三): 3 months, tcloud-2023 admits 4 to 12', { contractMonths: 3 }],
    [
      'contract_length, 003 貳五 2: 2 months, industry-2022 admits at least 3',
      { ...industry, contractMonths: 2 },
    ],
    [
      'points_not_allowed, 002 捌 三: coprosperity-2023 pays no points per order',
      { ...coprosperity, pointsTwd: 1 },
    ],
    [
      'points_over_half, 000 二(一): 7000 points, more than 1/2 of 13999',
      { priceTwd: 13_999, pointsTwd: 7_000 },
    ],
    [
      'points_over_ceiling, 000 二(一): the firm would use 30001 points on 2023-01-10, at most 30000',
      { solutionId: 's-2', priceTwd: 60_000, pointsTwd: 29_001 },
    ],
    [
      'overlapping_order, null: the firm has this solution by order o-0 in that time',
      { pointsTwd: 1_000 },
    ],
  ])('of a refused order: %s', (want, changes) => {
    const said = refuseOrder(anOrder(changes), registryWith(running)).map(
      ({ code, source, detail }) => `${code}, ${source}: ${detail}`,
    );
    expect(said).toContain(want);
  });

  it.each<[string, Partial<Order>]>([
    [
      'the contract starts before industry-2022 does, on 2022-03-01',
      { ...industry, contractStart: civilDate('2022-02-28'), contractMonths: 3 },
    ],
    [
      'the contract starts after 2022-08-31, the last day of orders of industry-2022',
      { ...industry, contractStart: civilDate('2022-09-01'), contractMonths: 3 },
    ],
    [
      'the contract runs to 2025-01-01, past the end of tcloud-2023 on 2024-12-31',
      { contractStart: civilDate('2024-09-02'), contractMonths: 4 },
    ],
    ['the order names no case: it is in no roster until it does', coprosperity],
  ])('of an admitted one: %s', (want, changes) => {
    expect(orderWarnings(anOrder(changes))).toEqual([want]);
  });
});

describe('a change of sealed months', () => {
  it.each([
    ['contractStart', { contractStart: civilDate('2023-01-11') }],
    ['contractMonths', { contractMonths: 7 }],
    ['programme', { programme: 'industry-2022' as const }],
    ['solutionId', { solutionId: 's-2' }],
    ['smeId', { smeId: '04595257' }],
    ['vendorId', { vendorId: 'v-2' }],
  ])('is one of %s', (_, changes) => {
    expect(sealedTermsChanged(anOrder(), anOrder(changes))).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['a closure', closedOn('2023-03-10')],
    ['a termination', terminatedOn('2023-03-10')],
    ['attachments', { attachments: [] }],
    ['a case', { caseId: 'c-1' }],
    ['money', { priceTwd: 20_000, pointsTwd: 10_000 }],
  ])('is not one of %s', (_, changes) => {
    expect(sealedTermsChanged(anOrder(), anOrder(changes))).toBe(false);
  });
});

describe('a unified business number', () => {
  it('is refused by its checksum', () => {
    expect(refuseTaxId('12345675')).toEqual([]);
    const detail = '12345678 is no valid unified business number';
    expect(refuseTaxId('12345678')).toEqual([{ code: 'invalid_tax_id', source: null, detail }]);
  });
});
