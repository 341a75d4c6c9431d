import { beforeAll, describe, expect, it } from 'vitest';
import { reportsOf } from '../../api/sourceReports.ts';
import { pageOfSources } from '../../store/sources.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const ALWAYS = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };

/** Stretches of each source: a is 1, b is 3, c has no number, d is 2. */
const NUMBERS = { a: [1, 2], b: [1, 3, 5], c: [null], d: [1, 3] };
beforeAll(async () => {
  const events = Object.entries(NUMBERS).flatMap(([source, numbers]) =>
    numbers.map((sourceSeq) => storedEvent({ source, sourceSeq })),
  );
  await insertEvents(test.db, events);
});

async function reports(from: number, stretchesMax: number) {
  const question = { ...ALWAYS, vendorId: 'v', after: null, limit: 100 };
  const sources = (await pageOfSources(test.db, question)).slice(from);
  const found = await reportsOf(test.db, ALWAYS, sources, stretchesMax);
  return found.map(({ source, missing, complete }) => [source, missing, complete]);
}
const A = ['a', 0, true];
const B = ['b', 2, true];
const C = ['c', 0, true];

describe('sources are judged whole, or said not to be', () => {
  it.each([
    ['all that can be judged at once', 0, 6, [A, B, C, ['d', 1, true]]],
    ['those before the one that would be too much', 0, 5, [A, B, C]],
    ['no part of a source beside others', 0, 3, [A]],
    ['the first alone, though it is too much', 1, 2, [['b', 1, false]]],
    ['the first whole, where it just can be', 1, 3, [B, C]],
  ])('%s', async (_, from, stretchesMax, expected) => {
    expect(await reports(from, stretchesMax)).toEqual(expected);
  });
});
