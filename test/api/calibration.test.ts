import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  type Seed,
  SOLUTION,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';

interface WhatIfAnswer {
  months: number;
  gained: number;
  lost: number;
  flips: { orderId: string; month: number; from: string; to: string }[];
}

let app: TestApp;
let shop: Seed;
let auditor: Client;

/** Interactions in each of four months: the solution asks two a month. */
const USE = [5, 2, 1, 0];
const AS_OF = '2023-06-01';

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  shop = await seed(app, 'shop');
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  for (const [i, uses] of USE.entries()) {
    const day = `2023-0${i + 1}-20`;
    const events = Array.from({ length: uses }, (_, n) =>
      eventOf(shop, { id: `${i}-${n}`, occurredAt: `${day}T10:00:0${n}+08:00` }),
    );
    if (uses === 0) continue;
    const now = { 'flowproof-now': `${day}T11:00:00+08:00` };
    (await shop.vendor.post('/v1/events', events, now)).ok();
  }
});
afterAll(() => app.remove());

async function whatIf(normalFlow: object, extra: object = {}): Promise<WhatIfAnswer> {
  const path = `/v1/solutions/${shop.solutionId}/what-if`;
  return (await auditor.post(path, { normalFlow, asOf: AS_OF, ...extra })).ok<WhatIfAnswer>();
}

function monthly(atLeast: number) {
  return { allOf: [{ metric: 'interactions', per: 'month', atLeast }] };
}

describe('the calibration of a solution', () => {
  it('shows real use by month and the share that passes at each threshold', async () => {
    const path = `/v1/solutions/${shop.solutionId}/calibration?asOf=${AS_OF}`;
    const answer = (await auditor.get(path)).ok();
    expect(answer).toMatchObject({
      effectiveFrom: '2020-01-01',
      normalFlow: monthly(2),
      months: 4,
      monthsPassing: 2,
      monthsSilent: 1,
      usage: { interactions: { min: 1, p50: 2, max: 5 } },
      criteria: [
        {
          passing: [
            { atLeast: 1, share: 0.75 },
            { atLeast: 2, share: 0.5 },
            { atLeast: 5, share: 0.25 },
          ],
          suggestion: null,
        },
      ],
      flags: [{ code: 'few_months' }],
    });
  });

  it('knows no month whose grace has not ended', async () => {
    const at = (asOf: string) =>
      auditor.get(`/v1/solutions/${shop.solutionId}/calibration?asOf=${asOf}`);
    expect((await at('2023-02-16')).ok()['months']).toBe(0);
    expect((await at('2023-02-17')).ok()['months']).toBe(1);
  });

  it('of a solution that is not there is not found', async () => {
    expect((await auditor.get('/v1/solutions/none/calibration')).status).toBe(404);
  });
});

describe('a proposed rule', () => {
  it('that is the one in force changes no month (I-111)', async () => {
    expect(await whatIf(monthly(2))).toMatchObject({ months: 4, gained: 0, lost: 0, flips: [] });
  });

  it('that is the one in force changes no month that a reopening counted anew (I-111)', async () => {
    const late = await seed(app, 'late');
    const send = async (n: number, receivedAt: string) => {
      const event = eventOf(late, { id: `${n}`, occurredAt: `2023-01-20T10:00:0${n}+08:00` });
      const now = { 'flowproof-now': receivedAt };
      (await late.vendor.post('/v1/events', [event], now)).ok();
    };
    await send(0, '2023-01-20T11:00:00+08:00');
    await send(1, '2023-02-20T11:00:00+08:00');
    await send(2, '2023-04-20T11:00:00+08:00');
    await verify(app.admin, '2023-03-01');
    const body = { decision: 'reopen', reason: 'late use' };
    const path = `/v1/orders/${late.orderId}/months/1/reviews`;
    const now = { 'flowproof-now': '2023-03-02T00:00:00+08:00' };
    expect((await auditor.post(path, body, now)).ok(201)).toMatchObject({
      result: { state: 'met', totals: { events: 2 } },
    });
    const flips = async (atLeast: number, asOf: string) => {
      const asked = { normalFlow: monthly(atLeast), asOf };
      const path = `/v1/solutions/${late.solutionId}/what-if`;
      return (await auditor.post(path, asked)).ok<WhatIfAnswer>().flips.map((f) => f.to);
    };
    expect(await flips(2, AS_OF)).toEqual([]);
    expect(await flips(3, AS_OF)).toEqual(['short']);
    expect(await flips(2, '2023-03-01')).toEqual([]);
    expect(await flips(1, '2023-03-01')).toEqual(['met']);
  });

  it('that names no interactions keeps in each month those of its own version (I-170)', async () => {
    const changed = await seed(app, 'changed');
    const { vendorId, solutionId } = changed;
    const later = { ...SOLUTION, vendorId, interactions: ['scan'], effectiveFrom: '2023-02-10' };
    (await app.admin.put(`/v1/solutions/${solutionId}`, later)).ok();
    // Month 1 is met by the first version alone, month 2 by the second alone.
    for (const [n, action] of ['print', 'scan'].entries()) {
      const occurredAt = (second: number) => `2023-0${n + 1}-20T10:00:0${second}+08:00`;
      const events = [1, 2].map((i) =>
        eventOf(changed, { id: `${n}-${i}`, action, occurredAt: occurredAt(i) }),
      );
      const now = { 'flowproof-now': `2023-0${n + 1}-20T11:00:00+08:00` };
      (await changed.vendor.post('/v1/events', events, now)).ok();
    }
    const lostUnder = async (normalFlow: object, interactions?: string[]) => {
      const asked = { normalFlow, interactions, asOf: AS_OF };
      const answer = await auditor.post(`/v1/solutions/${solutionId}/what-if`, asked);
      return answer.ok<WhatIfAnswer>().flips.map((f) => [f.month, f.from, f.to]);
    };
    const lost = (month: number) => [month, 'met', 'short'];
    expect(await lostUnder(monthly(2))).toEqual([]);
    expect(await lostUnder(monthly(2), ['scan'])).toEqual([lost(1)]);
    expect(await lostUnder(monthly(2), ['print'])).toEqual([lost(2)]);
    const [criterion] = monthly(2).allOf;
    expect(await lostUnder({ allOf: [{ ...criterion, actions: ['scan'] }] })).toEqual([lost(1)]);
    await verify(app.admin, AS_OF);
    expect(await lostUnder(monthly(2))).toEqual([]);
  });

  it('one lower or higher changes exactly the months at the edge, named one by one', async () => {
    expect(await whatIf(monthly(1))).toMatchObject({
      gained: 1,
      lost: 0,
      flips: [{ orderId: shop.orderId, month: 3, from: 'short', to: 'met' }],
    });
    expect(await whatIf(monthly(3))).toMatchObject({
      gained: 0,
      lost: 1,
      flips: [{ orderId: shop.orderId, month: 2, from: 'met', to: 'short' }],
    });
  });

  it('may count other actions than are declared, and never what it does not declare', async () => {
    const printed = {
      allOf: [{ metric: 'interactions', actions: ['scan'], per: 'month', atLeast: 1 }],
    };
    const path = `/v1/solutions/${shop.solutionId}/what-if`;
    const refused = await auditor.post(path, { normalFlow: printed, asOf: AS_OF });
    expect([refused.status, refused.json()['code']]).toEqual([422, 'rule_invalid']);
    expect(await whatIf(printed, { interactions: ['scan'] })).toMatchObject({ lost: 2 });
  });

  it('leaves the months and their rule as they are, byte for byte; so does a calibration (I-111)', async () => {
    const path = `/v1/orders/${shop.orderId}/months?asOf=${AS_OF}`;
    const solution = `/v1/solutions/${shop.solutionId}`;
    const before = await auditor.get(path);
    expect(before.ok()['claimableMonths']).toBe(2);
    const calibration = await auditor.get(`${solution}/calibration?asOf=${AS_OF}`);
    await whatIf(monthly(9), { interactions: ['scan'] });
    expect((await auditor.get(path)).text).toBe(before.text);
    const again = await auditor.get(`${solution}/calibration?asOf=${AS_OF}`);
    expect(again.text).toBe(calibration.text);
  });
});
