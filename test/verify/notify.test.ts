import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RegistryEntry } from '../../core/entries.ts';
import { WARNING_LOAD_LAG_MAX_MS } from '../../core/limits.ts';
import { addDays, dateOf, startOfDay } from '../../core/time.ts';
import { jobOptions, openNotifyQueue, scheduleDaily } from '../../store/queues.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import { startNotifyWorker } from '../../verify/notify.ts';
import { Warnings } from '../../verify/warnings.ts';
import { useDatabase } from '../helpers/database.ts';
import { useFolder } from '../helpers/folder.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const folder = useFolder();
let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis({ dataDir: folder.path });
});
afterAll(() => redis.stop());

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
/** Ten days under way: silent, and twenty days to go. */
const BEGUN = { contractStart: addDays(dateOf(Date.now()), -10), contractMonths: 4 };

/** The time between tries is long enough that the test brings the next one on. */
const TRIED_AGAIN = jobOptions('deliverWarning');

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks that answers the statuses in turn, then 204. */
async function receiver(...statuses: number[]) {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(statuses.shift() ?? 204, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, received };
}

function setUp(name: string, url: string, firms = 1) {
  const orders = Array.from({ length: firms }, (_, i) =>
    orderEntry(`${name}-${i}`, name, { ...BEGUN, smeId: String(10_000_000 + i) }),
  );
  const registry = registryOf([...solutionEntries(name), ...orders]);
  const target = { redis: redis.connection, prefix: `test-${name}` };
  const queue = openNotifyQueue(target);
  onTestFinished(() => queue.close());
  const failures: string[] = [];
  /** What another process entered, and this one has not taken in yet. */
  const entered: RegistryEntry[] = [];
  /** How far the loader is behind. */
  const load = { behindMs: 0 };
  let runs = 0;
  const start = () => {
    const worker = startNotifyWorker({
      db: test.db,
      registry,
      refreshRegistry: async () => {
        for (const entry of entered.splice(0)) registry.apply(entry);
      },
      warnings: new Warnings(test.db, registry),
      webhook: { url, secret: SECRET },
      queue,
      target,
      clock: Date.now,
      loadedUntilMs: async () => Date.now() - load.behindMs,
      newId: () => {
        runs += 1;
        return `run-${runs}`;
      },
      onFailure: (_, error) => failures.push(error.message),
    });
    onTestFinished(() => worker.close());
    return worker;
  };
  /** Looks once, and waits until nothing waits but what failed and comes back later. */
  const look = async () => {
    const job = await queue.add('warnDue', {});
    while (!(await job.isCompleted())) {
      if (await job.isFailed()) throw new Error(`the look failed: ${failures.join(', ')}`);
      await pause();
    }
    await settled();
  };
  const settled = async () => {
    while ((await queue.getJobCountByTypes('waiting', 'active', 'prioritized')) > 0) await pause();
  };
  /** What failed waits for its next trial, which comes at once. */
  const retryNow = async () => {
    while ((await queue.getDelayedCount()) === 0) await pause();
    const [job] = await queue.getDelayed();
    await job?.promote();
    while ((await queue.getDelayedCount()) === 0 && !(await job?.isCompleted())) await pause();
  };
  return { queue, failures, entered, load, start, look, retryNow };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a firm that goes silent', () => {
  it('is told of by a signed message that names no person (I-107)', async () => {
    const { url, received } = await receiver();
    const t = setUp('signed', url);
    // Used on the first day, by a person from an address, in a session.
    const occurredAtMs = startOfDay(BEGUN.contractStart) + 1_000;
    const [actor, address] = [1234567890123456789n, 987654321098765432n];
    const person = { actor, address, sessionId: 'session-of-amy', resource: 'desk-of-amy' };
    const use = { solutionId: 's-signed', smeId: '10000000', occurredAtMs, ...person };
    await insertEvents(test.db, [storedEvent({ ...use, eventId: 'event-of-amy' })]);
    t.start();
    await t.look();
    expect(received).toHaveLength(1);
    const [{ headers, body }] = received as [Received];
    const message = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    expect(headers['webhook-id']).toBe('silent.signed-0.1');
    expect(message).toEqual({
      type: 'usage.silent',
      timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*\+08:00$/),
      data: {
        orderId: 'signed-0',
        programme: 'tcloud-2023',
        vendorId: 'v-signed',
        solutionId: 's-signed',
        smeId: '10000000',
        month: 1,
        start: BEGUN.contractStart,
        endExclusive: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        daysLeft: expect.any(Number),
        silentDays: expect.any(Number),
        lastUseOn: BEGUN.contractStart,
        weekEndExclusive: null,
        dayEndExclusive: null,
        totals: { logins: 0, interactions: 1, activeUsers: 1, events: 1 },
        criteria: [
          {
            ...{ metric: 'interactions', per: 'month', atLeast: 2, in: null },
            cycles: [expect.objectContaining({ start: BEGUN.contractStart, value: 1 })],
            ...{ cyclesMet: 0, cyclesAsked: 1, met: false },
          },
        ],
      },
    });
    const told = body + JSON.stringify(headers);
    for (const personal of [actor, address, 'amy']) expect(told).not.toContain(String(personal));
    const other = new Webhook(`whsec_${Buffer.alloc(32, 6).toString('base64')}`);
    expect(() => other.verify(body, headers as Record<string, string>)).toThrow();
  });

  it('is told of once a month, however often it is looked for (I-108)', async () => {
    const { url, received } = await receiver();
    const t = setUp('once', url, 3);
    const first = t.start();
    await t.look();
    await t.look();
    await first.close();
    t.start();
    await t.look();
    expect(received.map((r) => r.headers['webhook-id']).sort()).toEqual([
      'silent.once-0.1',
      'silent.once-1.1',
      'silent.once-2.1',
    ]);
  });

  it.each([
    ['fails', 503],
    ['sends elsewhere', 302],
    ['refuses', 400],
  ])('is told of again, under the same id, where the receiver %s (I-108)', async (_, status) => {
    const { url, received } = await receiver(status, status);
    const t = setUp(`again-${status}`, url);
    t.start();
    await t.look();
    await t.retryNow();
    while (t.failures.length < 2) await pause();
    expect(t.failures).toEqual(Array(2).fill(`the receiver of warnings answered ${status}`));
    await t.retryNow();
    await t.look();
    expect(received.map((r) => r.headers['webhook-id'])).toEqual(
      Array(3).fill(`silent.again-${status}-0.1`),
    );
  });

  it('and comes back between two tries is told of no more', async () => {
    const { url, received } = await receiver(503);
    const t = setUp('back', url, 2);
    t.start();
    await t.queue.add('deliverWarning', { orderId: 'back-0', month: 1 }, TRIED_AGAIN);
    while (t.failures.length === 0) await pause();
    const occurredAtMs = Date.now() - 60_000;
    const [solutionId, vendorId] = ['s-back', 'v-back'];
    const use = storedEvent({ solutionId, vendorId, smeId: '10000000', occurredAtMs });
    await insertEvents(test.db, [use]);
    await t.retryNow();
    await t.look();
    expect(received.map((r) => r.headers['webhook-id'])).toEqual([
      'silent.back-0.1',
      'silent.back-1.1',
    ]);
    expect(t.failures).toHaveLength(1);
  });

  it('and whose order ended between two tries is told of no more (I-109)', async () => {
    const { url, received } = await receiver(503);
    const t = setUp('ended', url);
    t.start();
    await t.queue.add('deliverWarning', { orderId: 'ended-0', month: 1 }, TRIED_AGAIN);
    while (t.failures.length === 0) await pause();
    const termination = { date: addDays(BEGUN.contractStart, 1), reason: 'r' };
    t.entered.push(orderEntry('ended-0', 'ended', { ...BEGUN, smeId: '10000000', termination }));
    await t.retryNow();
    expect(received.map((r) => r.headers['webhook-id'])).toEqual(['silent.ended-0.1']);
    expect(t.failures).toHaveLength(1);
  });

  it('is told of by a store that has what was received, and by no other (I-179)', async () => {
    const { url, received } = await receiver();
    const t = setUp('behind', url, 2);
    t.load.behindMs = WARNING_LOAD_LAG_MAX_MS + 1_000;
    t.start();
    const look = await t.queue.add('warnDue', {});
    while (!(await look.isFailed())) await pause();
    const tries = ['behind-0', 'behind-1'].map((orderId) => ({
      name: 'deliverWarning',
      data: { orderId, month: 1 },
      opts: TRIED_AGAIN,
    }));
    await t.queue.addBulk(tries);
    while (t.failures.length < 3) await pause();
    expect(received).toEqual([]);
    // What waited is loaded: one of the two was never silent.
    const occurredAtMs = Date.now() - 60_000;
    const [solutionId, vendorId] = ['s-behind', 'v-behind'];
    const use = storedEvent({ solutionId, vendorId, smeId: '10000000', occurredAtMs });
    await insertEvents(test.db, [use]);
    t.load.behindMs = 0;
    for (const job of await t.queue.getDelayed()) await job.promote();
    await t.look();
    expect(received.map((r) => r.headers['webhook-id'])).toEqual(['silent.behind-1.1']);
  });

  it('is not told of again when two looks asked for it before the first was delivered', async () => {
    const { url, received } = await receiver();
    const t = setUp('both', url);
    await t.queue.addBulk([
      { name: 'deliverWarning', data: { orderId: 'both-0', month: 1 } },
      { name: 'deliverWarning', data: { orderId: 'both-0', month: 1 } },
    ]);
    t.start();
    await t.look();
    expect(received).toHaveLength(1);
  });
});

describe('the daily look', () => {
  it('is asked for once however often the process starts, and once at each start', async () => {
    const t = setUp('daily', 'http://127.0.0.1:9/none');
    await scheduleDaily(t.queue, 'warnDue');
    await scheduleDaily(t.queue, 'warnDue');
    expect(await t.queue.getJobSchedulersCount()).toBe(1);
    expect(await t.queue.getWaitingCount()).toBe(2);
  });
});
