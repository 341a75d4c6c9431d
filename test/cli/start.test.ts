import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pseudonymSecretOf } from '../../cli/files.ts';
import { openDatabase } from '../../store/clickhouse.ts';
import { insertRows } from '../../store/insert.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { temporaryFolder } from '../helpers/app.ts';
import { run } from './run.ts';

describe('serve', () => {
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

  it('ends with 1 and names every fault of its configuration at once', async () => {
    const ended = await run(['serve'], { env: { PORT: 'x', ROLES: 'poet', LOG_LEVEL: 'loud' } });
    expect(ended.code).toBe(1);
    for (const name of ['PORT', 'ROLES', 'LOG_LEVEL']) expect(ended.stderr).toContain(name);
  });
});
