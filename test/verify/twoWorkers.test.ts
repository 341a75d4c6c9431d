import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { VerificationRequest } from '../../core/ports.ts';
import { connectRedis, openQueue } from '../../store/queues.ts';
import { RedisLock } from '../../store/redisLock.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import type { SealingTurn } from '../../verify/close.ts';
import { WorkerHealth } from '../../verify/health.ts';
import { VerificationQueue } from '../../verify/verifications.ts';
import { startVerifyWorker } from '../../verify/worker.ts';
import { rowsOf, useDatabase } from '../helpers/database.ts';
import { useFolder } from '../helpers/folder.ts';
import { at, orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

const test = useDatabase();
const folder = useFolder();
let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis({ dataDir: folder.path });
});
afterAll(() => redis.stop());

const connection = () => {
  const client = connectRedis(redis.connection);
  onTestFinished(async () => client.disconnect());
  return client;
};

/** Resolves when so many have come. */
function meeting(count: number): () => Promise<void> {
  let here = 0;
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    here += 1;
    if (here === count) open();
    return all;
  };
}

/** Two verifications of the same orders, each in a worker of its own; both have judged when one seals. */
async function sealedByTwo(name: string, turnOf: () => SealingTurn) {
  const registry = registryOf([
    ...solutionEntries(name),
    ...[0, 1, 2].map((i) => orderEntry(`${name}-${i}`, name, { smeId: `1000000${i}` })),
  ]);
  const target = { redis: redis.connection, prefix: name };
  const { queue, flows } = openQueue(target);
  const both = meeting(2);
  const failures: string[] = [];
  const ids = [at('2023-06-01'), at('2023-06-02')].map(async (asOfMs, i) => {
    const verifications = new VerificationQueue({ queue, flows, registry, newId: randomUUID });
    const turn = turnOf();
    const worker = startVerifyWorker({
      db: test.db,
      registry,
      refreshRegistry: async () => {},
      sealingTurn: (work) => both().then(() => turn(work)),
      verifications,
      target,
      clock: () => asOfMs + i,
      simulated: true,
      loadedUntilMs: async () => asOfMs,
      health: new WorkerHealth(queue, Date.now),
      onFailure: (job, error) => failures.push(`${job}: ${error.message}`),
    });
    onTestFinished(() => worker.close());
    const request: VerificationRequest = {
      orderIds: null,
      programme: null,
      asOfMs,
      nowMs: asOfMs,
      simulated: true,
    };
    const id = await verifications.request(request);
    for (;;) {
      const state = (await verifications.progress(id))?.state;
      if (state === 'done' || state === 'failed') return state;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const states = await Promise.all(ids);
  await flows.close();
  await queue.close();
  expect({ states, failures }).toEqual({ states: ['done', 'done'], failures: [] });
  const rows = await rowsOf<{ place: string }>(
    test.db,
    `SELECT concat(order_id, ' ', toString(month), ' ', toString(revision)) AS place
      FROM month_results_v1 WHERE startsWith(order_id, '${name}-') ORDER BY place`,
  );
  return rows.map((row) => row.place);
}

const locked = (key: string) => (): SealingTurn => {
  const lock = new RedisLock(connection(), key, randomUUID);
  return (work) => lock.run(work);
};

describe('two workers that close the same orders at once', () => {
  it('write each revision once where they take turns (I-36)', async () => {
    const places = await sealedByTwo('turns', locked('turns:sealing'));
    expect(places).toEqual(['turns-0 1 1', 'turns-1 1 1', 'turns-2 1 1']);
  });
});

describe('the lock of Redis', () => {
  it('has one holder at a time, and each its turn', async () => {
    const held: string[] = [];
    const once = async (name: string) => {
      await new RedisLock(connection(), 'one', randomUUID).run(async (confirm) => {
        held.push(`${name} in`);
        await confirm();
        await new Promise((resolve) => setTimeout(resolve, 20));
        held.push(`${name} out`);
      });
    };
    await Promise.all(['a', 'b', 'c'].map(once));
    const names = held.filter((_, i) => i % 2 === 0).map((text) => text.slice(0, 1));
    expect(names.toSorted()).toEqual(['a', 'b', 'c']);
    expect(held).toEqual(names.flatMap((name) => [`${name} in`, `${name} out`]));
  });

  it('is let go where the work fails', async () => {
    const lock = new RedisLock(connection(), 'fails', randomUUID);
    await expect(lock.run(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await connection().exists('fails')).toBe(0);
  });

  it('is kept where the work fails once it was confirmed: what it sent may still go on (I-36)', async () => {
    const client = connection();
    const lock = new RedisLock(client, 'sent', randomUUID);
    const failed = lock.run(async (confirm) => {
      await confirm();
      throw new Error('no answer');
    });
    await expect(failed).rejects.toThrow('no answer');
    expect(await client.pttl('sent')).toBeGreaterThan(120_000);
  });

  it('that was held too long is another’s: its first holder is told, and frees nothing (I-36)', async () => {
    const client = connection();
    const slow = new RedisLock(client, 'slow', () => 'first', 30);
    let other = '';
    const work = slow.run(async (confirm) => {
      while ((await client.exists('slow')) === 1) await new Promise((r) => setTimeout(r, 5));
      await client.set('slow', 'second');
      other = await confirm().then(
        () => 'held',
        (error) => error.code,
      );
    });
    await work;
    expect(other).toBe('store_unavailable');
    expect(await client.get('slow')).toBe('second');
  });

  it('that is confirmed is held longer than a statement runs', async () => {
    const client = connection();
    await new RedisLock(client, 'long', randomUUID, 1_000).run(async (confirm) => {
      await confirm();
      expect(await client.pttl('long')).toBeGreaterThan(120_000);
    });
  });

  it('says to try again where Redis is away', async () => {
    const client = connectRedis({ path: `${folder.path}/nowhere.sock` });
    onTestFinished(async () => client.disconnect());
    client.on('error', () => undefined);
    const lock = new RedisLock(client, 'away', randomUUID);
    await expect(lock.run(async () => undefined)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});
