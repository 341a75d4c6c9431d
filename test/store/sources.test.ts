import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Stretch, sequenceOf } from '../../core/sources.ts';
import { pageOfSources, refusedNumbersOf, stretchesOf } from '../../store/sources.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertRejects } from '../helpers/rejects.ts';
import { insertEvents, insertIdentities, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const ALWAYS = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };
const START = at('2023-04-15 09:00:00');

async function stored(events: readonly Partial<StoredEvent>[]): Promise<StoredEvent[]> {
  // A batch is of one vendor.
  const rows = events.map((event) => storedEvent({ ...event, batchId: `of ${event.vendorId}` }));
  await insertEvents(test.db, rows);
  await insertIdentities(test.db, rows);
  return rows;
}

async function stretches(vendorId: string, source: string, within = ALWAYS): Promise<Stretch[]> {
  const keys = [{ vendorId, source }];
  const rows = await stretchesOf(test.db, { ...within, keys, limit: 100_000 });
  return rows.map(({ vendorId: _, source: __, ...stretch }) => stretch);
}

/** Cut in the order of receipt where a number is not one more than the last. */
function cut(events: readonly StoredEvent[]): Stretch[] {
  const ordered = [...events].sort((a, b) => a.receivedAtMs - b.receivedAtMs || a.seq - b.seq);
  const found: StoredEvent[][] = [];
  for (const event of ordered) {
    const current = found.at(-1);
    const isNext = current?.at(-1)?.sourceSeq === (event.sourceSeq ?? Number.NaN) - 1;
    if (current !== undefined && isNext) current.push(event);
    else found.push([event]);
  }
  return found.flatMap((stretch) => {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (first === undefined || last === undefined) return [];
    return {
      fromSeq: first.sourceSeq ?? Number.NaN,
      toSeq: last.sourceSeq ?? Number.NaN,
      firstReceivedMs: first.receivedAtMs,
      lastReceivedMs: last.receivedAtMs,
      firstOccurredMs: first.occurredAtMs,
      lastOccurredMs: last.occurredAtMs,
    };
  });
}

describe('stretches of numbers', () => {
  it('are those that a walk in the order of receipt finds, for any events', async () => {
    const event = fc.record({
      seq: fc.oneof(fc.nat(6), fc.constantFrom(0, Number.MAX_SAFE_INTEGER - 100)),
      up: fc.boolean(),
      receivedS: fc.nat(3),
      occurredS: fc.nat(5_000_000),
    });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 40 }), async (events) => {
        n += 1;
        let last = 0;
        const rows = await stored(
          events.map(({ seq, up, receivedS, occurredS }) => {
            last = up ? last + 1 : seq;
            const occurredAtMs = START + occurredS * 1_000;
            const receivedAtMs = START + receivedS * 1_000;
            return {
              vendorId: `p${n}`,
              source: 'till',
              sourceSeq: last,
              occurredAtMs,
              receivedAtMs,
            };
          }),
        );
        expect(await stretches(`p${n}`, 'till')).toEqual(cut(rows));
      }),
      { numRuns: 40 },
    );
  });

  it('are of one source alone, of events that stand, that carry a number, received in the time', async () => {
    const [first] = await stored([
      { vendorId: 'one', source: 'a', sourceSeq: 1, eventId: 'moved' },
    ]);
    await stored([
      {
        vendorId: 'one',
        source: 'a',
        sourceSeq: 2,
        eventId: 'moved',
        supersedes: first?.seq ?? null,
      },
      { vendorId: 'one', source: 'a', sourceSeq: null },
      { vendorId: 'one', source: 'b', sourceSeq: 3 },
      { vendorId: 'two', source: 'a', sourceSeq: 4 },
      { vendorId: 'one', source: 'a', sourceSeq: 9, occurredAtMs: at('2023-05-01 00:00:00') },
    ]);
    const found = async (within = ALWAYS) =>
      (await stretches('one', 'a', within)).map(({ fromSeq, toSeq }) => [fromSeq, toSeq]);
    expect(await found()).toEqual([
      [2, 2],
      [9, 9],
    ]);
    const received = at('2023-05-01 00:00:01');
    expect(await found({ fromMs: received, untilMs: received + 1 })).toEqual([[9, 9]]);
    expect(await found({ fromMs: 0, untilMs: received })).toEqual([[2, 2]]);
  });

  it('of many thousand events are few where none is missing', async () => {
    const events = Array.from({ length: 60_000 }, (_, i) => ({
      vendorId: 'large',
      source: 'till',
      sourceSeq: i < 30_000 ? i : i + 1,
      occurredAtMs: START + i,
      receivedAtMs: START + i + 5,
    }));
    await stored(events);
    const found = await stretches('large', 'till');
    expect(found).toHaveLength(2);
    expect(sequenceOf(found)?.gaps).toMatchObject([{ fromSeq: 30_000, toSeq: 30_000 }]);
  });
});

describe('sources', () => {
  it('come in pages by vendor and name, whatever text their names are', async () => {
    const names = ['', "it's", 'a\tb', 'a\nb', '\\N', "'; --", '企業 ', '🧾', '{x:String}'];
    await stored(
      names.flatMap((source) => [
        { vendorId: 'names', source, sourceSeq: 1 },
        { vendorId: 'names', source, sourceSeq: null },
        { vendorId: 'names2', source, sourceSeq: 1 },
      ]),
    );
    const question = { ...ALWAYS, vendorId: 'names' };
    const all = await pageOfSources(test.db, { ...question, after: null, limit: 100 });
    expect(all.map(({ source }) => source).sort()).toEqual([...names].sort());
    for (const { source, events, unnumbered } of all) {
      // Without a name and a number an event is of no source.
      expect([source, events, unnumbered]).toEqual([
        source,
        source === '' ? 1 : 2,
        source === '' ? 0 : 1,
      ]);
      expect(await stretches('names', source)).toHaveLength(1);
    }
    const paged = [];
    for (let after = null; ; ) {
      const [next] = await pageOfSources(test.db, { ...question, after, limit: 1 });
      if (next === undefined) break;
      paged.push(next);
      after = next;
    }
    expect(paged).toEqual(all);
    const after = all.at(-1) ?? null;
    const [other] = await pageOfSources(test.db, { ...ALWAYS, vendorId: null, after, limit: 1 });
    expect(other).toMatchObject({ vendorId: 'names2', source: '' });
  });

  it('have the numbers of their refused events, each once, and of no other source', async () => {
    const reject = (index: number, event: object | null, vendorId = 'refused') => ({
      batchId: 'b',
      vendorId,
      index,
      id: null,
      code: 'unknown_sme',
      detail: 'd',
      receivedAtMs: START,
      event: event === null ? '' : JSON.stringify(event),
    });
    await insertRejects(test.db, [
      reject(0, { source: 'a', seq: 5 }),
      reject(1, { source: 'a', seq: 3 }),
      reject(2, { source: 'a', seq: 5 }),
      reject(3, { source: 'b', seq: 4 }),
      reject(4, { source: 'a' }),
      reject(5, { source: 'a', seq: 'x' }),
      reject(6, { source: 'a', seq: -1 }),
      reject(7, { source: 'a', seq: 1e300 }),
      reject(8, null),
      reject(9, { source: 'a', seq: 6 }, 'other'),
    ]);
    const keys = [{ vendorId: 'refused', source: 'a' }];
    const found = await refusedNumbersOf(test.db, { ...ALWAYS, keys, limitEach: 100 });
    expect(found.map(({ seq }) => seq)).toEqual([3, 5]);
  });
});

describe('a long and irregular history', () => {
  const EVENTS = 300_000;
  const keys = [{ vendorId: 'long', source: 'till' }];
  const question = { ...ALWAYS, keys, limit: 20 };
  const few = { heldBytesMax: 40_000_000, spillBytes: 2_000_000 };

  it('is answered in little memory, going on on disk (I-120)', async () => {
    // Received in an order of its own, so that almost no number follows on the one before.
    await test.db.writer.command({
      query: `INSERT INTO events_v1 (seq, vendor_id, solution_id, sme_id, event_id, actor_role,
          occurred_at, received_at, source, source_seq)
        SELECT 10000000 + number, 'long', 's', '10000001', toString(number), 'staff', at, at,
          'till', bitXor(number, 5461)
        FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${START} + number), 'UTC') AS at
          FROM numbers(${EVENTS}))
        ORDER BY cityHash64(number)`,
    });
    const numbers = Array.from({ length: 100 }, (_, n) => n ^ 5461);
    const first = await stretchesOf(test.db, question, few);
    expect(first.slice(0, 5)).toMatchObject(
      cutNumbers(numbers)
        .slice(0, 5)
        .map(([fromSeq, toSeq]) => ({ fromSeq, toSeq })),
    );
    expect(first).toHaveLength(20);
    const all = await stretchesOf(test.db, { ...question, limit: EVENTS });
    expect(all.reduce((sum, s) => sum + s.toSeq - s.fromSeq + 1, 0)).toBe(EVENTS);
    const [page] = await pageOfSources(
      test.db,
      { ...ALWAYS, vendorId: 'long', after: null, limit: 10 },
      few,
    );
    expect(page).toMatchObject({ source: 'till', events: EVENTS, unnumbered: 0 });
  });

  it('that needs more than it may hold is an error, and takes no more (I-120)', async () => {
    const less = { heldBytesMax: 2_000_000, spillBytes: 1_000_000 };
    await expect(stretchesOf(test.db, question, less)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

/** First and last of each stretch of these numbers. */
function cutNumbers(numbers: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const seq of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === seq - 1) last[1] = seq;
    else found.push([seq, seq]);
  }
  return found;
}
