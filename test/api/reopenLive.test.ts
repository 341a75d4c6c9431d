import { afterAll, beforeAll, expect, it } from 'vitest';
import { SEAL_DELAY_MS } from '../../core/limits.ts';
import { parseInstant } from '../../core/time.ts';
import { eventOf, newKey, seed, startTestApp, type TestApp } from '../helpers/app.ts';
import { eventually } from '../helpers/process.ts';

/** With the real clock: what was acknowledged a moment ago may still be in the spool. */

/** The load mark is said every second, and each round waits for it. */
const WITH_WAITS_MS = 120_000;

let app: TestApp;
let nowMs = parseInstant('2023-01-15T12:00:00+08:00') ?? 0;
beforeAll(async () => {
  app = await startTestApp({ clock: () => nowMs });
});
afterAll(() => app.remove());

it(
  'a reopening counts every event that was acknowledged before it, in the spool or not (I-133)',
  async () => {
    const seeded = await seed(app, 'live');
    const auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
    const path = `/v1/orders/${seeded.orderId}/months`;
    const sealed = async () => {
      nowMs += SEAL_DELAY_MS;
      (await app.admin.post('/v1/verifications', {})).ok(202);
      const { months } = (await auditor.get(path)).ok<{ months: { seal: object | null }[] }>();
      return months[0]?.seal !== null;
    };
    nowMs = parseInstant('2023-02-17T00:00:00+08:00') ?? 0;
    expect(await eventually(sealed, 60_000)).toBe(true);
    for (let round = 1; round <= 5; round += 1) {
      nowMs += 1_000;
      const events = Array.from({ length: 1_000 }, (_, i) =>
        eventOf(seeded, { id: `${round}-${i}`, occurredAt: '2023-01-15T09:00:00+08:00' }),
      );
      (await seeded.vendor.sendOnly('POST', '/v1/events', events)).ok();
      nowMs += 1;
      const body = { decision: 'reopen', reason: `round ${round}` };
      let made = await auditor.post(`${path}/1/reviews`, body);
      // Not all is stored yet.
      while (made.status === 503) made = await auditor.post(`${path}/1/reviews`, body);
      expect(made.ok(201)).toMatchObject({
        revision: 1 + round,
        result: { state: 'met', totals: { events: 1_000 * round } },
      });
    }
  },
  WITH_WAITS_MS,
);
