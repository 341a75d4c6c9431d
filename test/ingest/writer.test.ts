import { beforeEach, describe, expect, it } from 'vitest';
import {
  linesOf,
  type PendingBatch,
  rowsOf as rowsOfBatch,
  type SpooledBatch,
} from '../../ingest/spoolBatch.ts';
import { EventWriter } from '../../ingest/writer.ts';
import { findBatch } from '../../store/batches.ts';
import type { Database } from '../../store/clickhouse.ts';
import { contentsOf } from '../../store/content.ts';
import { findIdentities, insertEvents, lastStored } from '../../store/events.ts';
import { rejectTail } from '../../store/rejects.ts';
import { countApril } from '../helpers/countWindows.ts';
import { Faults, forgetInserts, numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { offer } from '../helpers/offers.ts';
import { listedOf, rejectsIn } from '../helpers/rejects.ts';
import {
  rowsIn as rowsInTails,
  type StoredEvent,
  spooledOf,
  tailsOf,
} from '../helpers/storedEvents.ts';
import { at } from '../helpers/world.ts';

const test = useDatabase();
let nextSeq = 1;
beforeEach(async () => {
  nextSeq = (await lastStored(test.db)).seq + 1;
});

/** Batches with their numbers, as one range. */
function range(...pendings: readonly PendingBatch[]): SpooledBatch[] {
  return pendings.map((pending) => {
    const spooled = spooledOf(pending, nextSeq);
    nextSeq += pending.rows.length;
    return spooled;
  });
}

/** The rows of batches as the store takes them. */
async function spooledRows(...batches: readonly SpooledBatch[]) {
  const contents = await contentsOf(test.db, batches.flatMap(linesOf));
  return batches.flatMap((batch) => rowsOfBatch(batch, contents));
}

/** As after a start: what is numbered up to the highest in the store may be there already. */
async function opened(db: Database = test.db): Promise<EventWriter> {
  const { seq: storedSeqMax } = await lastStored(test.db);
  return EventWriter.open(db, { storedSeqMax, spoolLacks: false });
}

const counted = (solutionId: string) => countApril(test.db, solutionId);
const rowsIn = (solutionId: string) =>
  numberOf(test.db, `SELECT count() FROM events_v1 WHERE solution_id = '${solutionId}'`);
const numbersTwice = () => numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM events_v1');
const known = async ({ batch, rows }: PendingBatch) =>
  (
    await findIdentities(
      test.db,
      rowsInTails(rows).map(({ eventId }) => ({ vendorId: batch.vendorId, eventId })),
    )
  ).size;
const conflictsOf = async (batchId: string) =>
  (await listedOf(test.db, batchId)).filter((r) => r.code === 'id_conflict');

/** Events under one solution, with ids and contents that say the same whenever they are made. */
const events = (
  solutionId: string,
  n: number,
  fields: Partial<StoredEvent> = {},
): Partial<StoredEvent>[] =>
  Array.from({ length: n }, (_, i) => ({
    solutionId,
    eventId: `${solutionId}-${i}`,
    content: BigInt(i),
    ...fields,
  }));

describe('a range whose insert went on after its process had ended', () => {
  it.each([3, 300])(
    'and was there only after the next one looked, is stored once: %d events (I-86)',
    async (count) => {
      const id = `ended-${count}`;
      const [first] = range(offer(events(id, count)));
      const [more] = range(offer(events(`${id}-more`, 2)));
      if (first === undefined || more === undefined) throw new RangeError('a range is missing');
      const { seq } = await lastStored(test.db);
      // The spool holds both; the store has neither when the writer opens.
      const writer = await EventWriter.open(test.db, {
        storedSeqMax: seq + count + 2,
        spoolLacks: false,
      });
      await insertEvents(test.db, await spooledRows(first));
      await writer.writeRange([first, more]);
      expect(await rowsIn(id)).toBe(count);
      expect(await counted(id)).toBe(count);
      expect(await counted(`${id}-more`)).toBe(2);
      expect(await numbersTwice()).toBe(0);
    },
  );
});

describe('a range that was written', () => {
  it('is stored and counted, its batch and rejects with it, its identities known', async () => {
    const writer = await opened();
    const pending = offer(events('plain', 3), 2);
    await writer.writeRange(range(pending));
    expect(await counted('plain')).toBe(3);
    expect(await findBatch(test.db, pending.batch.batchId)).toEqual(pending.batch);
    expect(await listedOf(test.db, pending.batch.batchId)).toEqual(rejectsIn(pending));
    expect(await known(pending)).toBe(3);
  });

  it('has the numbers that the spool gave', async () => {
    const first = nextSeq;
    await (await opened()).writeRange(range(offer(events('seqs', 2)), offer(events('seqs-2', 1))));
    const sql = "SELECT min(seq) FROM events_v1 WHERE solution_id = 'seqs-2'";
    expect(await numberOf(test.db, sql)).toBe(first + 2);
  });

  it('with the same events is counted once, by another writer after a restart too', async () => {
    for (let i = 0; i < 2; i += 1) {
      const writer = await opened();
      await writer.writeRange(range(offer(events('again', 3))));
      await writer.writeRange(range(offer(events('again', 4))));
      expect(await rowsIn('again')).toBe(4);
    }
    expect(await counted('again')).toBe(4);
  });

  it('with the same events 20 times is counted once', async () => {
    const batches = Array.from({ length: 20 }, () => offer(events('twenty', 50)));
    await (await opened()).writeRange(range(...batches));
    expect(await rowsIn('twenty')).toBe(50);
    expect(await counted('twenty')).toBe(50);
    for (const b of batches) expect(await findBatch(test.db, b.batch.batchId)).toBeDefined();
  });

  it('with events of more than 100 months stores every one (I-90)', async () => {
    const monthMs = 31 * 86_400_000;
    const many = events('months', 120).map((event, i) => ({
      ...event,
      occurredAtMs: at('2020-01-15') + i * monthMs,
    }));
    await (await opened()).writeRange(range(offer(many)));
    expect(await rowsIn('months')).toBe(120);
    const sql = "SELECT uniqExact(_partition_id) FROM events_v1 WHERE solution_id = 'months'";
    expect(await numberOf(test.db, sql)).toBe(120);
  });

  it('with an id of two vendors stands for both', async () => {
    const fields = { solutionId: 'both', eventId: 'same' };
    const of = (vendorId: string) => offer([{ ...fields, vendorId }]);
    await (await opened()).writeRange(range(of('v'), of('w')));
    expect(await counted('both')).toBe(2);
  });
});

describe('other content under a known id', () => {
  it('is a conflict, recorded once and never counted', async () => {
    const writer = await opened();
    const first = offer(events('conflict', 1));
    const other = offer(events('conflict', 1, { content: 77n, smeId: '04595257' }));
    await writer.writeRange(range(first));
    await writer.writeRange(range(other));
    expect(await rowsIn('conflict')).toBe(1);
    expect(await conflictsOf(other.batch.batchId)).toMatchObject([{ index: 0, id: 'conflict-0' }]);
    expect(await conflictsOf(first.batch.batchId)).toEqual([]);
  });

  it('received earlier takes the place of what stood, and is counted alone (I-08)', async () => {
    const writer = await opened();
    const when = at('2023-04-20');
    for (const receivedAtMs of [when, when - 1, when + 1]) {
      await writer.writeRange(range(offer(events('earlier', 1, { receivedAtMs }))));
    }
    expect(await rowsIn('earlier')).toBe(2);
    expect(await counted('earlier')).toBe(1);
  });

  it('is listed under the batch that lost, at its place there, also when that was stored (I-91)', async () => {
    const writer = await opened();
    const when = at('2023-04-20');
    const lost = offer(events('lost', 3, { receivedAtMs: when }), 1);
    // Its first event was refused: the places of the accepted ones begin at 1.
    const placed: PendingBatch = {
      ...lost,
      rejects: tailsOf(rejectsIn(lost).map((reject) => rejectTail({ ...reject, index: 0 }))),
    };
    const stands = offer(
      events('lost', 3, { receivedAtMs: when - 1, content: 99n, resource: 'first\tone' }).slice(2),
    );
    await writer.writeRange(range(placed));
    await writer.writeRange(range(stands));
    expect(await conflictsOf(stands.batch.batchId)).toEqual([]);
    const listed = await conflictsOf(lost.batch.batchId);
    expect(listed).toMatchObject([{ index: 3, id: 'lost-2', receivedAtMs: when }]);
    expect(JSON.parse(listed[0]?.event ?? '')).toMatchObject({
      id: 'lost-2',
      solutionId: 'lost',
      occurredAt: new Date(at('2023-04-15 09:30:00')).toISOString(),
    });
  });
});

describe('a conflict', () => {
  it.each([
    ['events_v1', 'lost'],
    ['event_ids_v1', 'lost'],
    ['rejects_v1', 'refused'],
    ['batches_v1', 'refused'],
  ] as const)(
    'of what another took the place of is listed once, though %s is %s (I-91)',
    async (table, fault) => {
      const name = `place-${table}`;
      const when = at('2023-04-20');
      const lost = offer(events(name, 1, { receivedAtMs: when }));
      await (await opened()).writeRange(range(lost));
      const faults = new Faults();
      const writer = await opened(withFaults(test.db, faults.faultOf));
      const stands = offer(events(name, 1, { receivedAtMs: when - 1, content: 99n }), 1);
      const spooled = range(stands);
      faults.next(`INSERT INTO ${table}`, 1, fault);
      await expect(writer.writeRange(spooled)).rejects.toMatchObject({ code: 'store_unavailable' });
      await writer.writeRange(spooled);
      expect(await conflictsOf(lost.batch.batchId)).toMatchObject([{ index: 0, id: `${name}-0` }]);
      expect(await conflictsOf(stands.batch.batchId)).toEqual([]);
    },
  );
});

describe('a range that is written again', () => {
  it('stores nothing twice, whatever its pieces, with the memory of inserts wiped (I-86)', async () => {
    const writer = await opened();
    const whole = range(...[0, 1, 2, 3].map((i) => offer(events(`pieces-${i}`, 5), 1)));
    await writer.writeRange(whole.slice(0, 1));
    await writer.writeRange(whole.slice(1));
    await forgetInserts(test.db);
    const again = await opened();
    await again.writeRange(whole.slice(0, 3));
    await again.writeRange(whole.slice(3));
    await again.writeRange(whole);
    for (let i = 0; i < 4; i += 1) {
      expect(await rowsIn(`pieces-${i}`)).toBe(5);
      expect(await counted(`pieces-${i}`)).toBe(5);
    }
    expect(await numbersTwice()).toBe(0);
    for (const { batch } of whole) expect(await conflictsOf(batch.batchId)).toEqual([]);
  });

  it('whose events a crash left without identities makes them known, and counts them once (I-09)', async () => {
    const faults = new Faults();
    const pending = offer(events('crash', 4));
    const crashed = range(pending);
    faults.next('INSERT INTO event_ids_v1');
    const writer = await opened(withFaults(test.db, faults.faultOf));
    await expect(writer.writeRange(crashed)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([await rowsIn('crash'), await known(pending)]).toEqual([4, 0]);
    await test.reopen();
    const next = await opened();
    await next.writeRange([...crashed, ...range(offer(events('crash', 5)))]);
    expect([await rowsIn('crash'), await counted('crash'), await known(pending)]).toEqual([
      5, 5, 4,
    ]);
    expect(await numbersTwice()).toBe(0);
  });

  it('whose events reached some months only gets the rest', async () => {
    const two = events('partly', 2).map((event, i) => ({
      ...event,
      occurredAtMs: at(i === 0 ? '2023-04-15' : '2023-05-15'),
    }));
    const spooled = range(offer(two));
    await insertEvents(test.db, (await spooledRows(...spooled)).slice(0, 1));
    await (await opened()).writeRange(spooled);
    expect(await rowsIn('partly')).toBe(2);
    expect(await numbersTwice()).toBe(0);
  });

  it('of an event received earlier: what it takes the place of is not counted beside it', async () => {
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    const when = at('2023-04-20');
    await writer.writeRange(range(offer(events('crash-2', 1, { receivedAtMs: when }))));
    const earlier = range(offer(events('crash-2', 1, { receivedAtMs: when - 1 })));
    faults.next('INSERT INTO superseded_v1');
    await expect(writer.writeRange(earlier)).rejects.toThrow();
    await (await opened()).writeRange(earlier);
    expect([await rowsIn('crash-2'), await counted('crash-2')]).toEqual([2, 1]);
  });

  it('is not written while an insert of ours still runs: it may end after its answer was lost', async () => {
    const spooled = range(offer(events('runs', 2)));
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    faults.next('INSERT INTO events_v1', 1, 'lost');
    await expect(writer.writeRange(spooled)).rejects.toThrow();
    const slow = test.db.writer.command({
      query: `INSERT INTO pings_v1 SELECT sleepEachRow(1) FROM numbers(5)
        SETTINGS log_comment = 'insert events_v1', max_block_size = 1`,
    });
    const running = `SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'insert events_v1'`;
    await expect.poll(() => numberOf(test.db, running), { timeout: 6_000 }).toBe(1);
    await expect(writer.writeRange(spooled)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(writer.reconcile()).rejects.toMatchObject({ code: 'store_unavailable' });
    await slow;
    await writer.writeRange(spooled);
    expect(await rowsIn('runs')).toBe(2);
  });
});

/** More than go as text: the engine keeps them while they are stored. */
const MANY = 150;

describe('a range of many events', () => {
  it('stores each once where some are known, come twice or with other content (I-93)', async () => {
    const writer = await opened();
    await writer.writeRange(range(offer(events('many', 10))));
    const other = offer(events('many', 20, { content: 77n, smeId: '04595257' }));
    const batches = [offer(events('many', MANY)), other, offer(events('many', MANY + 5))];
    await writer.writeRange(range(...batches));
    expect([await rowsIn('many'), await counted('many')]).toEqual([MANY + 5, MANY + 5]);
    expect(await numbersTwice()).toBe(0);
    expect(await conflictsOf(other.batch.batchId)).toHaveLength(20);
    expect((await Promise.all(batches.map(known))).at(-1)).toBe(MANY + 5);
    await writer.writeRange(range(offer(events('many', MANY + 5))));
    expect(await rowsIn('many')).toBe(MANY + 5);
  });

  it.each([
    ['is screened', {}],
    ['is looked up event by event, where too many identities are known', { seenIdsMax: 0 }],
  ])('%s: what any earlier range or process stored is known (I-94)', async (how, options) => {
    const name = `seen-${how.length}`;
    await (await opened()).writeRange(range(offer(events(name, 40))));
    await (await opened()).writeRange(range(offer(events(name, MANY))));
    const { seq: storedSeqMax } = await lastStored(test.db);
    const writer = await EventWriter.open(test.db, { storedSeqMax, spoolLacks: false, ...options });
    await writer.writeRange(range(offer(events(name, MANY + 10))));
    await writer.writeRange(range(offer(events(name, MANY + 20).slice(-30))));
    await writer.writeRange(range(offer(events(name, MANY + 150))));
    expect([await rowsIn(name), await counted(name)]).toEqual([MANY + 150, MANY + 150]);
    expect(await numbersTwice()).toBe(0);
  });

  it('is stored once where the stage cannot be emptied behind it', async () => {
    let truncates = 0;
    const db = withFaults(test.db, (statement) => {
      if (!statement.startsWith('TRUNCATE')) return null;
      truncates += 1;
      return truncates === 2 ? 'refused' : null;
    });
    const writer = await opened(db);
    await writer.writeRange(range(offer(events('emptied', MANY))));
    await writer.writeRange(range(offer(events('emptied', MANY + 30))));
    expect([await rowsIn('emptied'), await numbersTwice()]).toEqual([MANY + 30, 0]);
    expect(truncates).toBe(4);
  });

  it('of which one was received earlier than what stands has it take that place (I-08)', async () => {
    const writer = await opened();
    await writer.writeRange(range(offer(events('early', 2, { receivedAtMs: 2_000_000_000_000 }))));
    const earlier = events('early', MANY, { receivedAtMs: 1_900_000_000_000 });
    await writer.writeRange(range(offer(earlier)));
    expect(await counted('early')).toBe(MANY);
  });

  it.each(
    ['range_rows', 'events_v1', 'event_ids_v1', 'batches_v1'].flatMap((table) => [
      [table, 'refused'] as const,
      [table, 'lost'] as const,
    ]),
  )('%s %s fails it; written again all is there once (I-93)', async (table, fault) => {
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    const name = `many-${table}-${fault}`;
    faults.next(`INSERT INTO ${table}`, 1, fault);
    const pending = offer(events(name, MANY), 1);
    const spooled = range(pending);
    await expect(writer.writeRange(spooled)).rejects.toMatchObject({ code: 'store_unavailable' });
    await forgetInserts(test.db);
    await writer.writeRange(spooled);
    expect([await rowsIn(name), await counted(name)]).toEqual([MANY, MANY]);
    expect([await known(pending), await numbersTwice()]).toEqual([MANY, 0]);
    expect(await conflictsOf(pending.batch.batchId)).toEqual([]);
  });

  it('is not taken for new where the look-up fails or the engine lost rows of it (I-04)', async () => {
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    const spooled = range(offer(events('unasked', MANY)), offer(events('unasked', MANY + 1)));
    const lookUps = ['FROM event_ids_v1 SETTINGS', 'FROM range_rows FORMAT', 'seq IN (SELECT seq'];
    for (const text of [...lookUps, 'argMin(seq']) {
      faults.next(text);
      await expect(writer.writeRange(spooled)).rejects.toMatchObject({ code: 'store_unavailable' });
      expect(await rowsIn('unasked')).toBe(0);
    }
    await writer.writeRange(spooled);
    expect(await rowsIn('unasked')).toBe(MANY + 1);
  });
});

describe('a store whose spool is gone', () => {
  it('has the events that a crash left half done made known: sent again they count once (I-87)', async () => {
    const pending = offer(events('gone', 3));
    const faults = new Faults();
    faults.next('INSERT INTO event_ids_v1');
    const writer = await opened(withFaults(test.db, faults.faultOf));
    await expect(writer.writeRange(range(pending))).rejects.toThrow();
    const { seq: storedSeqMax } = await lastStored(test.db);
    const next = await EventWriter.open(test.db, { storedSeqMax, spoolLacks: true });
    expect(await known(pending)).toBe(3);
    await next.writeRange(range(offer(events('gone', 4))));
    expect([await rowsIn('gone'), await counted('gone')]).toEqual([4, 4]);
  });
});

describe('a table that refuses or loses an answer', () => {
  const tables = ['events_v1', 'event_ids_v1', 'rejects_v1', 'batches_v1'];
  it.each(tables.flatMap((table) => [[table, 'refused'] as const, [table, 'lost'] as const]))(
    '%s %s fails the range; written again all is there once',
    async (table, fault) => {
      const faults = new Faults();
      const writer = await opened(withFaults(test.db, faults.faultOf));
      const name = `fault-${table}-${fault}`;
      faults.next(`INSERT INTO ${table}`, 1, fault);
      const pending = offer(events(name, 5), 1);
      const spooled = range(pending);
      await expect(writer.writeRange(spooled)).rejects.toMatchObject({ code: 'store_unavailable' });
      await writer.writeRange(spooled);
      expect(await rowsIn(name)).toBe(5);
      expect(await counted(name)).toBe(5);
      expect(await known(pending)).toBe(5);
      expect(await conflictsOf(pending.batch.batchId)).toEqual([]);
      expect(await listedOf(test.db, pending.batch.batchId)).toEqual(rejectsIn(pending));
      expect(await findBatch(test.db, pending.batch.batchId)).toEqual(pending.batch);
    },
  );

  it('a failed look-up is never taken for unknown ids (I-04)', async () => {
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    await writer.writeRange(range(offer(events('lookup', 2))));
    const again = range(offer(events('lookup', 2)));
    faults.next('format(');
    await expect(writer.writeRange(again)).rejects.toMatchObject({ code: 'store_unavailable' });
    await writer.writeRange([...again, ...range(offer(events('lookup', 3)))]);
    expect(await rowsIn('lookup')).toBe(3);
  });

  it('recovers after many failures, and nothing is double', async () => {
    const faults = new Faults();
    const writer = await opened(withFaults(test.db, faults.faultOf));
    let waiting: SpooledBatch[] = [];
    let failed = 0;
    for (let i = 0; i < 24; i += 1) {
      faults.next(`INSERT INTO ${tables[i % 4]}`, 1 + (i % 2), i % 3 === 0 ? 'lost' : 'refused');
      waiting.push(...range(offer(events('storm', i % 13), i % 2)));
      try {
        await writer.writeRange(waiting);
        waiting = [];
      } catch {
        failed += 1;
      }
    }
    faults.mend();
    await writer.writeRange([...waiting, ...range(offer(events('storm', 12), 1))]);
    expect(failed).toBeGreaterThan(10);
    expect(await rowsIn('storm')).toBe(12);
    expect(await counted('storm')).toBe(12);
    expect(await numbersTwice()).toBe(0);
  });
});

describe('a row of a range', () => {
  it('that the table does not take fails the whole range: nothing of it is passed over', async () => {
    const writer = await opened();
    const { batch } = offer(events('bad', 1));
    const rows = Buffer.from(`${nextSeq}\tv\tb\t0\tbad-0\t1\tbad\tnothing\n`);
    const broken = [{ batch, rejects: Buffer.alloc(0), firstSeq: nextSeq, rows }];
    await expect(writer.writeRange(broken)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([await rowsIn('bad'), await findBatch(test.db, batch.batchId)]).toEqual([0, undefined]);
  });
});
