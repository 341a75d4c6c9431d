import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  newTaxId,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** Contracts from 2023-01-10 to 2023-05-10; use of firms with and without one. */
let app: TestApp;
let own: Seed;
let other: Seed;
let auditor: Client;
let stranger: string;

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  [own, other] = [await seed(app, 'own'), await seed(app, 'other')];
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  stranger = newTaxId();
  (await app.admin.put(`/v1/smes/${stranger}`, { name: '無訂單' })).ok();
  // Inside the contract, at both of its edges.
  await use(own, own.smeId, '2023-01-10T00:00:00.000', '2023-05-09T23:59:59.999');
  // Outside, by a millisecond.
  await use(own, own.smeId, '2023-01-09T23:59:59.999', '2023-05-10T00:00:00.000');
  await use(own, stranger, '2023-02-01T09:00:00.000', '2023-02-03T09:00:00.000');
  await use(other, own.smeId, '2023-02-02T09:00:00.000');
});
afterAll(() => app.remove());

async function use(seeded: Seed, smeId: string, ...times: string[]): Promise<void> {
  const events = times.map((time) =>
    eventOf({ ...seeded, smeId }, { id: `${smeId}-${time}`, occurredAt: `${time}+08:00` }),
  );
  const headers = { 'flowproof-now': '2023-06-01T00:00:00+08:00' };
  (await seeded.vendor.post('/v1/events', events, headers)).ok();
}

interface Page {
  readonly asOf: string;
  readonly items: Record<string, unknown>[];
  readonly nextCursor: string | null;
}
const list = async (client: Client, query = '') =>
  (await client.get(`/v1/unordered-use?asOf=2023-07-01${query}`)).ok<Page>();
const told = ({ items }: Page) =>
  items.map((i) => `${i['vendorId']} ${i['solutionId']} ${i['smeId']} ${i['events']}`);

describe('use without an order', () => {
  it('is listed with its solution and firm, what lies in a contract is not (I-191)', async () => {
    const { asOf, items, nextCursor } = await list(own.vendor);
    expect(asOf).toBe('2023-07-01T00:00:00.000+08:00');
    expect(nextCursor).toBeNull();
    const { vendorId, solutionId, smeId } = own;
    const rows = [
      {
        vendorId,
        solutionId,
        smeId,
        orders: 1,
        events: 2,
        firstOccurredAt: '2023-01-09T23:59:59.999+08:00',
        lastOccurredAt: '2023-05-10T00:00:00.000+08:00',
      },
      {
        vendorId,
        solutionId,
        smeId: stranger,
        orders: 0,
        events: 2,
        firstOccurredAt: '2023-02-01T09:00:00.000+08:00',
        lastOccurredAt: '2023-02-03T09:00:00.000+08:00',
      },
    ];
    expect(items).toEqual(rows.sort((a, b) => (a.smeId < b.smeId ? -1 : 1)));
    expect((await own.vendor.get('/v1/unordered-use?asOf=2023-05-31')).ok<Page>().items).toEqual(
      [],
    );
  });

  it('is shown to its own vendor alone, and to auditors and administrators of any (I-193)', async () => {
    const foreign = `other ${other.solutionId} ${own.smeId} 1`;
    const mine = told(await list(own.vendor));
    expect(mine).toHaveLength(2);
    expect(told(await list(own.vendor, '&vendorId=own'))).toEqual(mine);
    expect(told(await list(other.vendor))).toEqual([foreign]);
    expect(await list(own.vendor, '&vendorId=other')).toEqual(
      await list(own.vendor, '&vendorId=nobody'),
    );
    for (const client of [auditor, app.admin]) {
      expectProblem(await client.get('/v1/unordered-use'), 'invalid_request', '/v1/unordered-use');
      expect(told(await list(client, '&vendorId=own'))).toEqual(mine);
      expect(told(await list(client, '&vendorId=other'))).toEqual([foreign]);
      expect(told(await list(client, '&vendorId=nobody'))).toEqual([]);
    }
    expect((await own.sme.get('/v1/unordered-use')).status).toBe(403);
  });

  it('comes in pages, and refuses a cursor that the list did not answer', async () => {
    const pages: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await list(auditor, `&vendorId=own&limit=1${cursor}`);
      expect(page.items.length).toBe(1);
      pages.push(...told(page));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(pages).toEqual(told(await list(own.vendor)));
    for (const bad of ['x', Buffer.from('s').toString('base64url')]) {
      const refused = await auditor.get(`/v1/unordered-use?vendorId=own&cursor=${bad}`);
      expectProblem(refused, 'invalid_request', '/v1/unordered-use');
    }
  });

  it('counts what was used after an early end, and no more what an order has since', async () => {
    const before = told(await list(other.vendor));
    const { programme, vendorId, solutionId, smeId, ...body } = (
      await app.admin.get(`/v1/orders/${other.orderId}`)
    ).ok<Record<string, unknown>>();
    expect([vendorId, solutionId, smeId]).toEqual(['other', other.solutionId, other.smeId]);
    await use(other, other.smeId, '2023-04-01T09:00:00.000');
    expect(told(await list(other.vendor))).toEqual(before);
    const { contractStart, contractMonths, priceTwd, pointsTwd, caseId, attachments } = body;
    const terms = { contractStart, contractMonths, priceTwd, pointsTwd, caseId, attachments };
    const order = { programme, vendorId, solutionId, smeId, ...terms };
    const termination = { date: '2023-04-01', reason: '不合用' };
    (await app.admin.put(`/v1/orders/${other.orderId}`, { ...order, termination })).ok();
    expect(told(await list(other.vendor))).toContain(`other ${solutionId} ${smeId} 1`);
    (await app.admin.put('/v1/orders/late', { ...order, smeId: own.smeId })).ok();
    expect(told(await list(other.vendor))).toEqual([`other ${solutionId} ${smeId} 1`]);
  });
});
