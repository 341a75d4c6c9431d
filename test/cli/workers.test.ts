import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Shutdown } from '../../cli/shutdown.ts';
import { startWorkers } from '../../cli/workers.ts';
import { readConfig } from '../../core/config.ts';
import { SCHEDULE_LOOK_MS } from '../../core/limits.ts';
import type { VerificationRequest } from '../../core/ports.ts';
import { storeFailure } from '../../store/failure.ts';
import { LiveRegistry } from '../../store/liveRegistry.ts';
import { connectRedis, openNotifyQueue, openQueue } from '../../store/queues.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import { WorkerHealth } from '../../verify/health.ts';
import { Warnings } from '../../verify/warnings.ts';
import { useDatabase } from '../helpers/database.ts';
import { useFolder } from '../helpers/folder.ts';

const test = useDatabase();
const folder = useFolder();
let server: PrivateRedis;
beforeAll(async () => {
  server = await startPrivateRedis({ dataDir: folder.path });
});
afterAll(() => server.stop());

const WEBHOOK = { WEBHOOK_URL: 'http://127.0.0.1:9/none', WEBHOOK_SECRET_FILE: 'x' };
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

/** Workers of a process with the real clock; every closing that they ask for goes to `ask`. */
async function setUp(prefix: string, ask: (request: VerificationRequest) => Promise<string>) {
  const target = { redis: server.connection, prefix };
  const { queue, flows } = openQueue(target);
  const redis = connectRedis(server.connection);
  const notify = openNotifyQueue(target);
  const registry = await LiveRegistry.open(test.db);
  const lines: string[] = [];
  const shutdown = new Shutdown();
  const health = new WorkerHealth(queue, Date.now, { isDaily: true });
  const verifications = { request: ask, progress: () => Promise.resolve(null) };
  const warnings = new Warnings(test.db, registry.view);
  const config = readConfig({ DATA_DIR: folder.path, ...WEBHOOK }, () => SECRET);
  const logger = pino({ level: 'error' }, { write: (line) => void lines.push(line) });
  const parts = { config, db: test.db, registry, verifications, warnings, queue, redis, target };
  await startWorkers({ ...parts, health, clock: Date.now, logger, shutdown });
  onTestFinished(async () => {
    await shutdown.run();
    for (const part of [notify, flows, queue]) await part.close();
    redis.disconnect();
  });
  return { queue, notify, redis, health, lines };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('a Redis that comes back empty', () => {
  it('has the daily closing and the daily look again within a minute, and one of each now (I-180)', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    let asked = 0;
    const t = await setUp('empty', async () => {
      asked += 1;
      return 'id';
    });
    while (asked === 0) await pause();
    vi.advanceTimersByTime(SCHEDULE_LOOK_MS);
    await expect(t.health.assertMoving()).resolves.toBeUndefined();
    expect(t.lines.filter((line) => line.includes('schedule'))).toEqual([]);
    await t.redis.flushall();
    await expect(t.health.assertMoving()).rejects.toMatchObject({ code: 'store_unavailable' });
    vi.advanceTimersByTime(SCHEDULE_LOOK_MS);
    while (asked === 1) await pause();
    while ((await t.notify.getJobSchedulersCount()) === 0) await pause();
    expect(await t.queue.getJobSchedulersCount()).toBe(1);
    expect(await t.notify.getJobCountByTypes('waiting', 'active', 'delayed', 'completed')).toBe(2);
    await expect(t.health.assertMoving()).resolves.toBeUndefined();
    expect(asked).toBe(2);
    expect(t.lines.filter((line) => line.includes('schedule'))).toHaveLength(2);
  });
});

describe('a job that fails', () => {
  it('is logged with what failed, the code of why and the place, and nothing that an engine quotes (I-183)', async () => {
    const quoting = Object.assign(new Error('row 1:\n(amy, 0912)'), { code: '241' });
    const t = await setUp('fails', () => Promise.reject(storeFailure('query x failed', quoting)));
    const logged = () => t.lines.find((line) => line.includes('"closeDue"'));
    while (logged() === undefined) await pause();
    const line: unknown = JSON.parse(logged() ?? '');
    expect(line).toMatchObject({
      msg: 'job failed',
      job: 'closeDue',
      cause: 'FlowproofError: The store did not answer; try again. (query x failed) 241',
      stack: expect.stringMatching(/^ {4}at .*storeFailure .*\n {4}at /),
    });
    expect(JSON.stringify(line)).not.toContain('amy');
  });
});
