import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import { type Answer, eventOf, type Seed, seed } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { expectProblem } from '../helpers/problem.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';

/** A real server that admits 5,000 events a minute of each vendor: what one request may hold. */

const folder = useFolder();
let server: ServeProcess;
beforeAll(async () => {
  server = await startServe(folder.path, { QUOTA_EVENTS_PER_MINUTE: String(BATCH_EVENTS_MAX) });
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
});

const now = new Date().toISOString();
function send({ vendor, ...seeded }: Seed, count: number, name: string): Promise<Answer> {
  const events = Array.from({ length: count }, (_, i) =>
    eventOf(seeded, { id: `${name}-${i}`, occurredAt: now }),
  );
  return vendor.sendOnly('POST', '/v1/events', events);
}

describe('over its quota', () => {
  it('a vendor is told when to come back, and nothing of the request is taken (I-100)', async () => {
    const seeded = await seed(server, 'over');
    (await send(seeded, BATCH_EVENTS_MAX - 1, 'first')).ok();
    const refused = await send(seeded, 2, 'second');
    expect(expectProblem(refused, 'over_quota', '/v1/events')).toContain('5000 events a minute');
    const retryAfterS = Number(refused.headers.get('retry-after'));
    expect(retryAfterS).toBeGreaterThanOrEqual(1);
    expect(retryAfterS).toBeLessThanOrEqual(60);
    // What was refused counted nothing: the one event that is left is admitted, and no other.
    expect((await send(seeded, 1, 'third')).ok()).toMatchObject({ accepted: 1 });
    expect((await send(seeded, 1, 'fourth')).status).toBe(429);
    const order = `/v1/orders/${seeded.orderId}/events`;
    const stored = (await seeded.vendor.get(`${order}?limit=1000`)).text;
    expect(stored).not.toContain('second-0');
    expect((await seeded.vendor.get('/v1/rejects')).ok()).toEqual({ items: [], nextCursor: null });
  });

  it('a vendor is refused in OTLP too, and others are not (I-100)', async () => {
    const [used, other] = [await seed(server, 'used'), await seed(server, 'other')];
    (await send(used, BATCH_EVENTS_MAX, 'all')).ok();
    const logs = await used.vendor.sendOnly('POST', '/v1/logs', { resourceLogs: [] });
    expectProblem(logs, 'over_quota', '/v1/logs');
    (await send(other, BATCH_EVENTS_MAX, 'all')).ok();
  });
});

it('counts no request that could not be read at all (I-100)', async () => {
  const seeded = await seed(server, 'unread');
  const tooMany = JSON.stringify(Array(BATCH_EVENTS_MAX + 1).fill({}));
  const type = { 'content-type': 'application/json' };
  for (const [body, status] of [
    ['{"id":', 400],
    ['[]', 400],
    [tooMany, 413],
  ] as const) {
    const answer = await seeded.vendor.sendOnly('POST', '/v1/events', body, type);
    expect(answer.status).toBe(status);
  }
  (await send(seeded, BATCH_EVENTS_MAX, 'whole')).ok();
});
