import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX, SMALL_BODY_BYTES_MAX } from '../../core/limits.ts';
import { type Access, ROUTES, type RouteName } from '../../core/routes.ts';
import {
  type Client,
  eventOf,
  newKey,
  newTaxId,
  ORDER,
  type Seed,
  SOLUTION,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

let app: TestApp;
let own: Seed;
let claims: Client;
let auditor: Client;

beforeAll(async () => {
  app = await startTestApp();
  own = await seed(app, 'own');
  claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
});
afterAll(() => app.remove());

const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('a problem document', () => {
  it('400: a body that is no JSON, is empty or is not UTF-8', async () => {
    for (const body of ['{"name":', '', Buffer.from([0x22, 0xff, 0x22])]) {
      const path = '/v1/vendors/x';
      const answer = await app.admin.put(path, body, { 'content-type': 'application/json' });
      const code = answer.json<{ code: 'unreadable_body' | 'invalid_request' }>().code;
      expectProblem(answer, code, path);
    }
  });

  it('400: a path that is badly encoded; 404: one that no route has or no id can be (I-55)', async () => {
    expectProblem(
      await app.admin.get('/v1/orders/%E0%A4%A'),
      'invalid_request',
      '/v1/orders/%E0%A4%A',
    );
    for (const path of ['/', '/v2', '/v1/orders/a/b/c', `/v1/orders/${'x'.repeat(300)}`]) {
      expectProblem(await app.admin.get(path), 'not_found', path);
      expectProblem(await app.admin.as(null).get(path), 'not_found', path);
    }
    expectProblem(
      await app.admin.send('PATCH', '/v1/orders', undefined),
      'not_found',
      '/v1/orders',
    );
  });

  it('401, 403 and 404 in turn: no key, another role, nothing there (I-55)', async () => {
    expectProblem(await app.admin.as(null).get('/v1/keys'), 'unauthenticated', '/v1/keys');
    expectProblem(await own.vendor.get('/v1/keys'), 'forbidden', '/v1/keys');
    expectProblem(await own.vendor.get('/v1/orders/none'), 'not_found', '/v1/orders/none');
  });

  it('409: a claim that is not eligible, with its reasons beside the standard members', async () => {
    const path = `/v1/orders/${own.orderId}/claims`;
    const answer = await claims.post(path, { instalment: 1, asOf: '2023-01-11' });
    expectProblem(answer, 'not_eligible', path);
    expect(answer.json()['reasons']).toMatchObject([
      { code: 'too_early', source: expect.any(String), detail: expect.any(String) },
      { code: 'months_not_claimable' },
    ]);
  });

  it('413: one byte more than a route takes, by length and when it was not announced (I-14)', async () => {
    const small = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`;
    const path = '/v1/vendors/x';
    const json = { 'content-type': 'application/json' };
    expectProblem(
      await app.admin.put(path, small(SMALL_BODY_BYTES_MAX + 1), json),
      'body_too_large',
      path,
    );
    expect((await app.admin.put(path, small(SMALL_BODY_BYTES_MAX), json)).status).toBe(400);
    const events = Buffer.alloc(BODY_BYTES_MAX + 1, 0x20);
    expectProblem(
      await own.vendor.post('/v1/events', events, NDJSON),
      'body_too_large',
      '/v1/events',
    );
    const exact = events.subarray(1);
    expectProblem(await own.vendor.post('/v1/events', exact, NDJSON), 'empty_batch', '/v1/events');
    const unannounced = new Blob([events]).stream();
    const answer = await fetch(`${app.url}/v1/events`, {
      method: 'POST',
      body: unannounced,
      duplex: 'half',
      headers: { ...NDJSON, authorization: `Bearer ${own.vendor.key}` },
    } as RequestInit);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'body_too_large' });
  });

  it('415: a content type or an encoding that a route does not read', async () => {
    const bodies: [Client, string, string, Record<string, string>][] = [
      [app.admin, 'PUT', '/v1/vendors/x', { 'content-type': 'text/plain' }],
      [app.admin, 'PUT', '/v1/vendors/x', { 'content-type': 'application/xml' }],
      [app.admin, 'POST', '/v1/registry', { 'content-type': 'application/json' }],
      [own.vendor, 'POST', '/v1/events', { 'content-type': 'text/plain' }],
      [own.vendor, 'POST', '/v1/events', { 'content-type': 'application/json; charset=big5' }],
      [own.vendor, 'POST', '/v1/events', { ...NDJSON, 'content-encoding': 'br' }],
    ];
    for (const [client, method, path, headers] of bodies) {
      const answer = await client.send(method, path, '{}', headers);
      expectProblem(answer, 'unsupported_media_type', path);
    }
  });

  it('422: a refusal of the registry under its own code', async () => {
    const answer = await app.admin.put('/v1/vendors/x', { name: 'x', taxId: '12345678' });
    expectProblem(answer, 'invalid_tax_id', '/v1/vendors/x');
  });

  it('400: a header, a cursor, a limit or a date that cannot be read', async () => {
    const paths = [
      '/v1/orders?limit=0',
      '/v1/orders?limit=1001',
      '/v1/orders?limit=x',
      '/v1/orders?cursor=%21',
      '/v1/rejects?cursor=YWJj',
      `/v1/rejects?cursor=${Buffer.from('[0,"x",-1]').toString('base64url')}`,
      `/v1/orders/${own.orderId}/events?cursor=YWJj`,
      `/v1/orders/${own.orderId}/events?from=2023-02-30`,
      `/v1/orders/${own.orderId}/months?asOf=2023-02-30`,
      `/v1/orders/${own.orderId}/months?asOf=2023-02-01T00:00:00`,
      `/v1/orders/${own.orderId}/months?asOf=2023-02-01&asOf=2023-02-02`,
      `/v1/orders/${own.orderId}/claim?instalment=3`,
      `/v1/orders/${own.orderId}/claim`,
      '/v1/orders?monthState=great',
      '/v1/claimable?programme=none',
    ];
    for (const path of paths) {
      const client = path.startsWith('/v1/rejects') ? auditor : app.admin;
      expectProblem(await client.get(path), 'invalid_request', path.split('?')[0] ?? '');
    }
  });

  it('has no text of the request beyond its path, not even in an unknown field’s value (I-55)', async () => {
    const answer = await app.admin.put('/v1/vendors/x', { name: 'x', taxId: 'SECRET-VALUE' });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('SECRET-VALUE');
    expect((await app.admin.get('/v1/orders?limit=SECRET')).text).not.toContain('SECRET');
  });
});

describe('what a route does not know is refused with its name', () => {
  const names = (Object.keys(ROUTES) as RouteName[]).filter((n) => ROUTES[n].access !== 'open');

  it.each(names)('as a parameter: %s', async (name) => {
    const { client, path, body } = valid(name);
    const { method } = ROUTES[name];
    const query = name === 'getClaim' ? '?instalment=1&' : '?';
    const answer = await client.send(method, `${path}${query}bogusName=1`, body, headersOf(name));
    expect(expectProblem(answer, 'invalid_request', path)).toContain('bogusName');
  });

  // These judge each event or line by itself; OTLP asks its receivers to pass over what is unknown.
  const byItem: readonly RouteName[] = ['postEvents', 'postLogs', 'postRegistry'];
  const withBody = names.filter((name) => {
    const { method } = ROUTES[name];
    return (method === 'POST' || method === 'PUT') && !byItem.includes(name);
  });
  it.each(withBody)('as a field: %s', async (name) => {
    const { client, path, body } = valid(name);
    const answer = await client.send(ROUTES[name].method, path, {
      ...(body as object),
      bogusName: 1,
    });
    expect(expectProblem(answer, 'invalid_request', path)).toContain('bogusName');
  });

  it.each([
    [
      'putSolution',
      { normalFlow: { allOf: [{ metric: 'logins', per: 'day', atLeast: 1, bogusName: 1 }] } },
    ],
    ['putOrder', { closure: { date: '2023-03-01', proof: 'p', bogusName: 1 } }],
    ['putOrder', { termination: { date: '2023-03-01', reason: 'r', bogusName: 1 } }],
    ['putCase', { totalFlowTarget: { metric: 'logins', count: 1, bogusName: 1 } }],
  ] as const)('as a field inside a field: %s %o', async (name, change) => {
    const { client, path, body } = valid(name);
    const answer = await client.send('PUT', path, { ...(body as object), ...change });
    expect(expectProblem(answer, 'invalid_request', path)).toContain('bogusName');
  });

  it('in an event and in a line of a registry, which fail by themselves', async () => {
    const event = eventOf(own, { id: 'bogus', occurredAt: '2023-01-11T09:00:00Z', bogusName: 1 });
    const events = await own.vendor.post('/v1/events', event);
    expect(events.json()).toMatchObject({
      rejected: [{ code: 'unknown_field', detail: 'unknown field "bogusName"' }],
    });
    const line = { kind: 'vendor', id: 'b', name: 'b', taxId: newTaxId(), bogusName: 1 };
    const registry = await app.admin.post('/v1/registry', JSON.stringify(line), NDJSON);
    expect(registry.ok<{ results: { detail: string }[] }>().results[0]).toMatchObject({
      status: 'refused',
      code: 'invalid_request',
      detail: expect.stringContaining('bogusName'),
    });
  });

  /** A request that the route would take, but for what is added to it. */
  function valid(name: RouteName): { client: Client; path: string; body: unknown } {
    const path = ROUTES[name].path
      .replace(':orderId', own.orderId)
      .replace(':solutionId', own.solutionId)
      .replace(':vendorId', own.vendorId)
      .replace(':smeId', own.smeId)
      .replace(/:\w+/g, 'some');
    const access: Access = ROUTES[name].access;
    if (access === 'open') throw new RangeError(`${name} is open`);
    const client = Object.hasOwn(access, 'admin') ? app.admin : ownClient(access);
    const { vendorId, solutionId, smeId } = own;
    const bodies: Partial<Record<RouteName, unknown>> = {
      createKey: { role: 'auditor', label: 'x' },
      putVendor: { name: 'x', taxId: newTaxId() },
      putSolution: { ...SOLUTION, vendorId },
      putSme: { name: 'x' },
      putOrder: { ...ORDER, vendorId, solutionId, smeId },
      putCase: {
        name: 'c',
        kind: 'popular',
        periodStart: '2023-01-01',
        periodEnd: '2023-11-30',
        totalFlowTarget: { metric: 'logins', count: 1 },
      },
      postRegistry: '{}',
      postEvents: gzipSync('{}'),
      postVerification: {},
      drawClaim: { instalment: 1 },
      postReview: { decision: 'accept', reason: 'x' },
      postWhatIf: { normalFlow: SOLUTION.normalFlow },
    };
    return { client, path, body: bodies[name] };
  }

  function ownClient(access: object): Client {
    if (Object.hasOwn(access, 'claims')) return claims;
    return Object.hasOwn(access, 'vendor') ? own.vendor : auditor;
  }

  function headersOf(name: RouteName): Record<string, string> {
    if (name === 'postEvents') return { ...NDJSON, 'content-encoding': 'gzip' };
    return name === 'postRegistry' ? NDJSON : {};
  }
});
