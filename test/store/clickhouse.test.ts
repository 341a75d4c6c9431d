import { expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase } from '../../store/clickhouse.ts';
import { pingDatabase } from '../../store/health.ts';

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
