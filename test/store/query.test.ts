import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findBatch } from '../../store/batches.ts';
import { pageOfEvents } from '../../store/eventPages.ts';
import { findIdentities, lastStored, reconcileIdentities } from '../../store/events.ts';
import { pingDatabase } from '../../store/health.ts';
import { insertRows } from '../../store/insert.ts';
import { readKeyChanges } from '../../store/keys.ts';
import { readMonthResults, sealedMonthsOf } from '../../store/monthResults.ts';
import { countColumn, defineQuery, integerColumn } from '../../store/query.ts';
import { readRegistry } from '../../store/registry.ts';
import { listRejects } from '../../store/rejects.ts';
import { drawnByVendors, statementsOf } from '../../store/statements.ts';
import { countWindows } from '../helpers/countWindows.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { storedEvent } from '../helpers/world.ts';

const test = useDatabase({ migrated: false });
const unavailable = { name: 'FlowproofError', code: 'store_unavailable', retryAfterS: 2 };

const one = (sql: string, column: z.ZodType) =>
  defineQuery({ name: 'test.one', sql, row: z.strictObject({ n: column }) })(test.db, {});

describe('a 64-bit number is exact or refused', () => {
  it.each([
    ['toUInt64(0)', 0],
    ["toUInt64('9007199254740991')", 9007199254740991],
    ['toUInt8(255)', 255],
    ['toInt64(-0)', 0],
  ])('%s is exactly %d (I-19)', async (sql, want) => {
    expect(await one(`SELECT ${sql} AS n`, countColumn)).toEqual([{ n: want }]);
  });

  it.each([
    ["toUInt64('9007199254740992')"],
    ["toUInt64('9007199254740993')"],
    ["toUInt64('10000000000000000')"],
    ["toUInt64('18446744073709551615')"],
    ['toInt64(-1)'],
    ['1.5'],
    ["'12 apples'"],
    ["''"],
    ['NULL'],
    ['nan'],
  ])('%s is no count (I-19)', async (sql) => {
    await expect(one(`SELECT ${sql} AS n`, countColumn)).rejects.toMatchObject(unavailable);
  });

  it.each([
    ["toInt64('-9007199254740991')", -9007199254740991],
    ['toInt64(-1)', -1],
  ])('%s is a whole number that may be negative: %d', async (sql, want) => {
    expect(await one(`SELECT ${sql} AS n`, integerColumn)).toEqual([{ n: want }]);
  });

  it('a negative one beyond the exact range is refused', async () => {
    const sql = "SELECT toInt64('-9007199254740993') AS n";
    await expect(one(sql, integerColumn)).rejects.toMatchObject(unavailable);
  });

  it('a count comes from the engine as text', async () => {
    expect(await one('SELECT count() AS n FROM numbers(3)', z.string())).toEqual([{ n: '3' }]);
  });
});

describe('rows are parsed, never cast', () => {
  it.each([
    ['a column too many', 'SELECT 1 AS n, 2 AS m'],
    ['a column missing', 'SELECT 1 AS m'],
    ['another type', "SELECT 'x' AS n"],
  ])('%s is refused', async (_, sql) => {
    await expect(one(sql, countColumn)).rejects.toMatchObject(unavailable);
  });

  it('one bad row among good ones fails the answer whole', async () => {
    const sql = "SELECT if(number = 2, '-1', toString(number)) AS n FROM numbers(4)";
    await expect(one(sql, countColumn)).rejects.toMatchObject(unavailable);
  });

  it('what is wrong with it stays inside', async () => {
    const error: unknown = await one("SELECT 'secret' AS n", countColumn).catch((e: unknown) => e);
    expect(error).toMatchObject({ internal: expect.stringContaining('test.one') });
    expect(JSON.stringify(error)).not.toMatch(/test\.one|secret/);
  });

  it('a query that fails after its first rows is no shorter list (I-04)', async () => {
    const sql = 'SELECT throwIf(number = 200000) + number AS n FROM numbers(300000)';
    await expect(one(sql, countColumn)).rejects.toMatchObject(unavailable);
  });
});

describe('a store that does not answer throws: never zero, never an empty list', () => {
  // Nothing is migrated here: every table is missing.
  const window = {
    smeId: '12345675',
    kind: 'day' as const,
    startMs: 0,
    endExclusiveMs: 1,
    receivedBeforeMs: 1,
  };
  const actions = { solutionId: 's', interactions: ['create'], subsets: [] };
  const page = {
    solutionId: 's',
    smeId: '1',
    fromMs: 0,
    untilMs: 1,
    asOfMs: 1,
    after: null,
    limit: 1,
  };

  it.each<[string, () => Promise<unknown>]>([
    ['countWindows', () => countWindows(test.db, actions, [window])],
    ['findIdentities', () => findIdentities(test.db, [{ vendorId: 'v', eventId: 'e' }])],
    ['lastStored', () => lastStored(test.db)],
    ['pageOfEvents', () => pageOfEvents(test.db, page)],
    ['findBatch', () => findBatch(test.db, 'b')],
    ['listRejects', () => listRejects(test.db, { vendorId: null, after: null, limit: 1 })],
    ['readMonthResults', () => readMonthResults(test.db, ['o'], 1)],
    ['sealedMonthsOf', () => sealedMonthsOf(test.db, { orderIds: ['o'] })],
    ['readRegistry', () => readRegistry(test.db, 0)],
    ['readKeyChanges', () => readKeyChanges(test.db, 0)],
    ['statementsOf', () => statementsOf(test.db, ['o'])],
    ['drawnByVendors', () => drawnByVendors(test.db, ['v'], 0, 1)],
    ['insertEvents', () => insertEvents(test.db, [storedEvent()])],
    ['insertRows', () => insertRows(test.db.writer, 'none_v1', ['a'], [[1]])],
    ['reconcileIdentities', () => reconcileIdentities(test.db)],
    ['pingDatabase', () => pingDatabase(test.db)],
  ])('%s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject(unavailable);
  });
});
