import { describe, expect, it } from 'vitest';
import type { PendingBatch, SpooledBatch } from '../../ingest/spoolBatch.ts';
import { EventWriter } from '../../ingest/writer.ts';
import { lastStored } from '../../store/events.ts';
import { countApril } from '../helpers/countWindows.ts';
import { numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { eventsOf } from '../helpers/loader.ts';
import { offer } from '../helpers/offers.ts';
import { listedOf } from '../helpers/rejects.ts';
import { spooledOf } from '../helpers/storedEvents.ts';

const test = useDatabase();
const numbersTwice = () => numberOf(test.db, 'SELECT count() - uniqExact(seq) FROM events_v1');

/**
 * A range whose events may be stored already, and a writer that takes it in such pieces.
 * @param failsAt the insert of events, from 1, whose answer is lost
 */
async function doubtful(pendings: readonly PendingBatch[], pieceBytesMax: number, failsAt = 0) {
  let inserts = 0;
  const db = withFaults(test.db, (statement) => {
    if (!statement.includes('INSERT INTO events_v1')) return null;
    inserts += 1;
    return inserts === failsAt ? 'lost' : null;
  });
  let seq = (await lastStored(test.db)).seq + 1;
  const range: SpooledBatch[] = [];
  for (const pending of pendings) {
    range.push(spooledOf(pending, seq));
    seq += pending.rows.length;
  }
  const writer = await EventWriter.open(db, {
    storedSeqMax: seq,
    spoolLacks: false,
    pieceBytesMax,
  });
  return { inserts: () => inserts, store: () => writer.writeRange(range) };
}

describe('a range that is looked at event by event', () => {
  it.each([
    ['less than a batch: each by itself', 0.5, 3],
    ['two batches', 2.5, 2],
    ['more than all', 9, 1],
  ])('is stored in order and once, in pieces of %s', async (_, batches, pieces) => {
    const id = `pieces-${pieces}`;
    const pendings = [0, 1, 2].map((i) => offer(eventsOf(id, 10 * i, 10)));
    const bytes = spooledOf(offer(eventsOf(id, 0, 10)), 1).rows.length;
    const { store, inserts } = await doubtful(pendings, batches * bytes);
    await store();
    expect(inserts()).toBe(pieces);
    await store();
    expect(await countApril(test.db, id)).toBe(30);
    expect(await numbersTwice()).toBe(0);
    const order = `SELECT groupArray(event_id) = arraySort(x -> toUInt32(splitByChar('-', x)[3]),
      groupArray(event_id)) FROM (SELECT event_id FROM events_v1
      WHERE solution_id = '${id}' ORDER BY seq)`;
    expect(await numberOf(test.db, order)).toBe(1);
  });

  it('counts an event that comes in two of its pieces once, and lists it where it differs', async () => {
    const [same, other] = [eventsOf('twice', 0, 2), eventsOf('twice', 0, 2)];
    const conflict = offer([{ ...other[0], content: 99n }, ...other.slice(1)]);
    const { store } = await doubtful([offer(same), conflict], 1);
    await store();
    expect(await countApril(test.db, 'twice')).toBe(2);
    const listed = await listedOf(test.db, conflict.batch.batchId);
    expect(listed.map(({ index, code }) => `${index} ${code}`)).toEqual(['0 id_conflict']);
  });

  it.each([1, 2])(
    'whose piece %d fails is written again, and nothing is double',
    async (failsAt) => {
      const id = `half-${failsAt}`;
      const pendings = [offer(eventsOf(id, 0, 5)), offer(eventsOf(id, 5, 5))];
      const { store } = await doubtful(pendings, 1, failsAt);
      await expect(store()).rejects.toMatchObject({ code: 'store_unavailable' });
      await store();
      expect(await countApril(test.db, id)).toBe(10);
      expect(await numbersTwice()).toBe(0);
    },
  );
});

describe('a range of new events', () => {
  it('is looked up event by event once more identities are known than are kept (I-94)', async () => {
    const MANY = 150;
    const { seq: storedSeqMax } = await lastStored(test.db);
    const ids = await numberOf(test.db, 'SELECT count() FROM event_ids_v1');
    let truncated = 0;
    const db = withFaults(test.db, (statement) => {
      // The stage is emptied before and behind each use.
      if (statement.startsWith('TRUNCATE')) truncated += 1;
      return null;
    });
    const seenIdsMax = ids + MANY - 1;
    const writer = await EventWriter.open(db, { storedSeqMax, spoolLacks: false, seenIdsMax });
    const staged: boolean[] = [];
    let seq = storedSeqMax + 1;
    for (const count of [MANY, MANY + 120, MANY + 240]) {
      const before = truncated;
      await writer.writeRange([spooledOf(offer(eventsOf('outgrown', 0, count)), seq)]);
      seq += count;
      staged.push(truncated > before);
    }
    expect(staged).toEqual([true, false, false]);
    const rows = `SELECT count() FROM events_v1 WHERE solution_id = 'outgrown'`;
    expect([await numberOf(test.db, rows), await numbersTwice()]).toEqual([MANY + 240, 0]);
  });
});
