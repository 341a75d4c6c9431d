import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Access, KEY_ROLES, type KeyRole, ROUTES, type RouteName } from '../../core/routes.ts';
import {
  type Answer,
  type Client,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';

let app: TestApp;
let own: Seed;
let foreign: Seed;
let keys: Record<KeyRole, Client>;

beforeAll(async () => {
  app = await startTestApp();
  own = await seed(app, 'own');
  foreign = await seed(app, 'foreign');
  keys = {
    admin: app.admin,
    vendor: own.vendor,
    sme: own.sme,
    auditor: app.admin.as(await newKey(app.admin, { role: 'auditor' })),
    claims: app.admin.as(await newKey(app.admin, { role: 'claims' })),
  };
});
afterAll(() => app.remove());

const NAMES = Object.keys(ROUTES) as RouteName[];

describe('the route table', () => {
  it('is served whole, and nothing is served beside it (I-51)', async () => {
    const described = (await app.admin.get('/openapi.json')).ok<{
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    }>();
    const served = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const listed = NAMES.filter((name) => name !== 'openapi').map((name) => {
      const { method, path } = ROUTES[name];
      return `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;
    });
    expect(described.openapi).toBe('3.1.0');
    expect(served.sort()).toEqual(listed.sort());
  });

  it('refuses a route that is not declared in it before the server can listen (I-51)', async () => {
    const { registerHooks } = await import('../../api/hooks.ts');
    const server = fastify();
    registerHooks(server, {} as Parameters<typeof registerHooks>[1], {});
    expect(() => server.get('/v1/secret', async () => 'x')).toThrow(
      'GET /v1/secret is not in the route table',
    );
    expect(() =>
      server.get('/healthz', { config: { route: 'healthz' } }, async () => 'x'),
    ).not.toThrow();
    await server.close();
  });
});

describe('every route and every role', () => {
  it('answers 401 without a key, with garbage and with a revoked key, unless it is open', async () => {
    const made = await app.admin.post('/v1/keys', { role: 'admin', label: 'revoked' });
    const { keyId, key } = made.ok<{ keyId: string; key: string }>(201);
    expect((await app.admin.send('DELETE', `/v1/keys/${keyId}`, undefined)).status).toBe(204);
    for (const name of NAMES) {
      for (const bad of [null, 'garbage', `${app.adminKey}x`, key]) {
        const answer = await call(name, app.admin.as(bad));
        const expected = ROUTES[name].access === 'open' ? 200 : 401;
        expect(`${name} ${answer.status}`).toBe(`${name} ${expected}`);
        if (expected === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });

  it.each(KEY_ROLES)('lets the role %s in exactly where the table says so (I-51)', async (role) => {
    for (const name of NAMES) {
      const allowed = mayCall(name, role);
      const answer = await call(name, keys[role]);
      const seen = answer.status === 403 ? 'refused' : 'let in';
      expect(`${name}: ${seen}`).toBe(`${name}: ${allowed ? 'let in' : 'refused'}`);
      expect(answer.status, `${name} ${answer.text}`).toBeLessThan(500);
      expect(answer.status).not.toBe(401);
    }
  });

  it('takes the scheme in any case, and no other scheme', async () => {
    const as = (authorization: string) => app.admin.as(null).get('/v1/orders', { authorization });
    expect((await as(`bearer ${app.adminKey}`)).status).toBe(200);
    expect((await as(`BEARER ${app.adminKey}`)).status).toBe(200);
    expect((await as(`Basic ${app.adminKey}`)).status).toBe(401);
    expect((await as(app.adminKey)).status).toBe(401);
    expect((await as('Bearer ')).status).toBe(401);
  });
});

describe('what a key may not see answers exactly as what does not exist', () => {
  const orderRoutes = NAMES.filter((name) => ROUTES[name].path.includes(':orderId'));

  it.each(['vendor', 'sme'] as const)(
    'for every route of a foreign order, role %s (I-52)',
    async (role) => {
      const readable = orderRoutes.filter((name) => mayCall(name, role));
      expect(readable.length).toBeGreaterThan(4);
      for (const name of readable) {
        const other = await call(name, keys[role], foreign.orderId);
        const absent = await call(name, keys[role], 'absent-o');
        expect(`${name} ${other.status}`).toBe(`${name} 404`);
        expect(plain(other, foreign.orderId)).toEqual(plain(absent, 'absent-o'));
      }
    },
  );

  it('for a batch of another vendor (I-52)', async () => {
    const sent = await foreign.vendor.post(
      '/v1/events',
      eventOf(foreign, { id: 'f1', occurredAt: '2023-01-11T09:00:00+08:00' }),
    );
    const { batchId } = sent.ok<{ batchId: string }>();
    const absent = 'b7f5d4a2-0000-4000-8000-000000000000';
    const other = await own.vendor.get(`/v1/batches/${batchId}`);
    const none = await own.vendor.get(`/v1/batches/${absent}`);
    expect(other.status).toBe(404);
    expect(plain(other, batchId)).toEqual(plain(none, absent));
    expect((await foreign.vendor.get(`/v1/batches/${batchId}`)).status).toBe(200);
    expect((await keys.auditor.get(`/v1/batches/${batchId}`)).status).toBe(200);
  });

  it('and lists hold only what is the caller’s own, whatever the filter says (I-52)', async () => {
    for (const role of ['vendor', 'sme'] as const) {
      const mine = (await keys[role].get('/v1/orders')).ok<{ items: { orderId: string }[] }>();
      expect(mine.items.map((o) => o.orderId)).toEqual([own.orderId]);
      const asked = await keys[role].get(`/v1/orders?vendorId=${foreign.vendorId}`);
      expect(asked.ok()).toEqual({ items: [], nextCursor: null });
    }
  });
});

function mayCall(name: RouteName, role: KeyRole): boolean {
  const access: Access = ROUTES[name].access;
  return access === 'open' || access[role] !== undefined;
}

/** A well-formed request of a route: what is refused then is refused for the key. */
function call(name: RouteName, client: Client, orderId: string = own.orderId): Promise<Answer> {
  const { method, path } = ROUTES[name];
  const filled = path.replace(':orderId', orderId).replace(/:\w+/g, 'absent');
  const query = name === 'getClaim' ? '?instalment=1' : '';
  const hasBody = method === 'POST' || method === 'PUT';
  return client.send(method, `${filled}${query}`, hasBody ? {} : undefined);
}

/** An answer without what differs between any two requests. */
function plain(answer: Answer, id: string) {
  const headers = Object.fromEntries(answer.headers);
  const { date: _date, 'x-request-id': _id, 'content-length': _length, ...rest } = headers;
  return { status: answer.status, text: answer.text.replaceAll(id, 'ID'), headers: rest };
}

describe('the links of an explanation', () => {
  it('are those that their reader may open, and none else (I-155)', async () => {
    const { solutionId, smeId, orderId } = own;
    for (const action of ['create', 'query']) {
      const fields = { id: 'linked', action, occurredAt: '2023-01-15T09:00:00+08:00' };
      (await own.vendor.post('/v1/events', eventOf({ solutionId, smeId }, fields))).ok();
    }
    const answers: string[] = [];
    for (const [role, client] of Object.entries(keys)) {
      const explained = (await client.get(`/v1/orders/${orderId}/months/1/explanation`)).ok<{
        rows: string | null;
        excluded: { reason: string; rows: string | null }[];
      }>();
      for (const { reason, rows } of [
        { reason: 'month', rows: explained.rows },
        ...explained.excluded,
      ]) {
        if (rows !== null) (await client.get(rows)).ok();
        answers.push(`${role} ${reason}: ${rows === null ? 'none' : 'opens'}`);
      }
    }
    expect(answers).toEqual(
      [
        ['admin', 'opens', 'none'],
        ['vendor', 'opens', 'opens'],
        ['sme', 'opens', 'none'],
        ['auditor', 'opens', 'opens'],
        ['claims', 'none', 'none'],
      ].flatMap(([role, events, rejects]) => [
        `${role} month: ${events}`,
        `${role} late: ${events}`,
        `${role} conflict: ${rejects}`,
      ]),
    );
  });
});
