import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery } from './query.ts';

/** Writes a row and reads it back: throws where the store does not do both. */
export async function pingDatabase(db: Database): Promise<void> {
  await insertRows(db.writer, 'pings_v1', ['number'], [[1]]);
  const [row] = await pings(db, {});
  if (row === undefined || row.stored < 1) throw storeFailure('a written row is not there');
}

const pings = defineQuery({
  name: 'health.pings',
  sql: 'SELECT count() AS stored FROM pings_v1',
  row: z.strictObject({ stored: countColumn }),
});
