import { beforeAll, describe, expect, it } from 'vitest';
import { unorderedUses } from '../../api/unorderedUses.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

/** Eight firms, of which four have an order; each used the solution before and within it. */
const test = useDatabase();
const FIRMS = Array.from({ length: 8 }, (_, i) => `2000000${i}`);
const ORDERED = [1, 2, 4, 5];
const registry = registryOf([
  ...solutionEntries('c'),
  ...ORDERED.map((i) =>
    orderEntry(`o-${i}`, 'c', { smeId: FIRMS[i], contractStart: '2023-05-01' }),
  ),
]);

beforeAll(async () => {
  const events = FIRMS.flatMap((smeId, i) =>
    // Of firm 4 only what its order covers.
    ['2023-04-10', '2023-05-10']
      .slice(i === 4 ? 1 : 0)
      .map((day) =>
        storedEvent({ vendorId: 'v-c', solutionId: 's-c', smeId, occurredAtMs: at(day) }),
      ),
  );
  await insertEvents(test.db, events);
});

async function told(firmsPerRead: number, changes: { limit?: number; after?: number } = {}) {
  const { limit = 100, after } = changes;
  const smeId = after === undefined ? undefined : FIRMS[after];
  const asked = {
    solutionIds: ['s-c'],
    after: smeId === undefined ? null : { solutionId: 's-c', smeId },
    receivedBeforeMs: at('2024-01-01'),
    limit,
  };
  const found = await unorderedUses(test.db, [...registry.orders()], asked, firmsPerRead);
  return found.map((use) => `${use.smeId.slice(-1)}: ${use.orders} ${use.events}`);
}

describe('use without an order, read from firm to firm', () => {
  const all = ['0: 0 2', '1: 1 1', '2: 1 1', '3: 0 2', '5: 1 1', '6: 0 2', '7: 0 2'];

  it.each([1, 2, 3, 4, 100])('is the same where %d are asked at once (I-191)', async (many) => {
    expect(await told(many)).toEqual(all);
    for (const limit of [1, 3, 5, 7]) {
      expect(await told(many, { limit })).toEqual(all.slice(0, limit));
    }
    expect(await told(many, { after: 2 })).toEqual(all.slice(3));
    expect(await told(many, { after: 3, limit: 2 })).toEqual(all.slice(4, 6));
    expect(await told(many, { after: 6 })).toEqual(all.slice(6));
    expect(await told(many, { after: 7 })).toEqual([]);
  });
});
