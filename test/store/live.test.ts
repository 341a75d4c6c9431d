import { describe, expect, it } from 'vitest';
import type { RegistryEntry } from '../../core/entries.ts';
import { insertRows } from '../../store/insert.ts';
import { LiveKeys } from '../../store/liveKeys.ts';
import { LiveRegistry } from '../../store/liveRegistry.ts';
import { Faults, numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { orderEntry, solutionEntries } from '../helpers/world.ts';

const test = useDatabase();
const by = { atMs: 1_000, by: 'k' };
const adding = (...entries: RegistryEntry[]) => ({
  plan: async (staged: { apply(entry: RegistryEntry): void }) => {
    for (const entry of entries) staged.apply(entry);
  },
});

describe('keys in memory', () => {
  const owner = (keyId: string) => ({
    keyId,
    role: 'vendor' as const,
    vendorId: 'v',
    smeId: null,
    label: 'l',
  });

  it('are known by their text, stored as a hash only, and stand over a restart', async () => {
    const keys = await LiveKeys.open(test.db, 'boot');
    await keys.create(owner('k1'), 'the-secret-text', 5);
    for (const live of [keys, await LiveKeys.open(test.db, 'boot')]) {
      expect(live.ownerOf('the-secret-text')).toEqual({
        keyId: 'k1',
        role: 'vendor',
        vendorId: 'v',
        smeId: null,
      });
      expect(live.ownerOf('the-secret-tex')).toBeUndefined();
      expect(live.ownerOf('')).toBeUndefined();
      expect(live.ownerOf('boot')?.role).toBe('admin');
      expect(live.list()).toEqual([{ ...owner('k1'), createdAtMs: 5 }]);
    }
    expect(await numberOf(test.db, "SELECT countIf(hash LIKE '%secret%') FROM keys_v1")).toBe(0);
  });

  it('revoked are refused at once, and by another process after its refresh', async () => {
    const [one, two] = [await LiveKeys.open(test.db, 'boot'), await LiveKeys.open(test.db, 'boot')];
    await one.create(owner('k2'), 'second', 6);
    await two.refresh();
    expect(two.ownerOf('second')?.keyId).toBe('k2');
    expect(await one.revoke('k2', 7)).toBe(true);
    expect(one.ownerOf('second')).toBeUndefined();
    expect(await one.revoke('k2', 8)).toBe(false);
    await two.refresh();
    expect(two.ownerOf('second')).toBeUndefined();
  });

  it('revoked by one process are not missed by another that made a key meanwhile', async () => {
    const [one, two] = [await LiveKeys.open(test.db, 'boot'), await LiveKeys.open(test.db, 'boot')];
    await one.create(owner('k3'), 'third', 9);
    await two.refresh();
    await one.revoke('k3', 10);
    await two.create(owner('k4'), 'fourth', 11);
    await two.refresh();
    expect(two.ownerOf('third')).toBeUndefined();
    await one.refresh();
    expect(one.ownerOf('fourth')?.keyId).toBe('k4');
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM keys_v1')).toBe(0);
  });

  it('whose storing failed are not in force', async () => {
    const faults = new Faults();
    const keys = await LiveKeys.open(withFaults(test.db, faults.faultOf), 'boot');
    faults.next('INSERT INTO keys_v1');
    await expect(keys.create(owner('k5'), 'fifth', 12)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    expect(keys.ownerOf('fifth')).toBeUndefined();
    await keys.create(owner('k5'), 'fifth', 13);
    expect((await LiveKeys.open(test.db, 'boot')).ownerOf('fifth')?.keyId).toBe('k5');
  });
});

describe('the registry in memory', () => {
  it('shows an entry only when it is stored, and the plan sees its own entries', async () => {
    const live = await LiveRegistry.open(test.db);
    await live.append(by, async (staged) => {
      for (const entry of solutionEntries('a')) staged.apply(entry);
      expect(staged.solution('s-a')?.name).toBe('S a');
      expect(live.view.solution('s-a')).toBeUndefined();
    });
    expect(live.view.solution('s-a')?.name).toBe('S a');
    expect((await LiveRegistry.open(test.db)).view.vendor('v-a')?.name).toBe('V a');
  });

  it('stores nothing of a plan that throws', async () => {
    const live = await LiveRegistry.open(test.db);
    const plan = async (staged: { apply(entry: RegistryEntry): void }) => {
      staged.apply(orderEntry('half', 'a'));
      throw new Error('refused');
    };
    await expect(live.append(by, plan)).rejects.toThrow('refused');
    expect(live.view.order('half')).toBeUndefined();
    expect((await LiveRegistry.open(test.db)).view.order('half')).toBeUndefined();
  });

  it('is written by one at a time, and takes in what another process appended first', async () => {
    const [one, two] = [await LiveRegistry.open(test.db), await LiveRegistry.open(test.db)];
    await one.append(by, adding(orderEntry('first', 'a')).plan);
    const seen: (string | undefined)[] = [];
    await Promise.all(
      ['x', 'y', 'z'].map((id) =>
        two.append(by, async (staged) => {
          seen.push(staged.order('first')?.orderId);
          staged.apply(orderEntry(id, 'a'));
        }),
      ),
    );
    expect(seen).toEqual(['first', 'first', 'first']);
    await one.refresh();
    expect([...one.view.orders()].map((o) => o.orderId).sort()).toEqual(['first', 'x', 'y', 'z']);
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM registry_v1')).toBe(0);
  });

  it('after a write whose answer was lost shows what is stored, under its one number', async () => {
    const faults = new Faults();
    const live = await LiveRegistry.open(withFaults(test.db, faults.faultOf));
    faults.next('INSERT INTO registry_v1', 1, 'lost');
    const { plan } = adding(orderEntry('lost', 'a'));
    await expect(live.append(by, plan)).rejects.toMatchObject({ code: 'store_unavailable' });
    await live.append(by, adding(orderEntry('after', 'a')).plan);
    expect(live.view.order('lost')?.orderId).toBe('lost');
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM registry_v1')).toBe(0);
  });

  it('that cannot be read is no empty registry', async () => {
    const columns = ['seq', 'recorded_at', 'recorded_by', 'kind', 'id', 'body'];
    await insertRows(test.db.writer, 'registry_v1', columns, [
      [99, '2023-01-01 00:00:00.000', 'k', 'order', 'o', '{}'],
    ]);
    await expect(LiveRegistry.open(test.db)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
