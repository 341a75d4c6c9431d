import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newKey,
  newTaxId,
  type Seed,
  SOLUTION,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** One vendor: a solution with an order from 2023-01-10 to 2023-05-10, and two without. */
let app: TestApp;
let seeded: Seed;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  seeded = await seed(app, 'i', { solution: { listedFrom: '2022-06-01' } });
  const { vendorId } = seeded;
  for (const [id, listedFrom] of [
    ['i-never', '2023-02-01'],
    ['i-unlisted', null],
  ]) {
    (await app.admin.put(`/v1/solutions/${id}`, { ...SOLUTION, vendorId, listedFrom })).ok();
  }
});
afterAll(() => app.remove());

interface Page {
  readonly asOf: string;
  readonly source: string;
  readonly items: readonly { readonly solutionId: string; readonly idleSince: string }[];
  readonly nextCursor: string | null;
}

const idle = async (query: string) =>
  (await app.admin.get(`/v1/solutions/idle?${query}`)).ok<Page>();

describe('the warning list of idle solutions', () => {
  it.each([
    ['2022-08-31', []],
    ['2022-09-01', ['i-s 2022-06-01']],
    ['2023-01-09', ['i-s 2022-06-01']],
    ['2023-01-10', []],
    ['2023-05-01', ['i-never 2023-02-01']],
    ['2023-08-09', ['i-never 2023-02-01']],
    ['2023-08-10', ['i-never 2023-02-01', 'i-s 2023-05-10']],
  ])('at %s is %j (I-127)', async (asOf, want) => {
    const { items } = await idle(`asOf=${asOf}`);
    expect(items.map((s) => `${s.solutionId} ${s.idleSince}`)).toEqual(want);
  });

  it('says what each is, from when, and by which clause', async () => {
    expect(await idle('asOf=2023-08-10')).toEqual({
      asOf: '2023-08-10T00:00:00.000+08:00',
      source: '000 八(五)2',
      items: [
        {
          solutionId: 'i-never',
          vendorId: 'i',
          name: '方案',
          listedFrom: '2023-02-01',
          idleSince: '2023-02-01',
          lastContractEnd: null,
          months: 6,
        },
        {
          solutionId: 'i-s',
          vendorId: 'i',
          name: '方案',
          listedFrom: '2022-06-01',
          idleSince: '2023-05-10',
          lastContractEnd: '2023-05-10',
          months: 3,
        },
      ],
      nextCursor: null,
    });
  });

  it('comes in pages', async () => {
    const one = await idle('asOf=2023-08-10&limit=1');
    expect(one.items.map((s) => s.solutionId)).toEqual(['i-never']);
    const two = await idle(`asOf=2023-08-10&limit=1&cursor=${one.nextCursor}`);
    expect(two.items.map((s) => s.solutionId)).toEqual(['i-s']);
    expect(two.nextCursor).toBeNull();
  });

  it('loses a solution when a contract for it is entered', async () => {
    const { vendorId } = seeded;
    const smeId = newTaxId();
    const order = {
      programme: 'industry-2022',
      vendorId,
      solutionId: 'i-never',
      smeId,
      contractStart: '2023-07-01',
      contractMonths: 3,
      priceTwd: 10,
      pointsTwd: 5,
    };
    (await app.admin.put('/v1/orders/i-late', order)).ok();
    expect((await idle('asOf=2023-08-10')).items.map((s) => s.solutionId)).toEqual(['i-s']);
  });

  it('is for auditors and administrators', async () => {
    const path = '/v1/solutions/idle';
    for (const [role, status] of [
      ['auditor', 200],
      ['claims', 403],
    ] as const) {
      const client = app.admin.as(await newKey(app.admin, { role }));
      expect((await client.get(path)).status).toBe(status);
    }
    expect((await seeded.vendor.get(path)).status).toBe(403);
    expectProblem(await app.admin.get(`${path}?asOf=x`), 'invalid_request', path);
  });
});
