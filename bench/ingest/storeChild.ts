import { join } from 'node:path';
import { openDatabase } from '../../store/clickhouse.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { VENDORS } from './events.ts';

/**
 * The store of a data directory, while no server has it. Arguments: folder, then `count`, or `fill`
 * and how many ids to make known.
 */
const [folder = '', task = '', ids = '0'] = process.argv.slice(2);
const FILL_ROWS = 2_000_000;
const db = openDatabase({ path: join(folder, 'clickhouse') });

/** Ids of the form of the sender's, spread like them over all that an id may be. */
async function fill(count: number): Promise<void> {
  await migrate(db, MIGRATIONS, Date.now());
  for (let from = 0; from < count; from += FILL_ROWS) {
    const rows = Math.min(FILL_ROWS, count - from);
    await db.writer.command({
      query: `INSERT INTO event_ids_v1 (vendor_id, event_id, seq, received_at, content)
        SELECT concat('bench-', toString(number % ${VENDORS})),
          concat(substring(lower(hex(sipHash64(number))), 1, 8), '-7d1e-', leftPad(toString(number), 12, '1')),
          0, toDateTime64('2025-01-01 00:00:00', 3, 'UTC'), reinterpretAsUInt128(sipHash128(number))
        FROM numbers(${from}, ${rows})`,
    });
  }
  // As a year of loading leaves it: else its merges are measured with what comes.
  await db.writer.command({ query: 'OPTIMIZE TABLE event_ids_v1 FINAL' });
}

/** Rows that stand, and ids among them. */
async function count(): Promise<{ rows: number; ids: number }> {
  const answer = await db.reader().query({
    query: `SELECT toUInt32(count()) AS rows,
        toUInt32(uniqExact(vendor_id, event_id)) AS ids
      FROM events_v1 WHERE seq NOT IN (SELECT seq FROM superseded_v1)`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ rows: number; ids: number }>();
  if (row === undefined) throw new Error('the count has no row');
  return row;
}

const answer = task === 'fill' ? await fill(Number(ids)) : await count();
await db.close();
process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
process.exit(0);
