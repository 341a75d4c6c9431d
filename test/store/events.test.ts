import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CRITERIA_MAX } from '../../core/normalFlow.ts';
import { addMonths, civilDate, LAST_MS, startOfDay } from '../../core/time.ts';
import { pageOfEvents } from '../../store/eventPages.ts';
import {
  findIdentities,
  identityKey,
  lastStored,
  reconcileIdentities,
} from '../../store/events.ts';
import { countWindows } from '../helpers/countWindows.ts';
import { numberOf, useDatabase } from '../helpers/database.ts';
import { insertEvents, insertIdentities } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();

const NASTY = [
  "it's",
  "'",
  "''",
  '\\',
  '\\\\',
  "\\'",
  '\\N',
  '\\t',
  'a\tb',
  '\ta',
  'a\t',
  'a\nb',
  '\na',
  'a\n',
  'a\r\nb',
  '\r',
  '\b\f\v',
  '\u0001\u001f\u007f',
  '"',
  '`',
  ' ',
  ' a ',
  'a;',
  ';',
  '--',
  '/* a */',
  '#',
  "'; DROP TABLE events_v1; --",
  "') OR 1=1 --",
  '{x:String}',
  '{x}',
  '$\u007bx}',
  '%s',
  '?',
  '$1',
  '@a',
  'NULL',
  'nan',
  '企業 資料',
  '🧾👩‍👩‍👧',
  '\u200b',
  '\ufeff',
  '\u2028\u2029',
  'é',
  'e\u0301',
  '\ud83d\ude00',
  '\u{10ffff}',
  '\0'.replace('\0', '0'),
];

describe('any text that an event may hold', () => {
  it('comes back as it was sent, in every field, and its id is known and no other', async () => {
    const events = NASTY.map((text, i) =>
      storedEvent({
        solutionId: 'nasty',
        vendorId: 'nasty',
        eventId: text,
        action: text,
        source: text,
        sessionId: text,
        resource: text,
        attributes: JSON.stringify({ [text]: text }),
        content: 2n ** 128n - 1n - BigInt(i),
        actor: 2n ** 64n - 1n - BigInt(i),
        sourceSeq: i === 0 ? null : Number.MAX_SAFE_INTEGER - i,
      }),
    );
    await insertEvents(test.db, events);
    await insertIdentities(test.db, events);
    const known = await findIdentities(test.db, events);
    expect(known.size).toBe(new Set(NASTY).size);
    for (const e of events) {
      const key = identityKey('nasty', e.eventId);
      expect({ [e.eventId]: known.get(key) }).toEqual({
        [e.eventId]: { seq: e.seq, receivedAtMs: e.receivedAtMs, content: String(e.content) },
      });
    }
    const page = await pageOfEvents(test.db, {
      solutionId: 'nasty',
      smeId: '12345675',
      fromMs: 0,
      untilMs: at('2024-01-01'),
      asOfMs: LAST_MS,
      after: null,
      limit: 1000,
    });
    const seen = ({
      eventId,
      action,
      source,
      sessionId,
      resource,
      actor,
      sourceSeq,
    }: (typeof page)[number]) => ({
      eventId,
      action,
      source,
      sessionId,
      resource,
      actor,
      sourceSeq,
    });
    expect(page.map(seen)).toEqual(
      events.map(({ eventId, action, source, sessionId, resource, actor, sourceSeq }) => ({
        eventId,
        action,
        source,
        sessionId,
        resource,
        actor,
        sourceSeq,
      })),
    );
    for (const text of NASTY) {
      const sql = `SELECT count() FROM events_v1 WHERE solution_id = 'nasty' AND attributes = {a:String}`;
      const answer = await test.db.reader().query({
        query: sql,
        query_params: { a: JSON.stringify({ [text]: text }) },
        format: 'JSONEachRow',
      });
      expect({ [text]: await answer.json() }).toEqual({ [text]: [{ 'count()': '1' }] });
    }
  });

  it('is counted by its action, and harms no other table', async () => {
    const window = {
      smeId: '12345675',
      kind: 'day' as const,
      startMs: at('2023-04-15'),
      endExclusiveMs: at('2023-04-16'),
      receivedBeforeMs: at('2024-01-01'),
    };
    for (let i = 0; i < NASTY.length; i += CRITERIA_MAX) {
      const subsets = NASTY.slice(i, i + CRITERIA_MAX).map((text) => [text]);
      const [count] = await countWindows(
        test.db,
        { solutionId: 'nasty', interactions: NASTY, subsets },
        [window],
      );
      expect(count).toEqual({
        logins: 0,
        interactions: NASTY.length,
        events: NASTY.length,
        activeUsers: NASTY.length,
        subsets: subsets.map(() => 1),
      });
    }
    expect(
      await numberOf(test.db, "SELECT count() FROM system.tables WHERE name = 'events_v1'"),
    ).toBe(1);
  });

  it('is looked up as itself, for generated ids under solutions with names like SQL', async () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter((s) => !s.includes('\0'));
    const runs = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 30 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(runs, text, async (pairs, solutionId) => {
        run += 1;
        const vendorId = `generated-${run}`;
        const ids = [...new Set(pairs.map(([id]) => id))];
        const events = ids.map((eventId) => storedEvent({ vendorId, solutionId, eventId }));
        await insertEvents(test.db, events);
        await insertIdentities(test.db, events);
        const asked = [...ids, ...pairs.map(([, other]) => other)].map((eventId) => ({
          vendorId,
          eventId,
        }));
        const known = await findIdentities(test.db, asked);
        expect([...known.keys()].sort()).toEqual(ids.map((id) => identityKey(vendorId, id)).sort());
      }),
      { numRuns: 20 },
    );
  });
});

describe('an insert', () => {
  it('over more than 100 month partitions stores every row', async () => {
    const months = Array.from({ length: 130 }, (_, i) => addMonths(civilDate('2020-01-01'), i));
    const events = months.map((m) =>
      storedEvent({ solutionId: 'long', occurredAtMs: startOfDay(m) }),
    );
    await insertEvents(test.db, events);
    const from = "FROM events_v1 WHERE solution_id = 'long'";
    expect(await numberOf(test.db, `SELECT count() ${from}`)).toBe(130);
    expect(await numberOf(test.db, `SELECT uniqExact(_partition_id) ${from}`)).toBe(130);
  });

  it('keeps milliseconds and a month of Taipei, not of UTC', async () => {
    const edge = at('2023-05-01');
    const events = [edge - 1, edge].map((occurredAtMs) =>
      storedEvent({ solutionId: 'edge', occurredAtMs }),
    );
    await insertEvents(test.db, events);
    const sql = "SELECT uniqExact(_partition_id) FROM events_v1 WHERE solution_id = 'edge'";
    expect(await numberOf(test.db, sql)).toBe(2);
    const page = await pageOfEvents(test.db, {
      solutionId: 'edge',
      smeId: '12345675',
      fromMs: edge - 1,
      untilMs: edge + 1,
      asOfMs: LAST_MS,
      after: null,
      limit: 9,
    });
    expect(page.map((e) => e.occurredAtMs)).toEqual([edge - 1, edge]);
  });

  it('of nothing is no statement', async () => {
    const before = await lastStored(test.db);
    await insertEvents(test.db, []);
    await insertIdentities(test.db, []);
    expect(await findIdentities(test.db, [])).toEqual(new Map());
    expect(await lastStored(test.db)).toEqual(before);
  });
});

describe('an identity', () => {
  const given = (seq: number, receivedAtMs: number, content: bigint) =>
    storedEvent({ vendorId: 'ids', eventId: 'one', seq, receivedAtMs, content });

  it('is the row of the lowest received time, then the lowest sequence, however they were written (I-08)', async () => {
    const rows = [
      given(9_000_003, 500, 3n),
      given(9_000_002, 400, 2n),
      given(9_000_001, 400, 1n),
      given(9_000_000, 600, 0n),
    ];
    for (const row of rows) await insertIdentities(test.db, [row]);
    const known = await findIdentities(test.db, [{ vendorId: 'ids', eventId: 'one' }]);
    expect(known.get(identityKey('ids', 'one'))).toEqual({
      seq: 9_000_001,
      receivedAtMs: 400,
      content: '1',
    });
  });

  it('is of one vendor: the same id of another is unknown (I-07)', async () => {
    expect(
      await findIdentities(test.db, [
        { vendorId: 'id', eventId: 'one' },
        { vendorId: 'ids', eventId: 'ONE' },
      ]),
    ).toEqual(new Map());
  });

  it('that a crash kept from being written is made known again, once, and what it supersedes too (I-09)', async () => {
    const old = storedEvent({ vendorId: 'crash', eventId: 'x', seq: 9_100_000, receivedAtMs: 900 });
    await insertEvents(test.db, [old]);
    await insertIdentities(test.db, [old]);
    const earlier = { ...old, seq: 9_100_001, receivedAtMs: 800, supersedes: old.seq };
    const fresh = storedEvent({ vendorId: 'crash', eventId: 'y', seq: 9_100_002 });
    await insertEvents(test.db, [earlier, fresh]);
    const asked = [
      { vendorId: 'crash', eventId: 'x' },
      { vendorId: 'crash', eventId: 'y' },
    ];
    expect((await findIdentities(test.db, asked)).size).toBe(1);
    await reconcileIdentities(test.db);
    await reconcileIdentities(test.db);
    const known = await findIdentities(test.db, asked);
    expect(known.get(identityKey('crash', 'x'))?.seq).toBe(earlier.seq);
    expect(known.get(identityKey('crash', 'y'))?.seq).toBe(fresh.seq);
    expect(
      await numberOf(test.db, "SELECT count() FROM event_ids_v1 WHERE vendor_id = 'crash'"),
    ).toBe(3);
    expect(
      await numberOf(test.db, `SELECT count() FROM superseded_v1 WHERE seq = ${old.seq}`),
    ).toBe(1);
  });
});

describe('a page of events', () => {
  it('goes on after the last one: each once, in order, those of one millisecond included', async () => {
    const at0 = at('2023-06-01 10:00:00');
    const times = [0, 1, 1, 1, 1, 1, 2, 3, 3, 9].map((ms) => at0 + ms);
    const events = times.map((occurredAtMs) => storedEvent({ solutionId: 'paged', occurredAtMs }));
    await insertEvents(test.db, [...events].reverse());
    await insertIdentities(test.db, [
      storedEvent({ solutionId: 'paged', supersedes: events[3]?.seq ?? 0 }),
    ]);
    const seen: number[] = [];
    let after: { occurredAtMs: number; seq: number } | null = null;
    for (;;) {
      const page = await pageOfEvents(test.db, {
        solutionId: 'paged',
        smeId: '12345675',
        fromMs: at0,
        untilMs: at0 + 9,
        asOfMs: LAST_MS,
        after,
        limit: 2,
      });
      seen.push(...page.map((e) => e.seq));
      const last = page.at(-1);
      if (last === undefined) break;
      after = { occurredAtMs: last.occurredAtMs, seq: last.seq };
    }
    const standing = events.slice(0, 9).filter((_, i) => i !== 3);
    expect(seen).toEqual(standing.map((e) => e.seq));
  });
});
