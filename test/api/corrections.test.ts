import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventOf, type Seed, seed, startTestApp, type TestApp } from '../helpers/app.ts';

/** What was refused is kept, listed and can be sent again; what stands cannot be changed. */

let app: TestApp;
beforeAll(async () => {
  const began = Date.now();
  app = await startTestApp({ clock: () => Date.UTC(2023, 0, 12) + Date.now() - began });
});
afterAll(() => app.remove());

const occurredAt = '2023-01-11T09:00:00+08:00';
interface Reject {
  readonly id: string | null;
  readonly code: string;
}

/** The events of the first contract month, by what counts them. */
async function totalsOf({ orderId }: Seed) {
  const answer = await app.admin.get(`/v1/orders/${orderId}/months`);
  return answer.ok<{ months: { totals: Record<string, number> }[] }>().months[0]?.totals;
}
async function rejectsOf({ vendor }: Seed): Promise<Reject[]> {
  const { items } = (await vendor.get('/v1/rejects')).ok<{ items: Reject[] }>();
  return items.map(({ id, code }) => ({ id, code }));
}

describe('a refused event', () => {
  it.each<[string, Record<string, unknown>]>([
    ['unknown_field', { colour: 'red' }],
    ['missing_field', { actorId: null }],
    ['invalid_field', { occurredAt: '2023-01-11' }],
    ['unknown_solution', { solutionId: 'none' }],
    ['unknown_sme', { smeId: '00000000' }],
    ['unknown_action', { action: 'juggle' }],
    ['future_timestamp', { occurredAt: '2023-02-11T09:00:00+08:00' }],
    ['too_old', { occurredAt: '2019-01-11T09:00:00+08:00' }],
    ['too_large', { resource: 'x'.repeat(20_000) }],
  ])(
    'for %s is listed, and counts once it is corrected under its id (I-103)',
    async (code, fault) => {
      const seeded = await seed(app, `v-${code}`);
      const event = eventOf(seeded, { id: 'e-1', occurredAt });
      const refused = await seeded.vendor.post('/v1/events', { ...event, ...fault });
      expect(refused.ok(422)).toMatchObject({ accepted: 0, rejected: [{ id: 'e-1', code }] });
      expect(await rejectsOf(seeded)).toEqual([{ id: 'e-1', code }]);
      expect(await totalsOf(seeded)).toMatchObject({ events: 0, interactions: 0 });
      expect((await seeded.vendor.post('/v1/events', event)).ok()).toMatchObject({ accepted: 1 });
      expect(await totalsOf(seeded)).toMatchObject({ events: 1, interactions: 1 });
      // The refusal stays listed, and correcting it is no conflict.
      expect(await rejectsOf(seeded)).toEqual([{ id: 'e-1', code }]);
    },
  );
});

describe('an event that stands', () => {
  it('is not changed by a correction under its id: that is listed and not counted (I-103)', async () => {
    const seeded = await seed(app, 'stands');
    const first = eventOf(seeded, { id: 'e-1', occurredAt, action: 'login' });
    (await seeded.vendor.post('/v1/events', first)).ok();
    const changed = { ...first, action: 'create' };
    (await seeded.vendor.post('/v1/events', changed)).ok();
    (await seeded.vendor.post('/v1/events', changed)).ok();
    expect(await totalsOf(seeded)).toMatchObject({ events: 1, logins: 1, interactions: 0 });
    expect(await rejectsOf(seeded)).toEqual([
      { id: 'e-1', code: 'id_conflict' },
      { id: 'e-1', code: 'id_conflict' },
    ]);
    // Under an id of its own the correction counts.
    (await seeded.vendor.post('/v1/events', { ...changed, id: 'e-1-corrected' })).ok();
    expect(await totalsOf(seeded)).toMatchObject({ events: 2, logins: 1, interactions: 1 });
  });
});
