import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../core/errors.ts';
import { openDatabase } from '../../store/clickhouse.ts';
import {
  type Answer,
  newTaxId,
  ORDER,
  SOLUTION,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

const stored = { status: 'stored', warnings: [] };

describe('the unified business number', () => {
  it.each([
    ['04595257', 'sum divisible by 10, the rule before 2023-04-01'],
    ['10458574', 'a 7 in the seventh place, the product read as 1'],
    ['10458575', 'a 7 in the seventh place, the product read as 0'],
    ['04595252', 'sum divisible by 5 and not by 10, the rule since'],
  ])('%s is admitted: %s', async (id) => {
    expect((await app.admin.put(`/v1/smes/${id}`, { name: 'x' })).ok()).toMatchObject(stored);
    const vendor = await app.admin.put(`/v1/vendors/v-${id}`, { name: 'x', taxId: id });
    expect(vendor.ok()).toMatchObject(stored);
  });

  it.each(['04595253', '04595256', '04595258', '10458576'])('%s is refused', async (id) => {
    const path = `/v1/smes/${id}`;
    expectProblem(await app.admin.put(path, { name: 'x' }), 'invalid_tax_id', path);
    const vendor = await app.admin.put('/v1/vendors/bad', { name: 'x', taxId: id });
    expectProblem(vendor, 'invalid_tax_id', '/v1/vendors/bad');
  });

  it.each(['4595257', '045952570', 'ABCDEFGH'])('%s is no number of eight digits', async (id) => {
    const vendor = await app.admin.put('/v1/vendors/bad', { name: 'x', taxId: id });
    expectProblem(vendor, 'invalid_request', '/v1/vendors/bad');
    expect((await app.admin.put(`/v1/smes/${id}`, { name: 'x' })).status).toBeGreaterThanOrEqual(
      400,
    );
  });
});

describe('an order is refused under the code of its rule, at its boundary', () => {
  /** The answer to an order of a firm and a solution of its own. */
  async function ordering(name: string, change: object): Promise<Answer> {
    const { vendorId, solutionId, smeId } = await seed(app, name, { order: NO_ORDER });
    const body = { ...ORDER, vendorId, solutionId, smeId, ...change };
    return app.admin.put(`/v1/orders/${name}-2`, body);
  }
  /** The seed's own order lies far off and has no points. */
  const NO_ORDER = { contractStart: '2020-01-01', pointsTwd: 0 };

  it.each([
    ['tcloud-2023', 3, 'refused'],
    ['tcloud-2023', 4, 'stored'],
    ['tcloud-2023', 12, 'stored'],
    ['tcloud-2023', 13, 'refused'],
    ['industry-2022', 2, 'refused'],
    ['industry-2022', 3, 'stored'],
  ] as const)('%s over %i months is %s', async (programme, contractMonths, expected) => {
    const name = `length-${programme}-${contractMonths}`;
    const answer = await ordering(name, { programme, contractMonths });
    if (expected === 'refused') expectProblem(answer, 'contract_length', `/v1/orders/${name}-2`);
    else expect(answer.ok()).toMatchObject({ status: 'stored' });
  });

  it.each([
    [10_000, 5_000, 'stored'],
    [10_000, 5_001, 'refused'],
    [9_999, 4_999, 'stored'],
    [9_999, 5_000, 'refused'],
  ] as const)('of a price of %i, %i points are %s', async (priceTwd, pointsTwd, expected) => {
    const name = `half-${priceTwd}-${pointsTwd}`;
    const answer = await ordering(name, { priceTwd, pointsTwd });
    if (expected === 'refused') expectProblem(answer, 'points_over_half', `/v1/orders/${name}-2`);
    else expect(answer.ok()).toMatchObject(stored);
  });

  it('30,000 points a firm, over its orders, points returned by a termination not counted', async () => {
    const { vendorId, smeId } = await seed(app, 'ceiling', { order: NO_ORDER });
    const put = async (id: string, pointsTwd: number, change: object = {}) => {
      const solutionId = `ceiling-${id}`;
      (await app.admin.put(`/v1/solutions/${solutionId}`, { ...SOLUTION, vendorId })).ok();
      const body = {
        ...ORDER,
        vendorId,
        solutionId,
        smeId,
        priceTwd: 100_000,
        pointsTwd,
        ...change,
      };
      return app.admin.put(`/v1/orders/${solutionId}`, body);
    };
    expect((await put('a', 20_000)).ok()).toMatchObject(stored);
    expectProblem(await put('b', 10_001), 'points_over_ceiling', '/v1/orders/ceiling-b');
    expect((await put('b', 10_000)).ok()).toMatchObject(stored);
    expectProblem(await put('c', 1), 'points_over_ceiling', '/v1/orders/ceiling-c');
    // One of four months used: 5,000 of the 20,000 stay used.
    const termination = { date: '2023-01-20', reason: '解約' };
    expect((await put('a', 20_000, { termination })).ok()).toMatchObject(stored);
    expectProblem(await put('c', 15_000), 'points_over_ceiling', '/v1/orders/ceiling-c');
    const later = { contractStart: '2023-01-20' };
    expectProblem(await put('c', 15_001, later), 'points_over_ceiling', '/v1/orders/ceiling-c');
    expect((await put('c', 15_000, later)).ok()).toMatchObject(stored);
    // Taking the termination back would count them again.
    expectProblem(await put('a', 20_000), 'points_over_ceiling', '/v1/orders/ceiling-a');
  });

  it('of many orders at once that together pass the ceiling, only as many are stored as fit (I-39)', async () => {
    const { vendorId, smeId } = await seed(app, 'race', { order: NO_ORDER });
    const ids = Array.from({ length: 8 }, (_, i) => `race-${i}`);
    for (const id of ids) {
      (await app.admin.put(`/v1/solutions/${id}`, { ...SOLUTION, vendorId })).ok();
    }
    const answers = await Promise.all(
      ids.map((id) => {
        const body = {
          ...ORDER,
          vendorId,
          smeId,
          solutionId: id,
          priceTwd: 100_000,
          pointsTwd: 10_000,
        };
        return app.admin.put(`/v1/orders/${id}`, body);
      }),
    );
    expect(answers.filter((a) => a.status === 200).length).toBe(3);
    expect(answers.filter((a) => a.status === 422).length).toBe(5);
  });

  it('no two orders of a firm for a solution overlap, and they may follow each other', async () => {
    const { vendorId, solutionId, smeId, orderId } = await seed(app, 'overlap');
    const put = (id: string, contractStart: string, firm = smeId) => {
      const body = { ...ORDER, pointsTwd: 0, vendorId, solutionId, smeId: firm, contractStart };
      return app.admin.put(`/v1/orders/${id}`, body);
    };
    const path = '/v1/orders/overlap-2';
    expectProblem(await put('overlap-2', '2023-05-09'), 'overlapping_order', path);
    expect((await put('overlap-2', '2023-05-10')).ok()).toMatchObject(stored);
    expectProblem(
      await put('overlap-3', '2022-09-11'),
      'overlapping_order',
      '/v1/orders/overlap-3',
    );
    expect((await put('overlap-3', '2022-09-10')).ok()).toMatchObject(stored);
    const other = newTaxId();
    (await app.admin.put(`/v1/smes/${other}`, { name: 'other' })).ok();
    expect((await put('overlap-4', ORDER.contractStart, other)).ok()).toMatchObject(stored);
    expect((await put(orderId, ORDER.contractStart)).ok()).toMatchObject(stored);
  });

  const date = (day: string) => ({ date: day });
  it.each<[string, ErrorCode, object]>([
    [
      'closure and termination at once',
      'closure_and_termination',
      {
        closure: { ...date('2023-02-01'), proof: 'p' },
        termination: { ...date('2023-02-01'), reason: 'r' },
      },
    ],
    [
      'a closure on the first day',
      'early_end_before_start',
      {
        closure: { ...date('2023-01-10'), proof: 'p' },
      },
    ],
    [
      'a termination before the first day',
      'early_end_before_start',
      {
        termination: { ...date('2023-01-09'), reason: 'r' },
      },
    ],
    ['a vendor that is not registered', 'unknown_vendor', { vendorId: 'nobody' }],
    ['a solution that is not registered', 'unknown_solution', { solutionId: 'nothing' }],
    ['a firm whose number none can have', 'unknown_sme', { smeId: '04595253' }],
    ['a case that is not registered', 'unknown_case', { caseId: 'no-case' }],
    [
      'points in a programme without points',
      'points_not_allowed',
      {
        programme: 'coprosperity-2023',
        pointsTwd: 1,
      },
    ],
  ])('%s', async (name, code, change) => {
    const id = name.replaceAll(/\W+/g, '-');
    expectProblem(await ordering(id, change), code, `/v1/orders/${id}-2`);
  });

  it('an end one day after the start is admitted', async () => {
    const closure = { date: '2023-01-11', proof: 'p' };
    expect((await ordering('one-day', { closure })).ok()).toMatchObject(stored);
  });

  it('the solution of another vendor is no solution of this one', async () => {
    const other = await seed(app, 'other-vendor');
    const answer = await ordering('mismatch', { solutionId: other.solutionId });
    expectProblem(answer, 'unknown_solution', '/v1/orders/mismatch-2');
  });
});

describe('a solution', () => {
  it('keeps the vendor that registered it first', async () => {
    const { solutionId } = await seed(app, 'first');
    const { vendorId } = await seed(app, 'second');
    const path = `/v1/solutions/${solutionId}`;
    const answer = await app.admin.put(path, { ...SOLUTION, vendorId });
    expectProblem(answer, 'solution_of_another_vendor', path);
  });

  it('counts only actions that it declares', async () => {
    const { vendorId } = await seed(app, 'rules');
    const rule = (action: string) => ({
      ...SOLUTION,
      vendorId,
      normalFlow: {
        allOf: [{ metric: 'interactions', actions: [action], per: 'month', atLeast: 1 }],
      },
    });
    const path = '/v1/solutions/rules-2';
    expect(expectProblem(await app.admin.put(path, rule('fly')), 'rule_invalid', path)).toContain(
      'fly',
    );
    expect((await app.admin.put(path, rule('print'))).ok()).toMatchObject(stored);
    expect((await app.admin.put(path, rule('click'))).ok()).toMatchObject(stored);
  });

  it('whose rule asks every calendar day is stored with a warning', async () => {
    const { vendorId } = await seed(app, 'daily');
    const daily = { allOf: [{ metric: 'logins', per: 'day', atLeast: 1 }] };
    const answer = await app.admin.put('/v1/solutions/daily-2', {
      ...SOLUTION,
      vendorId,
      normalFlow: daily,
    });
    expect(answer.ok<{ warnings: string[] }>().warnings).toHaveLength(1);
  });
});

describe('the history of the registry', () => {
  it('is added to, never changed; what is said again adds nothing (I-33)', async () => {
    const { vendorId, solutionId, smeId, orderId } = await seed(app, 'history');
    const before = await history();
    const body = { ...ORDER, vendorId, solutionId, smeId };
    const path = `/v1/orders/${orderId}`;
    expect((await app.admin.put(path, body)).ok()).toMatchObject({ status: 'unchanged' });
    expect(await history()).toEqual(before);
    const cheaper = { ...body, pointsTwd: 1 };
    expect((await app.admin.put(path, cheaper)).ok()).toMatchObject(stored);
    expect((await app.admin.put(path, cheaper)).ok()).toMatchObject({ status: 'unchanged' });
    expect((await app.admin.put(path, body)).ok()).toMatchObject(stored);
    const refused = await app.admin.put(path, { ...body, contractMonths: 13 });
    expect(refused.status).toBe(422);
    const after = await history();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length).map((row) => [row.kind, row.id])).toEqual([
      ['order', orderId],
      ['order', orderId],
    ]);
    expect(after.map((row) => row.seq)).toEqual(after.map((_, i) => String(i + 1)));
  });

  async function history() {
    const db = openDatabase({ path: join(app.dataDir, 'clickhouse') });
    const query = 'SELECT * FROM registry_v1 ORDER BY seq';
    const rows = await db.reader().query({ query, format: 'JSONEachRow' });
    return rows.json<{ seq: string; kind: string; id: string; body: string }>();
  }
});
