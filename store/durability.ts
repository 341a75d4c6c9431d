import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { defineQuery } from './query.ts';

/**
 * Refuses to start where an answered insert might not be on disk: every table must fsync what it
 * inserts and the folder it lies in, and inserts must not be gathered in memory.
 */
export async function assertDurable(db: Database): Promise<void> {
  const tables = await ourTables(db, {});
  if (tables.length === 0) throw storeFailure('no table of ours was found');
  const unsafe = tables.filter(({ engine_full: engine }) =>
    REQUIRED.some((setting) => !engine.includes(setting)),
  );
  if (unsafe.length > 0) {
    const names = unsafe.map((table) => table.name).join(', ');
    throw storeFailure(`tables without ${REQUIRED.join(' and ')}: ${names}`);
  }
  const [setting] = await asyncInsert(db, {});
  if (setting?.value !== '0')
    throw storeFailure('async_insert is on: answers would not be durable');
}

const REQUIRED = [
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'min_compressed_bytes_to_fsync_after_merge = 1',
];

const ourTables = defineQuery({
  name: 'durability.tables',
  sql: `SELECT name, engine_full FROM system.tables
    WHERE database = currentDatabase() AND match(name, '_v[0-9]+$') ORDER BY name`,
  row: z.strictObject({ name: z.string(), engine_full: z.string() }),
});

const asyncInsert = defineQuery({
  name: 'durability.asyncInsert',
  sql: `SELECT value FROM system.settings WHERE name = 'async_insert'`,
  row: z.strictObject({ value: z.string() }),
});
