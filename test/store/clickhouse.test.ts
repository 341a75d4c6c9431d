import { createClient } from '@clickhouse/client';
import { createChdbConnection } from 'chdb/connection';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type EmbeddedConnection, openDatabase, withSettings } from '../../store/clickhouse.ts';
import { pingDatabase } from '../../store/health.ts';
import { rowsOf, useDatabase } from '../helpers/database.ts';

const test = useDatabase();

/** No server listens there. */
const AWAY = { url: 'http://127.0.0.1:1', username: 'default', password: '' };

it('a server that is away is told to whoever asked alone: lines of the client could quote rows', async () => {
  const lines = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const db = openDatabase(AWAY);
  await expect(pingDatabase(db)).rejects.toMatchObject({ code: 'store_unavailable' });
  await db.close();
  for (const line of lines) expect(line).not.toHaveBeenCalled();
});

it('the embedded engine merges with one thread, which leaves cores to requests', async () => {
  const settings = await rowsOf<{ value: string }>(
    test.db,
    "SELECT value FROM system.server_settings WHERE name = 'background_pool_size'",
  );
  expect(settings).toEqual([{ value: '1' }]);
});

it('a connection whose first statement fails takes the next one, with its settings', async () => {
  const inner = createChdbConnection({ path: test.folder }) as unknown as EmbeddedConnection;
  const command = vi.spyOn(inner, 'command').mockRejectedValueOnce(new Error('refused'));
  const client = createClient({ connection: withSettings(inner) });
  onTestFinished(() => client.close());
  const asked = { query: "SELECT getSetting('max_query_size') AS value", format: 'JSON' } as const;
  const both = await Promise.allSettled([client.query(asked), client.query(asked)]);
  expect(both.map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
  const { data } = await (await client.query(asked)).json<{ value: number }>();
  expect(data).toEqual([{ value: 134_217_728 }]);
  await client.query(asked);
  expect(command).toHaveBeenCalledTimes(2);
});
