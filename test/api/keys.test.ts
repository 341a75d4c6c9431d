import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTaxId, seed, startTestApp, type TestApp } from '../helpers/app.ts';
import { filesHolding, piecesOf } from '../helpers/files.ts';
import { expectProblem } from '../helpers/problem.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

interface MadeKey {
  readonly keyId: string;
  readonly key: string;
}

describe('a key', () => {
  it('is shown once: no list and no other answer holds it or its hash (I-53)', async () => {
    const label = 'shown-once';
    const made = (await app.admin.post('/v1/keys', { role: 'auditor', label })).ok<MadeKey>(201);
    const listed = await app.admin.get('/v1/keys');
    expect(listed.text).toContain(made.keyId);
    expect(listed.text).not.toContain(made.key);
    expect(listed.text).not.toContain(hashOf(made.key));
    const item = listed.ok<{ items: MadeKey[] }>().items.find((k) => k.keyId === made.keyId);
    expect(Object.keys(item ?? {}).sort()).toEqual([
      'createdAt',
      'keyId',
      'label',
      'role',
      'smeId',
      'vendorId',
    ]);
  });

  it('is stored by its hash alone: no file of the data directory holds its text (I-53)', async () => {
    const label = 'label-that-is-findable';
    const made = (await app.admin.post('/v1/keys', { role: 'claims', label })).ok<MadeKey>(201);
    const secret = made.key.split('_').at(-1) ?? '';
    expect(secret.length).toBeGreaterThanOrEqual(48);
    expect(await filesHolding(app.dataDir, piecesOf(label))).not.toEqual([]);
    expect(await filesHolding(app.dataDir, piecesOf(hashOf(made.key)))).not.toEqual([]);
    expect(await filesHolding(app.dataDir, piecesOf(secret))).toEqual([]);
  });

  it('is refused from the moment its revocation is answered, others stay in force (I-53)', async () => {
    const body = { role: 'auditor', label: 'revoked' };
    const made = (await app.admin.post('/v1/keys', body)).ok<MadeKey>(201);
    const kept = (await app.admin.post('/v1/keys', body)).ok<MadeKey>(201);
    expect((await app.admin.as(made.key).get('/v1/orders')).status).toBe(200);
    expect((await app.admin.send('DELETE', `/v1/keys/${made.keyId}`, undefined)).status).toBe(204);
    const path = '/v1/orders';
    expectProblem(await app.admin.as(made.key).get(path), 'unauthenticated', path);
    expect((await app.admin.as(kept.key).get(path)).status).toBe(200);
    const again = await app.admin.send('DELETE', `/v1/keys/${made.keyId}`, undefined);
    expectProblem(again, 'not_found', `/v1/keys/${made.keyId}`);
    expect((await app.admin.get('/v1/keys')).text).not.toContain(made.keyId);
  });

  it('stays revoked, and others in force, after a restart', async () => {
    const body = { role: 'auditor', label: 'restart' };
    const gone = (await app.admin.post('/v1/keys', body)).ok<MadeKey>(201);
    const kept = (await app.admin.post('/v1/keys', body)).ok<MadeKey>(201);
    await app.admin.send('DELETE', `/v1/keys/${gone.keyId}`, undefined);
    await app.stop();
    app = await startTestApp({ dataDir: app.dataDir });
    expect((await app.admin.as(gone.key).get('/v1/orders')).status).toBe(401);
    expect((await app.admin.as(kept.key).get('/v1/orders')).status).toBe(200);
  });
});

describe('the binding of a key', () => {
  const binding = (body: object) => app.admin.post('/v1/keys', { label: 'x', ...body });

  it('asks a registered vendor or firm of exactly the roles that are bound to one', async () => {
    const { vendorId, smeId } = await seed(app, 'bound');
    for (const role of ['admin', 'auditor', 'claims']) {
      expectProblem(await binding({ role, vendorId }), 'invalid_request', '/v1/keys');
      expectProblem(await binding({ role, smeId }), 'invalid_request', '/v1/keys');
    }
    expectProblem(await binding({ role: 'vendor' }), 'invalid_request', '/v1/keys');
    expectProblem(await binding({ role: 'sme' }), 'invalid_request', '/v1/keys');
    expectProblem(
      await binding({ role: 'vendor', vendorId, smeId }),
      'invalid_request',
      '/v1/keys',
    );
    const unknown = await binding({ role: 'vendor', vendorId: 'nobody' });
    expectProblem(unknown, 'unknown_vendor', '/v1/keys');
    expectProblem(await binding({ role: 'sme', smeId: newTaxId() }), 'unknown_sme', '/v1/keys');
  });
});

describe('the administrator’s key', () => {
  it('is generated into admin.key, which only this user reads', () => {
    const path = join(app.dataDir, 'admin.key');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8').trim()).toBe(app.adminKey);
    expect(statSync(app.dataDir).mode & 0o077).toBe(0);
  });

  it('is in no other file', async () => {
    expect(await filesHolding(app.dataDir, [app.adminKey])).toEqual([`admin.key: ${app.adminKey}`]);
  });
});

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
