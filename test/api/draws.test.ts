import { afterEach, describe, expect, it } from 'vitest';
import { parseInstant } from '../../core/time.ts';
import {
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';
import { eventually } from '../helpers/process.ts';

let app: TestApp;
afterEach(() => app.remove());

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const drawPath = ({ orderId }: Seed) => `/v1/orders/${orderId}/claims`;

/** Use in the first three months, each sent in its own time. */
async function use(seeded: Seed, send: (day: string, events: unknown[]) => Promise<void>) {
  for (const day of ['2023-01-15', '2023-02-15', '2023-03-15']) {
    const events = [1, 2].map((n) =>
      eventOf(seeded, { id: `${day}-${n}`, occurredAt: `${day}T0${n}:00:00Z` }),
    );
    await send(day, events);
  }
}

describe('a draw with the date of an earlier application', () => {
  it('looks at what was found since: a month that is held by now is not paid (I-85)', async () => {
    app = await startTestApp({ simulated: true });
    const seeded = await seed(app, 'own');
    await use(seeded, async (day, events) => {
      const headers = { 'flowproof-now': `${day}T12:00:00Z` };
      (await seeded.vendor.post('/v1/events', events, headers)).ok();
    });
    const same = { name: 'own', taxId: seeded.smeId };
    (await app.admin.put('/v1/vendors/own', same)).ok();
    await verify(app.admin, '2023-04-18');
    const claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
    const answer = await claims.post(
      drawPath(seeded),
      { instalment: 1, asOf: '2023-04-17' },
      { 'flowproof-now': '2023-04-20T00:00:00+08:00' },
    );
    expectProblem(answer, 'not_eligible', drawPath(seeded));
    const { reasons } = answer.json<{ reasons: { code: string }[] }>();
    expect(reasons.map((r) => r.code)).toEqual(['months_not_claimable', 'months_held']);
  });
});

describe('with the real clock', { timeout: 120_000 }, () => {
  it('only sealed months are paid, and a verification seals them once all is stored (I-85)', async () => {
    let nowMs = at('2023-01-10T00:00:00+08:00');
    app = await startTestApp({ clock: () => nowMs });
    const seeded = await seed(app, 'real');
    await use(seeded, async (day, events) => {
      nowMs = at(`${day}T12:00:00Z`);
      (await seeded.vendor.post('/v1/events', events)).ok();
    });
    nowMs = at('2023-04-17T10:00:00+08:00');
    const claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
    const draw = () => claims.post(drawPath(seeded), { instalment: 1 });
    const early = await draw();
    expectProblem(early, 'not_eligible', drawPath(seeded));
    expect(early.text).toContain('months 1, 2, 3 wait for their seal');
    const isSealed = await eventually(async () => {
      (await app.admin.post('/v1/verifications', {})).ok(202);
      nowMs += 1_000;
      const { months } = (await claims.get(`/v1/orders/${seeded.orderId}/months`)).ok<{
        months: { seal: object | null }[];
      }>();
      return months.slice(0, 3).every((m) => m.seal !== null);
    }, 60_000);
    expect(isSealed).toBe(true);
    expect((await draw()).ok(201)).toMatchObject({ kind: 'claim', amountTwd: 2_400 });
  });
});
