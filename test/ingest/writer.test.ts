import { describe, expect, it } from 'vitest';
import { FlowproofError } from '../../core/errors.ts';
import { WAITING_EVENTS_MAX } from '../../core/limits.ts';
import { EventWriter } from '../../ingest/writer.ts';
import { findBatch } from '../../store/batches.ts';
import { countWindows } from '../../store/counts.ts';
import { findIdentities, insertEvents, type StoredEvent } from '../../store/events.ts';
import { listRejects } from '../../store/rejects.ts';
import { Faults, numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { offer } from '../helpers/offers.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const retryable = {
  name: 'FlowproofError',
  code: 'ingest_unavailable',
  status: 503,
  retryAfterS: 2,
};

/** Events that count of one solution: what a month would be judged by. */
async function counted(solutionId: string): Promise<number> {
  const window = {
    smeId: '12345675',
    kind: 'month' as const,
    startMs: at('2023-04-01'),
    endExclusiveMs: at('2023-05-01'),
    receivedBeforeMs: at('2050-01-01'),
  };
  const [count] = await countWindows(
    test.db,
    { solutionId, interactions: ['create'], subsets: [] },
    [window],
  );
  return count?.events ?? Number.NaN;
}
const rowsOf = (solutionId: string) =>
  numberOf(test.db, `SELECT count() FROM events_v1 WHERE solution_id = '${solutionId}'`);
const known = async (events: readonly { vendorId: string; eventId: string }[]) =>
  (await findIdentities(test.db, events)).size;
const conflictsOf = async (batchId: string) =>
  (await listRejects(test.db, { vendorId: null, after: null, limit: 1_000 })).filter(
    (r) => r.batchId === batchId && r.code === 'id_conflict',
  );

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

describe('what the writer resolves', () => {
  it('is stored and counted, its batch and rejects with it, its identity known', async () => {
    const writer = await EventWriter.open(test.db);
    const pending = offer(events('plain', 3), 2);
    await writer.write(pending);
    expect(await counted('plain')).toBe(3);
    expect(await findBatch(test.db, pending.batch.batchId)).toEqual(pending.batch);
    const rejects = await listRejects(test.db, { vendorId: null, after: null, limit: 1_000 });
    expect(rejects.filter((r) => r.batchId === pending.batch.batchId)).toEqual(pending.rejects);
    await writer.close();
    expect(await known(pending.rows.map((r) => r.row))).toBe(3);
  });

  it('sent again is counted once, by another writer after a restart too', async () => {
    for (let i = 0; i < 2; i += 1) {
      const writer = await EventWriter.open(test.db);
      await writer.write(offer(events('again', 3)));
      await writer.write(offer(events('again', 4)));
      await writer.close();
      expect(await rowsOf('again')).toBe(4);
    }
    expect(await counted('again')).toBe(4);
  });

  it('sent 20 times at once is counted once', async () => {
    const writer = await EventWriter.open(test.db);
    const batches = Array.from({ length: 20 }, () => offer(events('twenty', 50)));
    await Promise.all(batches.map((b) => writer.write(b)));
    await writer.close();
    expect(await rowsOf('twenty')).toBe(50);
    expect(await counted('twenty')).toBe(50);
    for (const b of batches) expect(await findBatch(test.db, b.batch.batchId)).toBeDefined();
  });

  it('under a known id with other content is a conflict, recorded once and never counted', async () => {
    const writer = await EventWriter.open(test.db);
    const [first, other] = [
      offer(events('conflict', 1)),
      offer(events('conflict', 1, { content: 77n, smeId: '04595257' })),
    ];
    await writer.write(first);
    await writer.write(other);
    await writer.close();
    expect(await rowsOf('conflict')).toBe(1);
    expect(await conflictsOf(other.batch.batchId)).toMatchObject([{ index: 0, id: 'conflict-0' }]);
    expect(await conflictsOf(first.batch.batchId)).toEqual([]);
  });

  it('received earlier takes the place of what stood, and is counted alone (I-08)', async () => {
    const writer = await EventWriter.open(test.db);
    const when = at('2023-04-20');
    await writer.write(offer(events('earlier', 1, { receivedAtMs: when })));
    await writer.write(offer(events('earlier', 1, { receivedAtMs: when - 1 })));
    await writer.write(offer(events('earlier', 1, { receivedAtMs: when + 1 })));
    await writer.close();
    expect(await rowsOf('earlier')).toBe(2);
    expect(await counted('earlier')).toBe(1);
  });

  it('of two vendors under one id stands for both', async () => {
    const writer = await EventWriter.open(test.db);
    await writer.write(
      offer(['v', 'w'].map((vendorId) => ({ vendorId, solutionId: 'both', eventId: 'same' }))),
    );
    await writer.close();
    expect(await counted('both')).toBe(2);
  });
});

describe('a crash between the two inserts', () => {
  it('loses nothing and counts nothing twice when the sender tries again (I-09)', async () => {
    const rows = [0, 1, 2].map((i) =>
      storedEvent({
        solutionId: 'crash',
        eventId: `crash-${i}`,
        content: BigInt(i),
        seq: 5_000_000 + i,
      }),
    );
    await insertEvents(test.db, rows);
    await test.reopen();
    const writer = await EventWriter.open(test.db);
    expect(await known(rows)).toBe(3);
    await writer.write(offer(events('crash', 4)));
    await writer.close();
    expect(await rowsOf('crash')).toBe(4);
    expect(await counted('crash')).toBe(4);
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM events_v1')).toBe(0);
  });

  it('of an event received earlier: what it takes the place of is not counted beside it', async () => {
    const first = storedEvent({ solutionId: 'crash-2', eventId: 'x', content: 0n, seq: 6_000_000 });
    await insertEvents(test.db, [first]);
    await (await EventWriter.open(test.db)).close();
    const earlier = {
      ...first,
      seq: 6_000_001,
      receivedAtMs: first.receivedAtMs - 1,
      supersedes: first.seq,
    };
    await insertEvents(test.db, [earlier]);
    const writer = await EventWriter.open(test.db);
    expect(await counted('crash-2')).toBe(1);
    await writer.write(offer([{ ...first }]));
    await writer.close();
    expect(await rowsOf('crash-2')).toBe(2);
    expect(await counted('crash-2')).toBe(1);
  });
});

describe('a table that refuses or loses an answer', () => {
  it.each([
    ['events_v1', 'refused', 503],
    ['events_v1', 'lost', 503],
    ['rejects_v1', 'refused', 503],
    ['rejects_v1', 'lost', 503],
    ['batches_v1', 'refused', 503],
    ['batches_v1', 'lost', 503],
    ['event_ids_v1', 'refused', 200],
    ['event_ids_v1', 'lost', 200],
  ] as const)(
    '%s %s is answered %d; sent again all is there once',
    async (table, fault, status) => {
      const faults = new Faults();
      const writer = await EventWriter.open(withFaults(test.db, faults.faultOf));
      const name = `fault-${table}-${fault}`;
      faults.next(`INSERT INTO ${table}`, 1, fault);
      const first = writer.write(offer(events(name, 5), 1));
      if (status === 503) await expect(first).rejects.toMatchObject(retryable);
      else await expect(first).resolves.toBeUndefined();
      const again = offer(events(name, 6), 1);
      await writer.write(again);
      await writer.close();
      expect(await rowsOf(name)).toBe(6);
      expect(await counted(name)).toBe(6);
      expect(await known(again.rows.map((r) => r.row))).toBe(6);
      expect(await conflictsOf(again.batch.batchId)).toEqual([]);
    },
  );

  it.each(['format(', 'max(seq)'])(
    'a failed look-up (%s) is never taken for unknown ids (I-04)',
    async (text) => {
      const faults = new Faults();
      const writer = await EventWriter.open(withFaults(test.db, faults.faultOf));
      const name = `lookup-${text.length}`;
      await writer.write(offer(events(name, 2)));
      if (text === 'max(seq)')
        faults.next(
          'INSERT INTO event_ids_v1 (vendor_id, event_id, seq, received_at, content) SETTINGS',
        );
      if (text === 'max(seq)') await writer.write(offer(events(`${name}-2`, 2)));
      faults.next(text, 1);
      await expect(writer.write(offer(events(name, 2)))).rejects.toMatchObject(retryable);
      await writer.write(offer(events(name, 3)));
      await writer.close();
      expect(await rowsOf(name)).toBe(3);
    },
  );

  it('recovers after many failures, and nothing is double', async () => {
    const faults = new Faults();
    const writer = await EventWriter.open(withFaults(test.db, faults.faultOf));
    const name = 'storm';
    const tables = ['events_v1', 'rejects_v1', 'batches_v1', 'event_ids_v1'];
    for (let i = 0; i < 24; i += 1) {
      faults.next(`INSERT INTO ${tables[i % 4]}`, 1 + (i % 2), i % 3 === 0 ? 'lost' : 'refused');
      await Promise.allSettled([1, 2, 3].map((n) => writer.write(offer(events(name, n * 4), n))));
    }
    faults.mend();
    const last = offer(events(name, 12), 1);
    await writer.write(last);
    await writer.close();
    expect(await rowsOf(name)).toBe(12);
    expect(await counted(name)).toBe(12);
    expect(await conflictsOf(last.batch.batchId)).toEqual([]);
    expect(await numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM events_v1')).toBe(0);
  });

  it('shows each reject of a write that was tried twice once', async () => {
    const faults = new Faults();
    const writer = await EventWriter.open(withFaults(test.db, faults.faultOf));
    const [alone, ...grouped] = [0, 1, 2].map((i) => offer(events(`twice-${i}`, 1), 2));
    if (alone === undefined) throw new Error('no batch');
    const first = writer.write(alone);
    const others = grouped.map((b) => writer.write(b));
    await first;
    // The group of the others fails when its rejects are written already, and is tried one by one.
    faults.next('INSERT INTO batches_v1');
    await Promise.all(others);
    await writer.close();
    const ids = grouped.map((b) => `'${b.batch.batchId}'`).join(', ');
    const sql = `SELECT count() FROM rejects_v1 WHERE batch_id IN (${ids})`;
    expect(await numberOf(test.db, sql)).toBeGreaterThan(4);
    const listed = await listRejects(test.db, { vendorId: null, after: null, limit: 1_000 });
    for (const { batch, rejects } of [alone, ...grouped]) {
      expect(listed.filter((r) => r.batchId === batch.batchId)).toEqual(rejects);
    }
  });
});

describe('a bad request in a group', () => {
  it('fails alone: the others of its group are stored', async () => {
    const writer = await EventWriter.open(test.db);
    const good = [1, 2, 3].map((i) => offer(events(`good-${i}`, 2)));
    const bad = offer(
      events('bad', 1, { occurredAtMs: Number.NaN, receivedAtMs: at('2023-04-20') }),
    );
    const [first, ...others] = good;
    if (first === undefined) throw new Error('no batch');
    const answers = await Promise.allSettled([first, bad, ...others].map((b) => writer.write(b)));
    expect(answers.map((a) => a.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(answers[1]).toMatchObject({ reason: retryable });
    await writer.write(offer(events('good-4', 2)));
    await writer.close();
    for (let i = 1; i <= 4; i += 1) expect(await counted(`good-${i}`)).toBe(2);
  });
});

describe('a writer', () => {
  it('that closes finishes what waits, then refuses', async () => {
    const writer = await EventWriter.open(test.db);
    const waiting = [0, 1, 2, 3].map((i) => writer.write(offer(events(`close-${i}`, 2))));
    await writer.close();
    await expect(Promise.all(waiting)).resolves.toHaveLength(4);
    for (let i = 0; i < 4; i += 1) expect(await counted(`close-${i}`)).toBe(2);
    expect(() => writer.write(offer(events('late', 1)))).toThrow(
      expect.objectContaining({ code: 'shutting_down', status: 503 }),
    );
    expect(await rowsOf('late')).toBe(0);
    await writer.close();
  });

  it('has a limit on what waits: beyond it 503, and room again once it is stored', async () => {
    const writer = await EventWriter.open(test.db);
    const [row] = offer(events('full', 1)).rows;
    if (row === undefined) throw new Error('no row');
    // One event offered again and again: many to wait for, one to store.
    const filling = {
      ...offer([]),
      rows: Array.from({ length: WAITING_EVENTS_MAX - 1 }, () => row),
    };
    const written = writer.write(filling);
    const one = writer.write(offer(events('full-1', 1)));
    expect(() => writer.write(offer(events('full-2', 1)))).toThrow(FlowproofError);
    expect(() => writer.write(offer(events('full-2', 1)))).toThrow(
      expect.objectContaining(retryable),
    );
    await Promise.all([written, one]);
    await writer.write(offer(events('full-2', 1)));
    await writer.close();
    expect(await rowsOf('full')).toBe(1);
    expect(await counted('full-2')).toBe(1);
  });
});
