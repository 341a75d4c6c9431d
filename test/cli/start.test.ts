import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeFault } from '../../cli/fail.ts';
import { pseudonymSecretOf } from '../../cli/files.ts';
import { openDatabase } from '../../store/clickhouse.ts';
import { insertRows } from '../../store/insert.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { temporaryFolder } from '../helpers/app.ts';
import { run } from './run.ts';

/** Each start is a process of its own. */
const PROCESSES_MS = 120_000;

describe('serve', { timeout: PROCESSES_MS }, () => {
  it('ends with 1 and says why where the data is newer than the program (I-05)', async () => {
    const dataDir = await temporaryFolder();
    pseudonymSecretOf(dataDir);
    const db = openDatabase({ path: join(dataDir, 'clickhouse') });
    await migrate(db, MIGRATIONS, 0);
    const columns = ['number', 'name', 'checksum', 'applied_at'];
    const row = [99, 'later', 'x', '2030-01-01 00:00:00.000'];
    await insertRows(db.writer, 'schema_migrations_v1', columns, [row]);
    await db.close();
    const env = { DATA_DIR: dataDir, PORT: '0', ADMIN_KEY: 'k'.repeat(32) };
    const ended = await run(['serve'], { env });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('newer than this program');
  });

  it('ends with 1 and the mend where another has the data directory', async () => {
    const dataDir = await temporaryFolder();
    pseudonymSecretOf(dataDir);
    const db = openDatabase({ path: join(dataDir, 'clickhouse') });
    await migrate(db, MIGRATIONS, 0);
    const ended = await run(['serve'], { env: { DATA_DIR: dataDir, PORT: '0' } });
    await db.close();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /flowproof: .*\n {2}資料目錄.*Where another .* set another DATA_DIR\.\n$/,
    );
  });

  it('says the mend where another has the port', async () => {
    const [first, second] = [createServer(), createServer()];
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    const { port } = first.address() as AddressInfo;
    const fault = await new Promise((resolve) => {
      second.once('error', resolve).listen(port, '127.0.0.1');
    });
    first.close();
    expect(describeFault(fault)).toMatch(/EADDRINUSE.*\n.*set PORT to another\.$/);
  });

  it('ends with 1 and names every fault of its configuration at once', async () => {
    const ended = await run(['serve'], { env: { PORT: 'x', ROLES: 'poet', LOG_LEVEL: 'loud' } });
    expect(ended.code).toBe(1);
    for (const name of ['PORT', 'ROLES', 'LOG_LEVEL']) expect(ended.stderr).toContain(name);
  });
});
