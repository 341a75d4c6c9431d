import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LOAD_PAUSE_MS, LOAD_RETRY_BYTES_MAX, LOADER_STALLED_MS } from '../../core/limits.ts';
import type { PendingBatch } from '../../ingest/spoolBatch.ts';
import { findBatch } from '../../store/batches.ts';
import { Faults, numberOf, rowsOf } from '../helpers/database.ts';
import { eventsOf as events, NOW, until, useLoader } from '../helpers/loader.ts';
import { offer } from '../helpers/offers.ts';
import { listedOf, rejectsIn } from '../helpers/rejects.ts';

const { test, folder, started, storedIds, counted } = useLoader();
const ids = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}-${i}`);
const rejectsOf = (batchId: string) => listedOf(test.db, batchId);

describe('what the spool holds', () => {
  it('reaches the store in order, once, with its batches and refused events (I-77)', async () => {
    const { loader, send } = await started('order');
    const pendings = Array.from({ length: 30 }, (_, i) => offer(events('order', 2 * i, 2), i % 2));
    await Promise.all(pendings.map(send));
    await loader.settled();
    expect(await storedIds('order')).toEqual(ids('order', 60));
    expect(await counted('order')).toBe(60);
    for (const pending of pendings) {
      const { batch } = pending;
      expect(await findBatch(test.db, batch.batchId)).toEqual(batch);
      expect(await rejectsOf(batch.batchId)).toEqual(rejectsIn(pending));
    }
  });

  it('is deleted when it is stored, but for the last file', async () => {
    const { dir, loader, send } = await started('deleted', { segmentBytesMax: 4_096 });
    const files = async () => (await readdir(dir)).filter((file) => file.endsWith('.spool'));
    for (let i = 0; i < 40; i += 1) await send(offer(events('deleted', i, 1)));
    await loader.settled();
    await expect.poll(async () => (await files()).length, { timeout: 10_000 }).toBe(1);
    expect(await counted('deleted')).toBe(40);
  });
});

describe('what comes after an idle moment', () => {
  it('is loaded, and what comes next after the pause: a query sees it within 2 s (I-159)', async () => {
    const pauses: (() => void)[] = [];
    const real = globalThis.setTimeout;
    const held = (run: () => void, ms?: number) => {
      if (ms === LOAD_PAUSE_MS) pauses.push(run);
      return real(ms === LOAD_PAUSE_MS ? () => {} : run, ms);
    };
    vi.stubGlobal('setTimeout', held);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { loader, store, send } = await started('pause');
    await send(offer(events('pause', 0, 1)));
    await until(() => pauses.length === 1);
    expect(store.written).toHaveLength(1);
    await send(offer(events('pause', 1, 1)));
    expect(store.written).toHaveLength(1);
    pauses[0]?.();
    await until(() => store.written.length === 2);
    await loader.settled();
    expect(await storedIds('pause')).toEqual(ids('pause', 2));
    expect(LOAD_PAUSE_MS).toBeLessThanOrEqual(1_000);
  });
});

describe('a file that cannot be deleted', () => {
  it('is told once, is no failure of loading, and is deleted when it can be, without new events', async () => {
    let isRefused = true;
    const { dir, loader, send, failures, alarms } = await started('kept', {
      segmentBytesMax: 4_096,
      keepsFiles: () => isRefused,
    });
    const files = async () => (await readdir(dir)).filter((file) => file.endsWith('.spool'));
    for (let i = 0; i < 40; i += 1) await send(offer(events('kept', i, 1)));
    await loader.settled();
    await until(() => alarms.length > 0);
    expect((await files()).length).toBeGreaterThan(1);
    expect(await counted('kept')).toBe(40);
    isRefused = false;
    await expect.poll(async () => (await files()).length, { timeout: 10_000 }).toBe(1);
    expect(alarms).toMatchObject([{ kind: 'remove_failed', segment: 1 }]);
    expect(failures).toEqual([]);
  });
});

describe('a store that fails for a while', () => {
  it('loses nothing, counts nothing twice, and events go on being acknowledged (I-78)', async () => {
    const { loader, store, failures, send } = await started('away');
    store.failures = Number.POSITIVE_INFINITY;
    await send(offer(events('away', 0, 1)));
    await until(() => failures.length > 1);
    const others = Array.from({ length: 9 }, (_, i) => offer(events('away', i + 1, 1)));
    await Promise.all(others.map(send));
    expect(await storedIds('away')).toEqual([]);
    store.failures = 3;
    await loader.settled();
    expect(failures.length).toBeGreaterThan(1);
    expect((await storedIds('away')).sort()).toEqual(ids('away', 10));
    expect(await counted('away')).toBe(10);
  });

  it('tries a range again as a whole, at its own pace: nothing overtakes, no storm (I-77)', async () => {
    const { loader, store, failures, send } = await started('pace');
    store.failures = Number.POSITIVE_INFINITY;
    await send(offer(events('pace', 0, 1)));
    await until(() => failures.length === 1);
    for (let i = 1; i <= 200; i += 1) await send(offer(events('pace', i, 1)));
    expect(failures.length).toBeLessThan(20);
    store.failures = 0;
    await loader.settled();
    const seqs = `SELECT groupArray(event_id) AS ids FROM
      (SELECT event_id FROM events_v1 WHERE solution_id = 'pace' ORDER BY seq)`;
    expect(await rowsOf(test.db, seqs)).toEqual([{ ids: ids('pace', 201) }]);
  });

  it('is asked with little while much waits, until it takes something (I-78)', async () => {
    const { loader, spool, store, failures, send } = await started('little');
    store.failures = Number.POSITIVE_INFINITY;
    const pendings = Array.from({ length: 20 }, (_, i) => offer(events('little', 200 * i, 200)));
    await Promise.all(pendings.map(send));
    expect(spool.bytes).toBeGreaterThan(4 * LOAD_RETRY_BYTES_MAX);
    await until(() => failures.length > 0);
    store.written.length = 0;
    await until(() => store.written.length > 0);
    expect(store.written.length).toBeLessThan(10);
    store.failures = 0;
    await loader.settled();
    expect(await storedIds('little')).toEqual(ids('little', 4_000));
    expect(await counted('little')).toBe(4_000);
  });

  it('at any of its statements, before or after it took effect, changes no count (I-78)', async () => {
    const faults = new Faults();
    const { loader, failures, send } = await started('each', { faults });
    const statements = ['event_ids_v1', 'events_v1', 'rejects_v1', 'batches_v1'];
    const planned = statements.flatMap((table) => [
      { text: `INSERT INTO ${table}`, fault: 'refused' as const },
      { text: `INSERT INTO ${table}`, fault: 'lost' as const },
    ]);
    const pendings: PendingBatch[] = [];
    for (const [i, { text, fault }] of planned.entries()) {
      faults.next(text, 2, fault);
      const pending = offer(events('each', i, 1), 1);
      pendings.push(pending);
      await send(pending);
      await loader.settled();
    }
    expect(failures.length).toBeGreaterThan(0);
    expect(await storedIds('each')).toEqual(ids('each', planned.length));
    expect(await counted('each')).toBe(planned.length);
    for (const pending of pendings) {
      const { batch } = pending;
      expect(await findBatch(test.db, batch.batchId)).toEqual(batch);
      expect(await rejectsOf(batch.batchId)).toEqual(rejectsIn(pending));
    }
  });

  it('for too long is told: the process is not ready until something is loaded', async () => {
    const { loader, store, clock, send, failures } = await started('stuck');
    await loader.settled();
    store.failures = Number.POSITIVE_INFINITY;
    await send(offer(events('stuck', 0, 1)));
    await until(() => failures.length > 0);
    expect(() => loader.assertMoving()).not.toThrow();
    clock.nowMs += LOADER_STALLED_MS;
    expect(() => loader.assertMoving()).toThrow(
      expect.objectContaining({ code: 'store_unavailable' }),
    );
    store.failures = 0;
    await loader.settled();
    await until(() => !throws(() => loader.assertMoving()));
    expect(await counted('stuck')).toBe(1);
  });
});

describe('a crash between store and cursor', () => {
  it('has the range loaded again, and nothing counted or listed twice (I-79)', async () => {
    const first = await started('crash');
    const kept = join(folder.path, 'cursor-before');
    await first.send(offer(events('crash', 0, 2)));
    await first.loader.settled();
    await copyFile(join(first.dir, 'cursor'), kept);
    const conflict = offer(
      [{ ...events('crash', 0, 1)[0], content: 99n }, ...events('crash', 2, 2)],
      2,
    );
    await first.send(conflict);
    await first.loader.settled();
    await first.close();
    await copyFile(kept, join(first.dir, 'cursor'));

    const second = await started('crash');
    await second.loader.settled();
    expect(second.store.written).toEqual([conflict.batch.batchId]);
    expect(await storedIds('crash')).toEqual(ids('crash', 4));
    expect(await counted('crash')).toBe(4);
    expect(await findBatch(test.db, conflict.batch.batchId)).toEqual(conflict.batch);
    const rejects = await rejectsOf(conflict.batch.batchId);
    expect(rejects.map(({ index, code }) => `${index} ${code}`)).toEqual([
      '0 id_conflict',
      '3 malformed',
      '4 malformed',
    ]);
  });

  it('that lost the cursor altogether has all that is there loaded again, once (I-79)', async () => {
    const first = await started('nowhere');
    for (let i = 0; i < 3; i += 1) await first.send(offer(events('nowhere', i, 1)));
    await first.loader.settled();
    await first.close();
    await rm(join(first.dir, 'cursor'));
    const second = await started('nowhere');
    await second.loader.settled();
    expect(second.store.written).toHaveLength(3);
    expect(await storedIds('nowhere')).toEqual(ids('nowhere', 3));
  });
});

describe('a restart', () => {
  it('goes on at the cursor: what was acknowledged and not stored is stored then (I-79)', async () => {
    const first = await started('restart', { held: true });
    const pendings = Array.from({ length: 3 }, (_, i) => offer(events('restart', i, 1)));
    const [one, two, three] = pendings.map((pending) => pending.batch.batchId);
    if (pendings[0] === undefined) throw new Error('no batch');
    await first.send(pendings[0]);
    await until(() => first.store.written.length === 1);
    for (const pending of pendings.slice(1)) await first.send(pending);
    const closed = first.loader.close();
    first.letGo();
    await closed;
    await first.spool.close();
    // The range under way was finished, and no other begun.
    expect(first.store.written).toEqual([one]);
    expect(await storedIds('restart')).toEqual(['restart-0']);

    const second = await started('restart');
    await second.loader.settled();
    expect(second.store.written).toEqual([two, three]);
    expect(await storedIds('restart')).toEqual(ids('restart', 3));
    expect(second.alarms).toEqual([]);
  });
});

describe('settled', () => {
  it('resolves when what was durable then is stored, not before, whatever came after', async () => {
    const { loader, store, send, letGo } = await started('settled', { held: true });
    await send(offer(events('settled', 0, 1)));
    let isSettled = false;
    const settled = loader.settled().then(() => {
      isSettled = true;
    });
    await until(() => store.written.length === 1);
    await send(offer(events('settled', 1, 1)));
    expect(isSettled).toBe(false);
    expect(await storedIds('settled')).toEqual([]);
    letGo();
    const letGoNext = store.hold();
    await settled;
    expect(await storedIds('settled')).toEqual(['settled-0']);
    letGoNext();
    await loader.settled();
    expect(await storedIds('settled')).toEqual(ids('settled', 2));
  });

  it('is waited for where the clock is simulated: the answer says stored (I-01)', async () => {
    const { send } = await started('simulated');
    const pending = offer(events('simulated', 0, 3));
    await send({ ...pending, batch: { ...pending.batch, simulated: true } });
    expect(await storedIds('simulated')).toEqual(ids('simulated', 3));
  });
});

describe('a data directory whose spool was removed', () => {
  it('goes on above the numbers in the store (I-87)', async () => {
    const first = await started('removed');
    await first.send(offer(events('removed', 0, 3)));
    await first.loader.settled();
    await first.close();
    await rm(first.dir, { recursive: true });
    const second = await started('removed');
    await second.send(offer(events('removed', 1, 3)));
    await second.loader.settled();
    expect(await storedIds('removed')).toEqual(ids('removed', 4));
    expect(await counted('removed')).toBe(4);
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM events_v1')).toBe(0);
  });
});

describe('a batch of the spool that cannot be read', () => {
  it('stops the loading and is told: it is never passed over (I-88)', async () => {
    const { spool, loader, failures, store, send } = await started('unreadable');
    await spool.append(() => Buffer.from('{"version":0}'), 1);
    await send(offer(events('unreadable', 0, 1)));
    await until(() => failures.length > 1);
    expect(store.written).toEqual([]);
    expect(loader.loadedUntilMs).toBeLessThan(NOW);
  });
});

describe('the instant until which all is loaded', () => {
  it('is not beyond a batch that is on its way into the spool (I-89)', async () => {
    const { loader } = await started('until-2');
    const spooled = loader.expect(NOW - 300);
    const other = loader.expect(NOW - 200);
    expect(loader.loadedUntilMs).toBe(NOW - 300);
    spooled();
    expect(loader.loadedUntilMs).toBe(NOW - 200);
    other();
    expect(loader.loadedUntilMs).toBe(NOW);
  });

  it('is that of the batch while its bytes are being synced', async () => {
    const { loader, clock, send } = await started('until-3');
    const sent = send(offer([{ ...events('until-3', 0, 1)[0], receivedAtMs: NOW - 500 }]));
    clock.nowMs += 10_000;
    expect(loader.loadedUntilMs).toBe(NOW - 500);
    await sent;
    await loader.settled();
    expect(loader.loadedUntilMs).toBe(NOW + 10_000);
  });

  const received = (i: number, receivedAtMs: number) =>
    offer([{ ...events('until', i, 1)[0], receivedAtMs }]);

  it('is never ahead of what is stored while something waits, and the clock when nothing does (I-69)', async () => {
    const first = await started('until', { held: true });
    await first.send(received(0, NOW - 500));
    expect(first.loader.loadedUntilMs).toBe(0);
    first.letGo();
    await first.loader.settled();
    expect(first.loader.loadedUntilMs).toBe(NOW);
    const letGo = first.store.hold();
    await first.send(received(1, NOW - 400));
    first.clock.nowMs += 10_000;
    expect(first.loader.loadedUntilMs).toBe(NOW - 500);
    letGo();
    await first.loader.settled();
    expect(first.loader.loadedUntilMs).toBe(NOW + 10_000);
    expect(
      await numberOf(test.db, "SELECT count() FROM events_v1 WHERE solution_id = 'until'"),
    ).toBe(2);
  });
});

function throws(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
