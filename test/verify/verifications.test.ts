import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CLOSE_DUE_CRON } from '../../core/jobs.ts';
import { WORKER_STALLED_MS } from '../../core/limits.ts';
import type { VerificationRequest } from '../../core/ports.ts';
import { connectRedis, openQueue, scheduleDaily } from '../../store/queues.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import { WorkerHealth } from '../../verify/health.ts';
import { VerificationQueue } from '../../verify/verifications.ts';
import { startVerifyWorker } from '../../verify/worker.ts';
import { numberOf, useDatabase } from '../helpers/database.ts';
import { useFolder } from '../helpers/folder.ts';
import { at, orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

const test = useDatabase();
const folder = useFolder();
let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis({ dataDir: folder.path });
});
afterAll(() => redis.stop());

/** Two solutions: two orders of the one, three of the other. */
function registryOfFive(test: string) {
  const [a, b] = [`a-${test}`, `b-${test}`];
  const orders = [0, 1, 2, 3, 4].map((i) =>
    orderEntry(`${test}-${i}`, i < 2 ? a : b, { smeId: String(10_000_000 + i) }),
  );
  return registryOf([...solutionEntries(a), ...solutionEntries(b), ...orders]);
}

const ALL: VerificationRequest = {
  orderIds: null,
  programme: null,
  asOfMs: at('2023-06-01'),
  nowMs: at('2023-06-01'),
  simulated: true,
};

function setUp(name: string, answerMs?: number) {
  const target = { redis: redis.connection, prefix: `test-${name}` };
  const registry = registryOfFive(name);
  const { queue, flows } = openQueue(target, answerMs);
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `${name}-${ids}`;
  };
  const verifications = new VerificationQueue({ queue, flows, registry, newId, ordersPerJob: 3 });
  const health = new WorkerHealth(queue, Date.now, { isDaily: false });
  const failures: string[] = [];
  const steps = { refreshed: 0, beforeEach: async () => {} };
  onTestFinished(async () => {
    await flows.close();
    await queue.close();
  });
  const startWorker = () => {
    const worker = startVerifyWorker({
      db: test.db,
      registry,
      refreshRegistry: async () => {
        steps.refreshed += 1;
        await steps.beforeEach();
      },
      sealingTurn: (work) => work(async () => undefined),
      verifications,
      target,
      clock: () => ALL.nowMs,
      simulated: true,
      loadedUntilMs: async () => ALL.nowMs,
      health,
      onFailure: (job, error) => failures.push(`${job}: ${error.message}`),
    });
    onTestFinished(() => worker.close());
    return worker;
  };
  const ended = async (id: string) => {
    for (;;) {
      const progress = await verifications.progress(id);
      if (progress?.state === 'done' || progress?.state === 'failed') return progress;
      await pause();
    }
  };
  const seals = () =>
    numberOf(test.db, `SELECT count() FROM month_results_v1 WHERE order_id LIKE '${name}-%'`);
  return {
    queue,
    flows,
    registry,
    verifications,
    steps,
    failures,
    startWorker,
    ended,
    seals,
    health,
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('a verification', () => {
  it('seals what is due of every order, some in each job, and says it is done', async () => {
    const t = setUp('all');
    const id = await t.verifications.request(ALL);
    expect(await t.verifications.progress(id)).toEqual({ state: 'queued', done: 0, total: 5 });
    t.startWorker();
    expect(await t.ended(id)).toEqual({ state: 'done', done: 5, total: 5 });
    expect(await t.seals()).toBe(5);
    expect(t.steps.refreshed).toBe(2);
    expect(t.failures).toEqual([]);
  });

  it('asked twice at once is one, and its work is done once (I-75)', async () => {
    const t = setUp('twice');
    const ids = await Promise.all(
      [ALL, { ...ALL }, { ...ALL, nowMs: ALL.nowMs + 5 }].map((r) => t.verifications.request(r)),
    );
    expect(ids).toEqual(['twice-1', 'twice-1', 'twice-1']);
    expect((await t.queue.getJobs()).map((job) => job.id).sort()).toEqual([
      'twice-1',
      'twice-1.0',
      'twice-1.1',
    ]);
    t.startWorker();
    await t.ended('twice-1');
    expect(t.steps.refreshed).toBe(2);
    expect(await t.seals()).toBe(5);
  });

  it('asked again after it ended does its work again, though Redis keeps the first (I-75)', async () => {
    const t = setUp('again');
    t.startWorker();
    const first = await t.verifications.request(ALL);
    await t.ended(first);
    const second = await t.verifications.request(ALL);
    expect(second).not.toBe(first);
    expect(await t.ended(second)).toEqual({ state: 'done', done: 5, total: 5 });
    expect(t.steps.refreshed).toBe(4);
    expect(await t.seals()).toBe(5);
    expect(await t.verifications.progress(first)).toEqual({ state: 'done', done: 5, total: 5 });
  });

  it('of another question is another one: other orders, programme or asOf', async () => {
    const t = setUp('other');
    const questions = [
      ALL,
      { ...ALL, orderIds: ['other-0'] },
      { ...ALL, programme: 'tcloud-2023' },
      { ...ALL, programme: 'industry-2022' },
      { ...ALL, asOfMs: ALL.asOfMs - 1 },
    ];
    const ids = [];
    for (const question of questions) ids.push(await t.verifications.request(question));
    expect(new Set(ids).size).toBe(5);
    const totals = await Promise.all(ids.map((id) => t.verifications.progress(id)));
    expect(totals.map((p) => p?.total)).toEqual([5, 1, 5, 0, 5]);
  });

  it('of orders that are named is about them alone; of none it is done at once', async () => {
    const t = setUp('named');
    t.startWorker();
    const id = await t.verifications.request({ ...ALL, orderIds: ['named-1', 'named-3', 'none'] });
    expect(await t.ended(id)).toEqual({ state: 'done', done: 2, total: 2 });
    expect(await t.seals()).toBe(2);
    const empty = await t.verifications.request({ ...ALL, orderIds: ['none'] });
    expect(await t.ended(empty)).toEqual({ state: 'done', done: 0, total: 0 });
  });

  it('shows the orders done while it runs, and is joined by who asks meanwhile', async () => {
    const t = setUp('progress');
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    // The job begun second waits.
    t.steps.beforeEach = () => (t.steps.refreshed === 2 ? gate : Promise.resolve());
    t.startWorker();
    const id = await t.verifications.request(ALL);
    let progress = await t.verifications.progress(id);
    while (progress?.done === 0) progress = await t.verifications.progress(id);
    expect(progress).toMatchObject({ state: 'running', total: 5 });
    expect([2, 3]).toContain(progress?.done);
    expect(await t.verifications.request(ALL)).toBe(id);
    open();
    expect(await t.ended(id)).toEqual({ state: 'done', done: 5, total: 5 });
  });

  it('never shows more orders done than asked for, though more were registered meanwhile', async () => {
    const t = setUp('grown');
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.steps.beforeEach = () => (t.steps.refreshed === 2 ? gate : Promise.resolve());
    const id = await t.verifications.request(ALL);
    for (const name of ['a-grown', 'b-grown']) {
      for (const i of [5, 6, 7, 8]) {
        const smeId = String(10_000_000 + i);
        t.registry.apply(orderEntry(`grown-${name}-${i}`, name, { smeId }));
      }
    }
    t.startWorker();
    let progress = await t.verifications.progress(id);
    while (progress?.done === 0) progress = await t.verifications.progress(id);
    expect(progress).toEqual({ state: 'running', done: 5, total: 5 });
    open();
    expect(await t.ended(id)).toEqual({ state: 'done', done: 5, total: 5 });
    expect(await t.seals()).toBe(13);
  });

  it('whose job fails twice and then succeeds ends done', async () => {
    const t = setUp('flaky');
    t.steps.beforeEach = async () => {
      if (t.steps.refreshed <= 2) throw new Error('not yet');
    };
    t.startWorker();
    const id = await t.verifications.request({ ...ALL, orderIds: ['flaky-0'] });
    expect(await t.ended(id)).toEqual({ state: 'done', done: 1, total: 1 });
    expect(t.failures).toEqual(['closeOrders: not yet', 'closeOrders: not yet']);
    expect(t.steps.refreshed).toBe(3);
    expect(await t.seals()).toBe(1);
  });

  it('with an order whose seal is broken does all others and fails at once: it names the order (I-181)', async () => {
    const t = setUp('broken');
    t.startWorker();
    await t.ended(await t.verifications.request(ALL));
    await test.db.writer.command({
      query: `ALTER TABLE month_results_v1 UPDATE digest = 'x' WHERE order_id = 'broken-3'
        SETTINGS mutations_sync = 2`,
    });
    const asOfMs = at('2023-09-01');
    const id = await t.verifications.request({ ...ALL, asOfMs });
    await t.ended(id);
    while ((await t.queue.getJobCountByTypes('waiting', 'active')) > 0) await pause();
    expect(await t.verifications.progress(id)).toEqual({ state: 'failed', done: 4, total: 5 });
    expect(await t.seals()).toBe(4 * 4 + 1);
    expect(t.failures.filter((text) => text.startsWith('closeOrders'))).toEqual([
      'closeOrders: left unsealed: month 1 of broken-3 differs from its digest',
    ]);
  });

  it('that was never asked for, or is only a part of one, is none', async () => {
    const t = setUp('none');
    const id = await t.verifications.request(ALL);
    expect(await t.verifications.progress('none-9')).toBeNull();
    expect(await t.verifications.progress(`${id}.0`)).toBeNull();
    expect(await t.verifications.progress('')).toBeNull();
  });
});

describe('a job', () => {
  it('is tried again soon, then every five minutes, for longer than an hour (I-182)', async () => {
    const t = setUp('hour');
    t.steps.beforeEach = () => Promise.reject(new Error('away'));
    t.startWorker();
    const id = await t.verifications.request({ ...ALL, orderIds: ['hour-0'] });
    const waitedMs: number[] = [];
    const isFailed = async () => (await t.verifications.progress(id))?.state === 'failed';
    for (;;) {
      const [job] = await t.queue.getDelayed();
      if (job !== undefined) {
        waitedMs.push(job.delay);
        await job.promote();
      } else if (await isFailed()) break;
      await pause();
    }
    expect(waitedMs.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(Math.max(...waitedMs)).toBe(300_000);
    expect(waitedMs.reduce((sum, ms) => sum + ms)).toBeGreaterThan(75 * 60_000);
    expect(t.failures.filter((text) => text === 'closeOrders: away')).toHaveLength(
      waitedMs.length + 1,
    );
  });

  it.each([
    ['closeOrders', { verificationId: 'x' }, 'carries an unreadable payload'],
    [
      'closeOrders',
      {
        verificationId: 'x',
        parts: [],
        orderIds: null,
        programme: null,
        asOfMs: '1',
        sealedAtMs: null,
      },
      'carries an unreadable payload',
    ],
    ['nonsense', {}, 'no such job'],
  ])('%s of %j fails for good, and is not tried again', async (name, data, text) => {
    const t = setUp(`bad-${name}-${Object.keys(data).length}`);
    t.startWorker();
    const job = await t.queue.add(name, data, { attempts: 5 });
    while (!(await job.isFailed())) await pause();
    expect(t.failures).toEqual([expect.stringContaining(text)]);
    expect((await t.queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
  });
});

describe('the daily closing', () => {
  it('is scheduled once, however often the process starts, shortly after midnight in Taipei', async () => {
    const t = setUp('daily');
    for (let i = 0; i < 3; i += 1) await scheduleDaily(t.queue, 'closeDue');
    const schedulers = await t.queue.getJobSchedulers();
    expect(schedulers).toMatchObject([
      { key: 'close-due', pattern: CLOSE_DUE_CRON, tz: 'Asia/Taipei' },
    ]);
    const taipei = new Date((schedulers[0]?.next ?? 0) + 8 * 3_600_000).toISOString();
    expect(taipei.slice(11)).toBe('00:05:00.000Z');
    expect(await t.queue.getDelayedCount()).toBe(1);
  });

  it('runs at a start too: what was due while nothing ran is sealed (I-74)', async () => {
    const t = setUp('start');
    t.startWorker();
    await scheduleDaily(t.queue, 'closeDue');
    while ((await t.seals()) < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    await t.ended('start-1');
    expect(await t.seals()).toBe(5);
  });
});

describe('the health of a worker', () => {
  it('is the age of its last success while a job waits, and not that it runs', async () => {
    const t = setUp('health');
    let nowMs = Date.now();
    const health = new WorkerHealth(t.queue, () => nowMs, { isDaily: false });
    nowMs += WORKER_STALLED_MS + 60_000;
    await expect(health.assertMoving()).resolves.toBeUndefined();
    await t.queue.add('closeDue', {});
    await expect(health.assertMoving()).rejects.toMatchObject({ code: 'store_unavailable' });
    health.succeeded();
    await expect(health.assertMoving()).resolves.toBeUndefined();
    nowMs += WORKER_STALLED_MS - 1;
    await expect(health.assertMoving()).resolves.toBeUndefined();
    nowMs += 1;
    await expect(health.assertMoving()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('takes no job for stuck that was tried a moment ago, however old it is', async () => {
    const t = setUp('tried');
    t.steps.beforeEach = () => Promise.reject(new Error('away'));
    let nowMs = Date.now() - WORKER_STALLED_MS;
    const health = new WorkerHealth(t.queue, () => nowMs, { isDaily: false });
    const orders = { parts: [], orderIds: null, programme: null };
    const payload = { verificationId: 'x', ...orders, asOfMs: 1, sealedAtMs: null };
    const old = { timestamp: nowMs, attempts: 2, backoff: 60_000 };
    const job = await t.queue.add('closeOrders', payload, old);
    const worker = t.startWorker();
    while (!(await job.isDelayed())) await pause();
    await worker.close();
    await job.promote();
    expect(await job.isWaiting()).toBe(true);
    nowMs += WORKER_STALLED_MS;
    await expect(health.assertMoving()).resolves.toBeUndefined();
    nowMs = Date.now() + WORKER_STALLED_MS;
    await expect(health.assertMoving()).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('where Redis takes what it is told and says nothing', () => {
  it('a request is told after a while to try again, and can (I-38)', async () => {
    const t = setUp('silent', 1_500);
    const admin = connectRedis(redis.connection);
    onTestFinished(async () => admin.disconnect());
    await Promise.all([t.queue.waitUntilReady(), t.flows.waitUntilReady()]);
    await admin.call('CLIENT', 'PAUSE', '4000', 'ALL');
    await expect(t.verifications.request(ALL)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryAfterS: 2,
    });
    await admin.ping();
    // Redis took the first asking all the same: it is joined.
    await expect(t.verifications.request(ALL)).resolves.toBe('silent-1');
    expect(await t.queue.getJobCountByTypes('waiting', 'waiting-children')).toBe(3);
  });
});

describe('without Redis', () => {
  it('a request fails at once with an error that says to try again', async () => {
    const t = setUp('gone');
    await t.verifications.request(ALL);
    // The last test of the file: nothing after it needs the server.
    await redis.stop();
    await expect(t.verifications.request({ ...ALL, asOfMs: 1 })).rejects.toMatchObject({
      code: 'store_unavailable',
      retryAfterS: 2,
    });
    await expect(t.verifications.progress('gone-1')).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});
