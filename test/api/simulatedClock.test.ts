import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  temporaryFolder,
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';

/** A simulated app in this process, and a real one in another. */
let app: TestApp;
let real: ServeProcess;
let realDir: string;
let seeded: Seed;

beforeAll(async () => {
  realDir = await temporaryFolder();
  [app, real] = await Promise.all([startTestApp({ simulated: true }), startServe(realDir)]);
  seeded = await seed(app, 'replayed');
});
afterAll(async () => {
  real.signal('SIGTERM');
  await Promise.all([app.remove(), real.ended]);
  await rm(realDir, { recursive: true, force: true });
});

const NOW = { 'flowproof-now': '2023-02-20T12:00:00+08:00' };

describe('a server that runs by the real clock', () => {
  it('refuses the header of a simulated one on every route, whoever asks', async () => {
    for (const path of ['/v1/orders', '/v1/claimable', '/healthz', '/openapi.json', '/nothing']) {
      for (const client of [real.admin, real.admin.as(null)]) {
        const answer = await client.get(path, NOW);
        expectProblem(answer, 'simulated_clock_off', path);
      }
    }
    const sent = await real.admin.put('/v1/vendors/x', { name: 'x', taxId: '04595257' }, NOW);
    expectProblem(sent, 'simulated_clock_off', '/v1/vendors/x');
    expect((await real.admin.get('/v1/orders')).ok()).toMatchObject({ items: [] });
  });

  it('answers without the mark, and to no asOf beyond now', async () => {
    const order = await seed({ admin: real.admin }, 'real');
    const path = `/v1/orders/${order.orderId}/months`;
    const now = await real.admin.get(path);
    expect(now.status).toBe(200);
    expect(now.headers.has('flowproof-simulated')).toBe(false);
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    expectProblem(await real.admin.get(`${path}?asOf=${inAnHour}`), 'as_of_in_future', path);
    expectProblem(await real.admin.get(`${path}?asOf=2199-01-01`), 'as_of_in_future', path);
    const justNow = new Date(Date.now() - 1_000).toISOString();
    expect((await real.admin.get(`${path}?asOf=${justNow}`)).status).toBe(200);
  });
});

describe('a data directory', () => {
  it('that was begun by the real clock is never served by a simulated one (I-59)', async () => {
    await expect(startTestApp({ simulated: true, dataDir: realDir })).rejects.toThrow(
      /holds real data.*DATA_DIR.*SIMULATED_CLOCK/,
    );
  });

  it('that was begun by a simulated clock is never served as real (I-59)', async () => {
    await expect(startTestApp({ simulated: false, dataDir: app.dataDir })).rejects.toThrow(
      /begun with a simulated clock.*SIMULATED_CLOCK=1.*DATA_DIR/,
    );
  });
});

describe('a server with a simulated clock', () => {
  it('marks every answer, errors included (I-59)', async () => {
    const { admin } = app;
    const none = admin.as(null);
    const order = `/v1/orders/${seeded.orderId}`;
    const answers = [
      [200, await none.get('/healthz')],
      [200, await none.get('/readyz')],
      [200, await none.get('/openapi.json')],
      [200, await admin.get(`${order}/months`)],
      [200, await admin.get('/v1/claimable')],
      [200, await admin.get(`${order}/chart.svg?asOf=2023-03-01`)],
      [200, await admin.get(`${order}/usage.csv`)],
      [400, await admin.get('/v1/orders?bogus=1')],
      [400, await admin.get('/v1/orders', { 'flowproof-now': 'yesterday' })],
      [400, await admin.get('/v1/orders/%E0%A4%A')],
      [401, await none.get('/v1/orders')],
      [403, await seeded.vendor.get('/v1/keys')],
      [404, await admin.get('/nothing')],
      [404, await admin.get(`/v1/orders/${'x'.repeat(300)}`)],
      [415, await admin.send('PUT', '/v1/vendors/x', 'x', { 'content-type': 'text/plain' })],
      [422, await seeded.vendor.post('/v1/events', {})],
      [422, await admin.put('/v1/smes/04595253', { name: 'x' })],
    ] as const;
    for (const [status, answer] of answers) {
      expect(answer.status).toBe(status);
      expect(answer.headers.get('flowproof-simulated')).toBe('true');
    }
  });

  it('takes the request’s own time as now: for receipt, and as the default of asOf', async () => {
    const event = eventOf(seeded, { id: 'now', occurredAt: '2023-02-20T12:05:00+08:00' });
    const sent = await seeded.vendor.post('/v1/events', event, NOW);
    const { batchId } = sent.ok<{ batchId: string }>();
    expect((await seeded.vendor.get(`/v1/batches/${batchId}`)).ok()).toMatchObject({
      receivedAt: '2023-02-20T12:00:00.000+08:00',
    });
    const later = { ...event, id: 'ahead', occurredAt: '2023-02-20T12:05:00.001+08:00' };
    expect((await seeded.vendor.post('/v1/events', later, NOW)).json()).toMatchObject({
      rejected: [{ code: 'future_timestamp' }],
    });
    const months = await app.admin.get(`/v1/orders/${seeded.orderId}/months`, NOW);
    expect(months.ok()).toMatchObject({ asOf: '2023-02-20T12:00:00.000+08:00' });
  });

  it.each([
    '',
    'yesterday',
    '2023-02-20',
    '2023-02-20T12:00:00',
    '2023-02-30T12:00:00Z',
    '0000-01-01T00:00:00Z',
    '2019-12-31T23:59:59.999+08:00',
    '2299-01-01T00:00:00Z',
    '9999-12-31T23:59:59-08:00',
  ])('refuses "%s" as a time', async (text) => {
    const answer = await app.admin.get('/v1/orders', { 'flowproof-now': text });
    expectProblem(answer, 'invalid_header', '/v1/orders');
  });

  it.each(['2020-01-01T00:00:00+08:00', '2298-12-31T23:59:59.999Z'])(
    'stores what is received at %s, the first and the last that it takes',
    async (text) => {
      const event = { ...eventOf(seeded, { id: text }), occurredAt: text };
      const sent = await seeded.vendor.post('/v1/events', event, { 'flowproof-now': text });
      const { batchId } = sent.ok<{ batchId: string }>();
      expect((await seeded.vendor.get(`/v1/batches/${batchId}`)).ok()).toMatchObject({
        accepted: 1,
      });
    },
  );

  it('answers no asOf beyond the last of them', async () => {
    const path = `/v1/orders/${seeded.orderId}/months`;
    const answer = await app.admin.get(`${path}?asOf=2299-01-01T00:00:00Z`);
    expectProblem(answer, 'as_of_in_future', path);
  });

  it('answers an asOf up to its now, not a millisecond later (I-60)', async () => {
    const paths = ['months', 'claim', 'chart.svg', 'usage.csv', 'events'].map(
      (name) => `/v1/orders/${seeded.orderId}/${name}`,
    );
    for (const path of [...paths, '/v1/claimable']) {
      const query = path.endsWith('/claim') ? 'instalment=1&asOf=' : 'asOf=';
      const at = (asOf: string) =>
        app.admin.get(`${path}?${query}${encodeURIComponent(asOf)}`, NOW);
      expect((await at('2023-02-20T12:00:00+08:00')).status).toBe(200);
      expect((await at('2023-02-20T04:00:00Z')).status).toBe(200);
      expectProblem(await at('2023-02-20T12:00:00.001+08:00'), 'as_of_in_future', path);
      expectProblem(await at('2023-02-21'), 'as_of_in_future', path);
    }
    const asked = await app.admin.post('/v1/verifications', { asOf: '2023-02-21' }, NOW);
    expectProblem(asked, 'as_of_in_future', '/v1/verifications');
  });

  it('reads a date as its 00:00 in Taipei', async () => {
    const path = `/v1/orders/${seeded.orderId}/months?asOf=`;
    const date = await app.admin.get(`${path}2023-02-18`);
    expect(date.ok()).toMatchObject({ asOf: '2023-02-18T00:00:00.000+08:00' });
    expect((await app.admin.get(`${path}2023-02-17T16:00:00Z`)).text).toBe(date.text);
  });

  it.each(['0001-01-01', '1899-12-31', '1970-01-01'])(
    'knows nothing as of %s: every month is open',
    async (asOf) => {
      const answer = await app.admin.get(`/v1/orders/${seeded.orderId}/months?asOf=${asOf}`);
      const { months } = answer.ok<{ months: { state: string; totals: { events: number } }[] }>();
      expect(months.map((m) => [m.state, m.totals.events])).toEqual(Array(4).fill(['open', 0]));
    },
  );
});

describe('the same question', () => {
  it('has the same answer byte by byte: asked twice, and after a restart (I-58)', async () => {
    const claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
    const events = Array.from({ length: 40 }, (_, i) =>
      eventOf(seeded, { id: `b${i}`, occurredAt: `2023-01-${10 + (i % 20)}T09:00:00+08:00` }),
    );
    (
      await seeded.vendor.post('/v1/events', events, { 'flowproof-now': '2023-02-01T00:00:00Z' })
    ).ok();
    await verify(app.admin, '2023-02-18');
    await verify(app.admin, '2023-05-18');
    const auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
    const order = `/v1/orders/${seeded.orderId}`;
    for (const month of [1, 2, 3, 4]) {
      const review = { decision: 'accept', reason: `month ${month}` };
      const at = { 'flowproof-now': '2023-05-19T10:00:00+08:00' };
      (await auditor.post(`${order}/months/${month}/reviews`, review, at)).ok(201);
    }
    const drawn = { 'flowproof-now': '2023-05-20T10:00:00+08:00' };
    (await claims.post(`${order}/claims`, { instalment: 1 }, drawn)).ok(201);
    const first = await everything(claims, auditor);
    expect(await everything(claims, auditor)).toEqual(first);
    await app.stop();
    app = await startTestApp({ simulated: true, dataDir: app.dataDir });
    const [later, other] = [claims, auditor].map((client) => app.admin.as(client.key));
    if (later === undefined || other === undefined) throw new Error('no client');
    expect(await everything(later, other)).toEqual(first);
    for (const said of ['"seal":{', '"review":{', '"statementId":']) {
      expect(first.join()).toContain(said);
    }
  });

  async function everything(client: Client, auditor: Client): Promise<string[]> {
    const order = `/v1/orders/${seeded.orderId}`;
    const paths = [
      `${order}/months?asOf=2023-02-19`,
      `${order}/months?asOf=2023-02-03`,
      `${order}/claim?instalment=1&asOf=2023-04-15`,
      `${order}/claim?instalment=2&asOf=2023-05-30`,
      `${order}/usage.csv?asOf=2023-02-19`,
      `${order}/chart.svg?asOf=2023-02-19`,
      `${order}/chart.png?asOf=2023-02-19&months=1`,
      '/v1/claimable?asOf=2023-02-19',
      '/v1/orders',
      `${order}/months?asOf=2023-05-25`,
      `${order}/claim?instalment=2&asOf=2023-05-25`,
      `${order}/claims`,
    ];
    const ofAuditor = [
      `${order}/months/1/explanation?asOf=2023-05-25`,
      `${order}/months/1/reviews?asOf=2023-05-25`,
      `${order}/events`,
    ];
    const found: string[] = [];
    for (const path of [...paths, ...ofAuditor]) {
      const answer = await (ofAuditor.includes(path) ? auditor : client).get(path);
      expect(answer.status).toBe(200);
      found.push(answer.bytes.toString('latin1'));
    }
    return found;
  }
});
