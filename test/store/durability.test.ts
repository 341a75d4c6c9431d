import { describe, expect, it } from 'vitest';
import { insertBatches } from '../../store/batches.ts';
import { assertDurable } from '../../store/durability.ts';
import { insertMonthResults } from '../../store/monthResults.ts';
import { numberOf, rowsOf, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents, insertIdentities } from '../helpers/storedEvents.ts';
import { storedEvent } from '../helpers/world.ts';

const test = useDatabase();

describe('what was answered is on disk', () => {
  it('because every table of ours syncs its parts and their folders, merges included (I-02)', async () => {
    const tables = await rowsOf<{ name: string; create_table_query: string }>(
      test.db,
      `SELECT name, create_table_query FROM system.tables
       WHERE database = currentDatabase() ORDER BY name`,
    );
    const ours = [
      'batches_v1',
      'event_ids_v1',
      'events_v1',
      'keys_v1',
      'month_results_v1',
      'pings_v1',
      'registry_v1',
      'rejects_v1',
      'reviews_v1',
      'schema_migrations_v1',
      'statements_v1',
      'superseded_v1',
    ];
    expect(tables.map((t) => t.name)).toEqual(expect.arrayContaining(ours));
    for (const { name, create_table_query: made } of tables) {
      expect(`${name}: ${made}`).toContain('fsync_after_insert = 1');
      expect(`${name}: ${made}`).toContain('fsync_part_directory = 1');
      if (name === 'schema_migrations_v1') continue;
      expect(`${name}: ${made}`).toContain('min_rows_to_fsync_after_merge = 1');
      expect(`${name}: ${made}`).toContain('min_compressed_bytes_to_fsync_after_merge = 1');
    }
  });

  it('because no insert is gathered in memory, for the writer and every reader (I-02)', async () => {
    const sql = `SELECT name, value FROM system.settings
      WHERE name IN ('async_insert', 'fsync_metadata', 'max_partitions_per_insert_block')
      ORDER BY name`;
    for (const client of [test.db.writer, test.db.reader(), test.db.reader(), test.db.reader()]) {
      const answer = await client.query({ query: sql, format: 'JSONEachRow' });
      expect(await answer.json()).toEqual([
        { name: 'async_insert', value: '0' },
        { name: 'fsync_metadata', value: '1' },
        { name: 'max_partitions_per_insert_block', value: '1000' },
      ]);
    }
  });

  it('because every insert says so itself', async () => {
    const inserts: string[] = [];
    const watched = withFaults(test.db, (statement) => {
      inserts.push(statement.split('\n')[0] ?? '');
      return null;
    });
    const event = storedEvent({ supersedes: 9_999 });
    await insertEvents(watched, [event]);
    await insertIdentities(watched, [event]);
    await insertBatches(watched, [
      {
        batchId: 'b',
        vendorId: 'v',
        keyId: 'k',
        receivedAtMs: 0,
        received: 1,
        accepted: 1,
        rejected: 0,
        simulated: false,
        firstSeq: 1,
      },
    ]);
    await insertMonthResults(watched, [
      {
        orderId: 'o',
        month: 1,
        revision: 1,
        sealedAtMs: 0,
        verificationId: 'x',
        state: 'met',
        result: '{}',
        digest: '',
        simulated: false,
      },
    ]);
    expect(inserts).toHaveLength(5);
    for (const insert of inserts) {
      expect(insert).toMatch(
        /SETTINGS async_insert = 0, fsync_metadata = 1, .* FORMAT TabSeparated$/,
      );
    }
  });

  it('and the start is refused where a table is made otherwise (I-02)', async () => {
    await expect(assertDurable(test.db)).resolves.toBeUndefined();
    await test.db.writer.command({
      query: 'CREATE TABLE unsafe_v1 (a UInt8) ENGINE = MergeTree ORDER BY a',
    });
    await expect(assertDurable(test.db)).rejects.toMatchObject({
      code: 'store_unavailable',
      internal: expect.stringContaining('unsafe_v1'),
    });
    await test.db.writer.command({ query: 'DROP TABLE unsafe_v1 SYNC' });
    await expect(assertDurable(test.db)).resolves.toBeUndefined();
  });

  it('is still there when the engine opens again (I-01)', async () => {
    await insertEvents(test.db, [storedEvent({ eventId: 'kept' })]);
    const db = await test.reopen();
    expect(await numberOf(db, "SELECT count() FROM events_v1 WHERE event_id = 'kept'")).toBe(1);
  });
});
