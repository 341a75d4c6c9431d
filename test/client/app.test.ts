import { FlowproofClient } from 'flowproof/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Seed, seed, startTestApp, type TestApp } from '../helpers/app.ts';
import { countedOf, RUNNING } from '../helpers/recipes.ts';

/** The client against the server itself. */

let app: TestApp;
let own: Seed;
beforeAll(async () => {
  app = await startTestApp();
  own = await seed(app, 'own', { order: RUNNING });
});
afterAll(() => app.remove());

const clientOf = (key = own.vendor.key ?? '') => new FlowproofClient({ url: app.url, key });
function event(fields: object = {}) {
  const { solutionId, smeId } = own;
  return { solutionId, smeId, actorId: 'u', action: 'create', occurredAt: new Date(), ...fields };
}

async function counted(prefix: string, count: number): Promise<Record<string, boolean>> {
  for (;;) {
    const found = await countedOf(app, own.orderId, prefix);
    if (Object.keys(found).length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the client', () => {
  it('delivers, and what was delivered counts, once however often it is sent', async () => {
    const ids = Array.from({ length: 600 }, (_, i) => `once-${i}`);
    const events = ids.map((id, seq) => event({ id, seq }));
    for (const _ of [1, 2]) {
      const summary = await clientOf().send(events);
      expect(summary).toEqual({ sent: 600, accepted: 600, rejected: [] });
    }
    const found = await counted('once-', 600);
    expect(found).toEqual(Object.fromEntries(ids.map((id) => [id, true])));
  });

  it('delivers from a buffer', async () => {
    const fail = (told: unknown) => {
      throw new Error(`told ${JSON.stringify(told)}`);
    };
    const buffer = clientOf().buffer({ onRejected: fail, onError: fail });
    const ids = Array.from({ length: 30 }, (_, i) => buffer.add(event({ id: `buffer-${i}` })));
    await buffer.close();
    expect(Object.keys(await counted('buffer-', 30)).sort()).toEqual(ids.sort());
  });

  it('fills requests to the limit of the server, and tells what was refused by its place', async () => {
    const events = Array.from({ length: 5_002 }, (_, i) => event({ id: `many-${i}` }));
    const [bad, worse] = [event({ id: 'many-b', action: 'dance' }), event({ smeId: '99999999' })];
    const { sent, accepted, rejected } = await clientOf().send([bad, ...events, worse]);
    expect([sent, accepted]).toEqual([5_004, 5_002]);
    expect(rejected.map(({ index, code }) => [index, code])).toEqual([
      [0, 'unknown_action'],
      [5_003, 'unknown_sme'],
    ]);
    expect(rejected[1]?.id).toMatch(/^[\w-]{36}$/);
  });

  it('answers where all were refused, as the server does', async () => {
    const { accepted, rejected } = await clientOf().send([event({ action: 'dance' })]);
    expect([accepted, rejected.length]).toEqual([0, 1]);
  });

  it.each([
    ['an unknown key', 'fp_vendor_unknownkey0123456789', 401, 'unauthenticated'],
    ['a key of another role', '', 403, 'forbidden'],
  ])('throws the problem of the server: %s', async (_, key, status, code) => {
    const sent = clientOf(key || app.adminKey).send([event()]);
    await expect(sent).rejects.toMatchObject({ status, code, problem: { status, code } });
  });
});
