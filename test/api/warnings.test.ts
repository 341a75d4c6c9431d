import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  ORDER,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  taxId,
} from '../helpers/app.ts';

let app: TestApp;
let quiet: Seed;
let busy: Seed;
let auditor: Client;

const MAY = { ...ORDER, contractStart: '2023-05-01' };

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  quiet = await seed(app, 'quiet', { order: MAY });
  busy = await seed(app, 'busy', { order: MAY });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  await use(quiet, 'q1', '2023-05-04');
  await use(busy, 'b1', '2023-05-04');
  await use(busy, 'b2', '2023-05-19');
});
afterAll(() => app.remove());

async function use(firm: Seed, id: string, day: string, fields: object = {}): Promise<void> {
  const event = eventOf(firm, { id, occurredAt: `${day}T10:00:00+08:00`, ...fields });
  const now = { 'flowproof-now': `${day}T10:01:00+08:00` };
  (await firm.vendor.post('/v1/events', event, now)).ok();
}

async function silent(asOf: string, query = ''): Promise<Record<string, unknown>[]> {
  const answer = await auditor.get(`/v1/warnings?asOf=${asOf}${query}`);
  return answer.ok<{ items: Record<string, unknown>[] }>().items;
}

describe('the warnings', () => {
  it('name the firm that went silent, how long, and what it lacks', async () => {
    expect(await silent('2023-05-20')).toEqual([
      expect.objectContaining({
        orderId: quiet.orderId,
        vendorId: 'quiet',
        smeId: quiet.smeId,
        month: 1,
        start: '2023-05-01',
        endExclusive: '2023-06-01',
        daysLeft: 12,
        silentDays: 15,
        lastUseOn: '2023-05-04',
        totals: { logins: 0, interactions: 1, activeUsers: 1, events: 1 },
        criteria: [expect.objectContaining({ atLeast: 2, cyclesMet: 0 })],
      }),
    ]);
  });

  it('know only what had been received at their instant', async () => {
    expect((await silent('2023-05-19')).map((w) => w['orderId'])).toEqual([
      busy.orderId,
      quiet.orderId,
    ]);
  });

  it('end with the month: the next one starts with its own', async () => {
    expect((await silent('2023-06-01')).map((w) => [w['orderId'], w['month']])).toEqual([
      [busy.orderId, 2],
      [quiet.orderId, 2],
    ]);
    expect(await silent('2023-09-01')).toEqual([]);
  });

  it('are not ended by customers or automation: only the firm’s own people use it', async () => {
    await use(quiet, 'c1', '2023-07-09', { actorRole: 'consumer' });
    const found = await silent('2023-07-10', '&vendorId=quiet');
    expect(found).toMatchObject([{ orderId: quiet.orderId, lastUseOn: '2023-05-04' }]);
  });

  it('come in time for a week that cannot be missed: on its Thursday, not before (I-154)', async () => {
    const normalFlow = { allOf: [{ metric: 'interactions', per: 'week', atLeast: 1 }] };
    const weekly = await seed(app, 'weekly', {
      order: { ...ORDER, contractStart: '2023-11-01' },
      solution: { normalFlow },
    });
    await use(weekly, 'w1', '2023-11-03');
    expect(await silent('2023-11-08', '&vendorId=weekly')).toEqual([]);
    expect(await silent('2023-11-09', '&vendorId=weekly')).toMatchObject([
      { lastUseOn: '2023-11-03', silentDays: 5, weekEndExclusive: '2023-11-13' },
    ]);
  });

  it('come in time for days of which no more may be missed: by the look of a morning (I-169)', async () => {
    const normalFlow = { allOf: [{ metric: 'interactions', per: 'day', atLeast: 1, in: 29 }] };
    const daily = await seed(app, 'daily', {
      order: { ...ORDER, contractStart: '2023-12-01' },
      solution: { normalFlow },
    });
    for (const day of ['01', '02', '03']) await use(daily, `d${day}`, `2023-12-${day}`);
    const look = (day: string) => silent(`${day}T08:00:00%2B08:00`, '&vendorId=daily');
    expect(await look('2023-12-04')).toEqual([]);
    expect(await look('2023-12-05')).toMatchObject([
      { lastUseOn: '2023-12-03', silentDays: 1, dayEndExclusive: '2023-12-07' },
    ]);
    expect(await look('2023-12-07')).toEqual([]);
  });

  it('come page after page, each firm once', async () => {
    for (let n = 0; n < 5; n += 1) {
      const smeId = taxId(100 + n);
      (await app.admin.put(`/v1/smes/${smeId}`, { name: smeId })).ok();
      const { vendorId, solutionId } = quiet;
      const order = { ...ORDER, contractStart: '2024-01-01', vendorId, solutionId, smeId };
      (await app.admin.put(`/v1/orders/late-${n}`, order)).ok();
    }
    const seen: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: { orderId: string }[]; nextCursor: string | null } = (
        await auditor.get(
          `/v1/warnings?asOf=2024-01-20&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        )
      ).ok();
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((w) => w.orderId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['late-0', 'late-1', 'late-2', 'late-3', 'late-4']);
  });
});
