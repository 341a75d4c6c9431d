import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Database } from '../../store/clickhouse.ts';
import { readActs } from '../../store/otherActs.ts';
import { numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const START = at('2023-04-15');
const SPAN = { startMs: START, endExclusiveMs: START + 60_000 };

function used(where: string, smeId: string, second: number, action: string, delayMs = 1_000) {
  const occurredAtMs = START + second * 1_000;
  const receivedAtMs = occurredAtMs + delayMs;
  return storedEvent({ solutionId: where, smeId, action, occurredAtMs, receivedAtMs });
}

it('the acts of firms are those of their vendor alone, in time, whichever solution they came from', async () => {
  const [one, two] = ['10000001', '10000002'];
  await insertEvents(test.db, [
    used('v-1', one, 30, 'print'),
    used('v-2', one, 10, 'print'),
    used('v-1', one, 10, 'create'),
    // By the bytes of their names, not by their characters.
    used('v-1', one, 10, '\u{1f600}'),
    used('v-1', one, 10, '\uffee'),
    // Came apart: an act of its own.
    used('v-1', one, 10, 'late', 9_000),
    used('w-1', one, 20, 'click'),
    used('w-1', two, 59, 'click'),
    used('w-1', two, 60, 'click'),
    used('v-1', two, 5, 'click'),
    storedEvent({ solutionId: 'v-1', smeId: one, actorRole: 'consumer', occurredAtMs: START }),
  ]);
  const [of, other, none] = await readActs(test.db, [
    { solutionIds: ['v-1', 'v-2'], smeIds: [one, '10000009'], ...SPAN },
    { solutionIds: ['w-1'], smeIds: [two], ...SPAN },
    { solutionIds: ['x-1'], smeIds: [], ...SPAN },
  ]);
  const second = START / 1_000;
  const act = (after: number, actions: string[], delayMs = 1_000) => ({
    second: second + after,
    receivedAtMs: START + after * 1_000 + delayMs,
    actions,
  });
  expect([...(of ?? [])]).toEqual([
    [
      one,
      [
        act(10, ['create', 'print', '\uffee', '\u{1f600}']),
        act(10, ['late'], 9_000),
        act(30, ['print']),
      ],
    ],
  ]);
  expect([...(other ?? [])]).toEqual([[two, [act(59, ['click'])]]]);
  expect(none?.size).toBe(0);
  expect(await readActs(test.db, [])).toEqual([]);
});

it('no row comes of a firm, or a time, that only another vendor is asked for', async () => {
  const [one, two, three] = ['10000001', '10000002', '10000003'];
  const year = 365 * 86_400;
  await insertEvents(
    test.db,
    ['far-v', 'far-w'].flatMap((solutionId) =>
      [one, two, three].flatMap((smeId) =>
        [10, 59, 60, year + 10, year + 59, year + 60].map((second) =>
          used(solutionId, smeId, second, 'click'),
        ),
      ),
    ),
  );
  const later = {
    startMs: SPAN.startMs + year * 1_000,
    endExclusiveMs: SPAN.endExclusiveMs + year * 1_000,
  };
  const statements: string[] = [];
  const db = withFaults(test.db, (statement) => {
    statements.push(statement.replace('FORMAT Native', ''));
    return null;
  });
  const found = await readActs(db, [
    { solutionIds: ['far-v'], smeIds: [one, two], ...SPAN },
    { solutionIds: ['far-w'], smeIds: [two, three], ...later },
  ]);
  const secondsOf = (firms: (typeof found)[number]) =>
    [...firms].map(([smeId, acts]) => [smeId, ...acts.map((a) => a.second - START / 1_000)]).sort();
  expect(found.map(secondsOf)).toEqual([
    [
      [one, 10, 59],
      [two, 10, 59],
    ],
    [
      [two, year + 10, year + 59],
      [three, year + 10, year + 59],
    ],
  ]);
  expect(statements).toHaveLength(1);
  expect(await numberOf(test.db, `SELECT count() FROM (${statements.join()})`)).toBe(8);
});

it('the process does other work between the firms of a large answer', async () => {
  const firms = ['10000001', '10000002', '10000003'];
  await insertEvents(
    test.db,
    firms.flatMap((smeId) =>
      Array.from({ length: 10_001 }, (_, i) => used('turns', smeId, i % 60, 'click')),
    ),
  );
  const reader: ReturnType<Database['reader']> = Object.create(test.db.reader());
  let turns = 0;
  let isRead = false;
  const turn = () => {
    turns += 1;
    if (!isRead) setImmediate(turn);
  };
  reader.exec = async (params) => {
    const answer = await test.db.reader().exec(params);
    const pieces = await answer.stream.toArray();
    // From here on nothing is waited for.
    setImmediate(turn);
    return { ...answer, stream: Readable.from(pieces) };
  };
  const db: Database = { ...test.db, reader: () => reader };
  const [found] = await readActs(db, [{ solutionIds: ['turns'], smeIds: firms, ...SPAN }]);
  isRead = true;
  expect([...(found ?? [])].map(([smeId, acts]) => [smeId, acts.length]).sort()).toEqual(
    firms.map((smeId) => [smeId, 60]),
  );
  expect(turns).toBeGreaterThanOrEqual(firms.length);
});
