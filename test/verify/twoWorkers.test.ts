import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { VerificationRequest } from '../../core/ports.ts';
import { connectRedis, openQueue } from '../../store/queues.ts';
import { RedisLock } from '../../store/redisLock.ts';
import { type PrivateRedis, startPrivateRedis } from '../../store/redisServer.ts';
import { WorkerHealth } from '../../verify/health.ts';
import { Reopener } from '../../verify/reopen.ts';
import type { SealingTurn } from '../../verify/sealInTurn.ts';
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

/** Longer than anything here works. */
const TIMES = { waitMs: 20_000 };

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

/** Orders of three firms, a queue of their own, and what workers of it said went wrong. */
function worldOf(name: string) {
  const registry = registryOf([
    ...solutionEntries(name),
    ...[0, 1, 2].map((i) => orderEntry(`${name}-${i}`, name, { smeId: `1000000${i}` })),
  ]);
  const target = { redis: redis.connection, prefix: name };
  const { queue, flows } = openQueue(target);
  onTestFinished(async () => {
    await flows.close();
    await queue.close();
  });
  return { registry, target, queue, flows, failures: [] as string[] };
}
type World = ReturnType<typeof worldOf>;

/** A verification in a worker of its own; what became of it. */
async function verifiedBy(world: World, sealingTurn: SealingTurn, asOf: string): Promise<string> {
  const { registry, target, queue, flows, failures } = world;
  const asOfMs = at(asOf);
  const verifications = new VerificationQueue({ queue, flows, registry, newId: randomUUID });
  const worker = startVerifyWorker({
    db: test.db,
    registry,
    refreshRegistry: async () => {},
    sealingTurn,
    verifications,
    target,
    clock: () => asOfMs,
    simulated: true,
    loadedUntilMs: async () => asOfMs,
    health: new WorkerHealth(queue, Date.now, { isDaily: false }),
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
}

/** "order month revision" of what is sealed. */
async function sealed(name: string): Promise<string[]> {
  const rows = await rowsOf<{ place: string }>(
    test.db,
    `SELECT concat(order_id, ' ', toString(month), ' ', toString(revision)) AS place
      FROM month_results_v1 WHERE startsWith(order_id, '${name}-') ORDER BY place`,
  );
  return rows.map((row) => row.place);
}

/** Two verifications of the same orders, each in a worker of its own; both have judged when one seals. */
async function sealedByTwo(name: string, turnOf: () => SealingTurn) {
  const world = worldOf(name);
  const both = meeting(2);
  const states = await Promise.all(
    ['2023-06-01', '2023-06-02'].map((asOf) => {
      const turn = turnOf();
      return verifiedBy(world, (work) => both().then(() => turn(work)), asOf);
    }),
  );
  const { failures } = world;
  expect({ states, failures }).toEqual({ states: ['done', 'done'], failures: [] });
  return sealed(name);
}

const locked =
  (key: string, times = TIMES) =>
  (): SealingTurn => {
    const lock = new RedisLock(connection(), key, randomUUID, times);
    return (work) => lock.run(work);
  };

describe('two workers that close the same orders at once', () => {
  it('write each revision once where they take turns (I-37)', async () => {
    const places = await sealedByTwo('turns', locked('turns:sealing'));
    expect(places).toEqual(['turns-0 1 1', 'turns-1 1 1', 'turns-2 1 1']);
  });
});

describe('a closing that lost its turn', () => {
  it('writes nothing, and seals all of it when it is tried again (I-37)', async () => {
    const client = connection();
    const world = worldOf('lost');
    const lock = new RedisLock(client, 'lost:sealing', randomUUID, TIMES);
    let turns = 0;
    const turn: SealingTurn = (work) =>
      lock.run(async (confirm) => {
        turns += 1;
        // Redis gave it to another while the months were looked at again.
        if (turns === 1) await client.set('lost:sealing', 'other');
        await work(confirm);
      });
    const letGo = async () => {
      while (world.failures.length === 0) await new Promise((go) => setTimeout(go, 5));
      expect(await sealed('lost')).toEqual([]);
      expect(await client.get('lost:sealing')).toBe('other');
      await client.del('lost:sealing');
    };
    const [state] = await Promise.all([verifiedBy(world, turn, '2023-06-01'), letGo()]);
    expect(state).toBe('done');
    expect(await sealed('lost')).toEqual(['lost-0 1 1', 'lost-1 1 1', 'lost-2 1 1']);
  });
});

describe('a lock that others hold for too long', () => {
  const SHORT = { waitMs: 60 };

  it('is waited for so long and no longer; its holder keeps it (I-38)', async () => {
    const client = connection();
    await client.set('held', 'other');
    let worked = 0;
    const lock = new RedisLock(connection(), 'held', randomUUID, SHORT);
    const work = async () => {
      worked += 1;
    };
    await expect(lock.run(work)).rejects.toMatchObject({
      code: 'store_unavailable',
      status: 503,
      retryAfterS: 5,
    });
    expect([worked, await client.get('held')]).toEqual([0, 'other']);
    await client.del('held');
    await lock.run(work);
    expect([worked, await client.exists('held')]).toEqual([1, 0]);
  });

  it('has the closing tried again: it seals once it gets its turn (I-38)', async () => {
    const client = connection();
    await client.set('again:sealing', 'other');
    const world = worldOf('again');
    const turn = locked('again:sealing', SHORT)();
    const letGo = async () => {
      while (world.failures.length === 0) await new Promise((go) => setTimeout(go, 5));
      expect(await sealed('again')).toEqual([]);
      await client.del('again:sealing');
    };
    const [state] = await Promise.all([verifiedBy(world, turn, '2023-06-01'), letGo()]);
    expect(state).toBe('done');
    const why = 'closeOrders: Other processes are sealing months; try again.';
    expect(new Set(world.failures)).toEqual(new Set([why]));
    expect(await sealed('again')).toEqual(['again-0 1 1', 'again-1 1 1', 'again-2 1 1']);
  });

  it('has a reopening told when to come back, and nothing is reopened (I-38)', async () => {
    const world = worldOf('open');
    expect(await verifiedBy(world, locked('open:sealing')(), '2023-06-01')).toBe('done');
    await connection().set('open:sealing', 'other');
    const reopener = new Reopener({
      db: test.db,
      registry: world.registry,
      sealingTurn: locked('open:sealing', SHORT)(),
      simulated: true,
      loadedUntilMs: async () => 0,
    });
    const order = world.registry.order('open-0');
    if (order === undefined) throw new Error('no order');
    const reopening = { order, month: 1, reviewId: 'r', atMs: at('2023-07-01') };
    await expect(reopener.reopen(reopening)).rejects.toMatchObject({ status: 503, retryAfterS: 5 });
    expect(await sealed('open')).toEqual(['open-0 1 1', 'open-1 1 1', 'open-2 1 1']);
  });

  it('is given up where Redis takes what it is told and says nothing (I-38)', async () => {
    const admin = connection();
    const impatient = connectRedis(redis.connection, 1_500);
    onTestFinished(async () => impatient.disconnect());
    await impatient.ping();
    await admin.call('CLIENT', 'PAUSE', '4000', 'ALL');
    const lock = new RedisLock(impatient, 'silent', randomUUID, SHORT);
    await expect(lock.run(async () => undefined)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    // What it took meanwhile is let go: nobody knows that it has it.
    while ((await admin.exists('silent')) === 1) await new Promise((go) => setTimeout(go, 5));
    const next = new RedisLock(connection(), 'silent', randomUUID, { waitMs: 2_000 });
    let worked = 0;
    await next.run(async () => {
      worked += 1;
    });
    expect(worked).toBe(1);
  });
});

describe('the lock of Redis', () => {
  it('has one holder at a time, and each its turn', async () => {
    const held: string[] = [];
    const once = async (name: string) => {
      await new RedisLock(connection(), 'one', randomUUID, TIMES).run(async (confirm) => {
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
    const lock = new RedisLock(connection(), 'fails', randomUUID, TIMES);
    await expect(lock.run(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await connection().exists('fails')).toBe(0);
  });

  it('is kept where the work fails once it was confirmed: what it sent may still go on (I-37)', async () => {
    const client = connection();
    const lock = new RedisLock(client, 'sent', randomUUID, TIMES);
    const failed = lock.run(async (confirm) => {
      await confirm();
      throw new Error('no answer');
    });
    await expect(failed).rejects.toThrow('no answer');
    expect(await client.pttl('sent')).toBeGreaterThan(120_000);
  });

  it('that was held too long is another’s: its first holder is told, and frees nothing (I-37)', async () => {
    const client = connection();
    const slow = new RedisLock(client, 'slow', () => 'first', { ...TIMES, heldMs: 30 });
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
    const times = { ...TIMES, heldMs: 1_000 };
    await new RedisLock(client, 'long', randomUUID, times).run(async (confirm) => {
      await confirm();
      expect(await client.pttl('long')).toBeGreaterThan(120_000);
    });
  });

  it('says to try again where Redis is away', async () => {
    const client = connectRedis({ path: `${folder.path}/nowhere.sock` });
    onTestFinished(async () => client.disconnect());
    client.on('error', () => undefined);
    const lock = new RedisLock(client, 'away', randomUUID, TIMES);
    await expect(lock.run(async () => undefined)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});
