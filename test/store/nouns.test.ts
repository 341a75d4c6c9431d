import { describe, expect, it } from 'vitest';
import { type Batch, findBatch, insertBatches } from '../../store/batches.ts';
import { insertRows } from '../../store/insert.ts';
import {
  insertMonthResults,
  type MonthResult,
  readMonthResults,
  sealedMonthsOf,
} from '../../store/monthResults.ts';
import { appendRegistry, readRegistry } from '../../store/registry.ts';
import * as store from '../../store/rejects.ts';
import { listRejects, type Reject, type RejectCursor } from '../../store/rejects.ts';
import {
  type DrawnStatement,
  drawnByVendors,
  insertStatement,
  statementsOf,
} from '../../store/statements.ts';
import { Faults, useDatabase, withFaults } from '../helpers/database.ts';
import { insertRejects, rejectLines } from '../helpers/rejects.ts';
import { at, orderEntry, solutionEntries } from '../helpers/world.ts';

const test = useDatabase();
const AT = at('2023-05-22');
const SQL = "x'; DROP TABLE batches_v1; --\\";

describe('a batch', () => {
  const batch: Batch = {
    batchId: SQL,
    vendorId: 'v',
    keyId: "k'",
    receivedAtMs: AT + 7,
    received: 5_000,
    accepted: 4_999,
    rejected: 1,
    simulated: true,
  };

  it('is found by its id, whatever the id, and no other is', async () => {
    const two = { ...batch, batchId: 'two', simulated: false };
    await insertBatches(
      test.db,
      [batch, two].map((b) => ({ ...b, firstSeq: 1 })),
    );
    expect(await findBatch(test.db, SQL)).toEqual(batch);
    expect(await findBatch(test.db, 'two')).toMatchObject({ simulated: false });
    expect(await findBatch(test.db, 'TWO')).toBeUndefined();
    expect(await findBatch(test.db, '')).toBeUndefined();
  });
});

describe('rejects', () => {
  const reject = (fields: Partial<Reject>): Reject => ({
    batchId: 'b1',
    vendorId: 'v1',
    index: 0,
    id: null,
    code: 'malformed',
    detail: 'd',
    receivedAtMs: AT,
    event: '',
    ...fields,
  });
  const all = [
    reject({ index: 0, event: '{"id":"a\\nb"}' }),
    reject({ index: 1, id: "e'\t\n\\N;", event: ' ; ' }),
    reject({ index: 2, id: '' }),
    reject({ batchId: 'b2', index: 0, id: '\\N' }),
    reject({ batchId: 'b0', index: 0, receivedAtMs: AT + 1 }),
    reject({ batchId: 'b3', vendorId: 'v2', receivedAtMs: AT + 2 }),
  ];
  const everything = async (vendorId: string | null, limit: number) => {
    const seen: Reject[] = [];
    let after: RejectCursor | null = null;
    for (;;) {
      const page = await listRejects(test.db, { vendorId, after, limit });
      if (page.length === 0) return seen;
      seen.push(...page);
      after = page.at(-1) ?? null;
    }
  };

  it('come back as they were written, page after page, each once', async () => {
    await insertRejects(test.db, [...all].reverse());
    for (const limit of [1, 2, 5, 100]) expect(await everything(null, limit)).toEqual(all);
  });

  it('are of one vendor where one is asked', async () => {
    expect(await everything('v1', 2)).toEqual(all.slice(0, 5));
    expect(await everything('v2', 2)).toEqual(all.slice(5));
    expect(await everything('v', 2)).toEqual([]);
  });

  it('written twice by a repeated write are shown once', async () => {
    await insertRejects(test.db, all.slice(0, 3));
    for (const limit of [1, 2, 100]) expect(await everything(null, limit)).toEqual(all);
  });

  it('of several requests that are large come back as they were, also where an insert failed (I-77)', async () => {
    const hostile = '\t\\N\n;'.repeat(250_000);
    const large = ['l1', 'l2', 'l3'].flatMap((batchId) =>
      [0, 1].map((index) =>
        reject({ batchId, vendorId: 'large', index, id: `${batchId}\t${index}`, event: hostile }),
      ),
    );
    const pieces = [0, 2, 4].map((i) => rejectLines(large.slice(i, i + 2)));
    const faults = new Faults();
    const db = withFaults(test.db, faults.faultOf);
    // The first of three inserts goes through, the second fails.
    faults.next('INSERT INTO rejects_v1', 1, null);
    faults.next('INSERT INTO rejects_v1');
    const failing = store.insertRejects(db, pieces);
    await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
    await store.insertRejects(db, pieces);
    expect(await everything('large', 4)).toEqual(large);
  });

  it('of a long list are read page by page in little memory, none of it whole (I-160)', async () => {
    const few = { heldBytesMax: 24_000_000, spillBytes: 2_000_000 };
    const [events, bytes] = [60_000, 1_000];
    await test.db.writer.command({
      query: `INSERT INTO rejects_v1 (batch_id, vendor_id, event_index, code, detail, received_at, event)
        SELECT 'b', 'long', number, 'unknown_sme', 'd',
          fromUnixTimestamp64Milli(${AT} + 1000 - number % 7, 'UTC'), repeat('x', ${bytes})
        FROM numbers(${events})`,
    });
    for (const vendorId of ['long', null]) {
      const after = { receivedAtMs: AT + 996, batchId: 'b', index: 59_900 };
      const page = await listRejects(test.db, { vendorId, after, limit: 30 }, few);
      const sameTime = Array.from({ length: 14 }, (_, i) => 59_903 + 7 * i);
      const nextTime = Array.from({ length: 16 }, (_, i) => 3 + 7 * i);
      expect(page.map(({ index }) => index)).toEqual([...sameTime, ...nextTime]);
      expect(page.every(({ event }) => event.length === bytes)).toBe(true);
    }
    const less = { heldBytesMax: 1_000_000, spillBytes: 1_000_000 };
    const whole = { vendorId: null, after: null, limit: 30 };
    await expect(listRejects(test.db, whole, less)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

describe('month results', () => {
  const result = (fields: Partial<MonthResult>): MonthResult => ({
    orderId: 'o1',
    month: 1,
    revision: 1,
    sealedAtMs: AT,
    verificationId: 'x',
    state: 'met',
    result: '{"a":"b\'\\n"}',
    digest: 'd',
    simulated: false,
    ...fields,
  });
  const digests = async (orderIds: string[], untilMs: number) =>
    (await readMonthResults(test.db, orderIds, untilMs))
      .map((r) => `${r.orderId}/${r.month} ${r.revision}${r.digest}`)
      .sort();

  it('are read back whole', async () => {
    const whole = result({ orderId: SQL, simulated: true });
    await insertMonthResults(test.db, [whole]);
    const revisions = [{ revision: 1, verificationId: whole.verificationId }];
    expect(await readMonthResults(test.db, [SQL], AT)).toEqual([{ ...whole, revisions }]);
  });

  it('are the latest revision that exists at the instant, to the millisecond (I-73)', async () => {
    await insertMonthResults(test.db, [
      result({ revision: 2, sealedAtMs: AT + 10, digest: 'b' }),
      result({ digest: 'a' }),
      result({ month: 2, sealedAtMs: AT + 5, digest: 'c' }),
      result({ orderId: 'o2', digest: 'e' }),
    ]);
    expect(await digests(['o1'], AT - 1)).toEqual([]);
    expect(await digests(['o1'], AT)).toEqual(['o1/1 1a']);
    expect(await digests(['o1'], AT + 9)).toEqual(['o1/1 1a', 'o1/2 1c']);
    expect(await digests(['o1', 'o2', 'o3'], AT + 10)).toEqual(['o1/1 2b', 'o1/2 1c', 'o2/1 1e']);
    expect(await digests([], AT + 10)).toEqual([]);
  });

  it('of one revision written twice are the first written (I-73)', async () => {
    await insertMonthResults(test.db, [
      result({ orderId: 'twice', sealedAtMs: AT + 2, digest: 'later', verificationId: 'y' }),
      result({ orderId: 'twice', sealedAtMs: AT + 1, digest: 'first' }),
      result({ orderId: 'twice', sealedAtMs: AT + 1, digest: 'fist' }),
    ]);
    expect(await digests(['twice'], AT + 9)).toEqual(['twice/1 1first']);
    const [twice] = await readMonthResults(test.db, ['twice'], AT + 9);
    expect(twice?.revisions).toEqual([{ revision: 1, verificationId: 'x' }]);
  });

  it('say which months are sealed, each once with its latest revision', async () => {
    expect(await sealedMonthsOf(test.db, { orderIds: ['o1', 'o2', 'o9'] })).toEqual([
      { order_id: 'o1', month: 1, latest: 2, rules: [] },
      { order_id: 'o1', month: 2, latest: 1, rules: [] },
      { order_id: 'o2', month: 1, latest: 1, rules: [] },
    ]);
  });
});

describe('statements', () => {
  const statement = (fields: Partial<DrawnStatement>): DrawnStatement => ({
    statementId: 's1',
    orderId: 'o1',
    vendorId: 'v1',
    kind: 'claim',
    instalment: 1,
    amountTwd: 2_400,
    asOfMs: AT,
    drawnAtMs: AT,
    drawnBy: 'k',
    claim: '{"a":"it\'s\\n"}',
    ...fields,
  });

  it('are read back in the order of drawing, with what they were drawn from', async () => {
    const both = [
      statement({ statementId: 's2', drawnAtMs: AT - 1 }),
      statement({ statementId: 's1', kind: 'clawback', instalment: 2, amountTwd: -2_400 }),
    ];
    for (const s of [...both].reverse()) await insertStatement(test.db, s);
    expect(await statementsOf(test.db, ['o1'])).toEqual(both);
    expect(await statementsOf(test.db, ['o2'])).toEqual([]);
    expect(await statementsOf(test.db, [])).toEqual([]);
  });

  it('of a vendor are those of a span of drawing times: its start within, its end not', async () => {
    const drawn = [
      [-1, 1],
      [0, 20],
      [5, -3],
      [9, 300],
      [10, 4_000],
    ] as const;
    for (const [ms, amountTwd] of drawn) {
      await insertStatement(
        test.db,
        statement({
          statementId: `d${ms}`,
          orderId: 'o9',
          vendorId: 'v9',
          drawnAtMs: AT + ms,
          amountTwd,
        }),
      );
    }
    const told = async (vendorId: string, fromMs: number, untilMs: number) => {
      const rows = await drawnByVendors(test.db, [vendorId], fromMs, untilMs);
      expect(rows.every((row) => row.orderId === 'o9')).toBe(true);
      return rows.map((row) => row.amountTwd).sort((a, b) => a - b);
    };
    expect(await told('v9', AT, AT + 10)).toEqual([-3, 20, 300]);
    expect(await told('v9', AT + 10, AT + 11)).toEqual([4_000]);
    expect(await told('v8', AT, AT + 10)).toEqual([]);
    expect(await drawnByVendors(test.db, ['v8', 'v9'], AT + 10, AT + 11)).toEqual([
      { orderId: 'o9', amountTwd: 4_000 },
    ]);
  });
});

describe('the registry history', () => {
  it('comes back in order and parsed, from any sequence number on', async () => {
    const entries = [...solutionEntries('a'), orderEntry('o', 'a')];
    await appendRegistry(
      test.db,
      entries.map((entry, i) => ({ seq: i + 1, entry })),
      AT,
      'k',
    );
    expect(await readRegistry(test.db, 0)).toEqual(
      entries.map((entry, i) => ({ seq: i + 1, entry })),
    );
    expect((await readRegistry(test.db, 2)).map((r) => r.seq)).toEqual([3]);
    expect(await readRegistry(test.db, 3)).toEqual([]);
  });

  it('with an entry that cannot be read throws, and leaves none out', async () => {
    const columns = ['seq', 'recorded_at', 'recorded_by', 'kind', 'id', 'body'];
    const row = (body: string) => [[9, '2023-01-01 00:00:00.000', 'k', 'order', 'o', body]];
    await insertRows(test.db.writer, 'registry_v1', columns, row('{"programme":"none"}'));
    await expect(readRegistry(test.db, 3)).rejects.toMatchObject({
      internal: expect.stringContaining('entry 9'),
    });
  });
});
