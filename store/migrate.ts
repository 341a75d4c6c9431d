import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { insertRows } from './insert.ts';
import type { Migration } from './migrations/types.ts';
import { defineQuery } from './query.ts';
import { instantCell } from './text.ts';

/**
 * Brings the schema up to date. Throws, so that the start fails, when a step fails, when a released
 * migration was edited, or when the database is newer than this program.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[],
  nowMs: number,
): Promise<{ readonly applied: number }> {
  await run(
    db,
    `CREATE TABLE IF NOT EXISTS schema_migrations_v1 (
      number UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC')
    ) ENGINE = MergeTree ORDER BY number
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
      min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1`,
  );
  const done = new Map((await appliedMigrations(db, {})).map((m) => [m.number, m.checksum]));
  const newest = Math.max(0, ...done.keys());
  if (newest > migrations.length) {
    throw storeFailure(`the data is at migration ${newest}, newer than this program`);
  }
  let applied = 0;
  for (const migration of migrations) {
    const checksum = checksumOf(migration);
    const known = done.get(migration.number);
    if (known === checksum) continue;
    if (known !== undefined)
      throw storeFailure(`migration ${migration.number} was edited after it ran`);
    for (const statement of migration.statements) await run(db, statement);
    await insertRows(db.writer, 'schema_migrations_v1', COLUMNS, [
      [migration.number, migration.name, checksum, instantCell(nowMs)],
    ]);
    applied += 1;
  }
  return { applied };
}

const COLUMNS = ['number', 'name', 'checksum', 'applied_at'];

const appliedMigrations = defineQuery({
  name: 'migrations.applied',
  sql: 'SELECT number, checksum FROM schema_migrations_v1 ORDER BY number',
  row: z.strictObject({ number: z.int(), checksum: z.string() }),
});

function checksumOf(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration)).digest('hex');
}

async function run(db: Database, statement: string): Promise<void> {
  try {
    await db.writer.command({ query: statement, clickhouse_settings: { log_comment: 'migrate' } });
  } catch (cause) {
    throw storeFailure('a migration failed', cause);
  }
}
