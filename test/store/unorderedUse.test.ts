import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractedTime,
  pageOfUnorderedUse,
  type UnorderedUseQuestion,
} from '../../store/unorderedUse.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents, insertIdentities } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const START = at('2023-04-15');
const NEVER = at('2030-01-01');
const SOLUTIONS = ['a', 'a-1', 'b'];
const ALL: UnorderedUseQuestion = {
  solutionIds: SOLUTIONS,
  after: null,
  to: null,
  contracts: [],
  receivedBeforeMs: NEVER,
  limit: 100,
};

const FIRMS = ['20000001', '20000002', '30000001'];
/** Every firm with every solution, at each of ten seconds, by vendors of one solution each. */
const LOG = SOLUTIONS.flatMap((solutionId) =>
  FIRMS.flatMap((smeId) =>
    Array.from({ length: 10 }, (_, second) =>
      storedEvent({
        vendorId: `v-${solutionId}`,
        solutionId,
        smeId,
        occurredAtMs: START + second * 1_000,
        receivedAtMs: START + 60_000 + second,
        // Whoever acted: what never counts is stored too.
        actorRole: second % 2 === 0 ? 'staff' : 'consumer',
        batchId: `of ${solutionId}`,
      }),
    ),
  ),
);
beforeAll(() => insertEvents(test.db, LOG));

const seconds = (from: number, until: number) => ({
  startMs: START + from * 1_000,
  endExclusiveMs: START + until * 1_000,
});

async function told(changes: Partial<UnorderedUseQuestion>): Promise<string[]> {
  const found = await pageOfUnorderedUse(test.db, { ...ALL, ...changes });
  return found.map(({ vendorId, solutionId, smeId, events, firstMs, lastMs }) => {
    const [first, last] = [firstMs, lastMs].map((ms) => (ms - START) / 1_000);
    return `${vendorId} ${solutionId} ${smeId} ${events} ${first}–${last}`;
  });
}

describe('use outside of every contract', () => {
  it('is told by solution and firm, of those asked for, as it was received by then', async () => {
    const every = SOLUTIONS.flatMap((s) => FIRMS.map((f) => `v-${s} ${s} ${f} 10 0–9`));
    expect(await told({})).toEqual(every);
    expect(await told({ solutionIds: ['a-1'] })).toEqual(every.slice(3, 6));
    expect(await told({ solutionIds: [] })).toEqual([]);
    const [after, to] = [
      { solutionId: 'a', smeId: '20000002' },
      { solutionId: 'a-1', smeId: '20000001' },
    ];
    expect(await told({ after, to })).toEqual(every.slice(2, 4));
    expect(await told({ after, limit: 2 })).toEqual(every.slice(2, 4));
    expect(await told({ solutionIds: ['b'], receivedBeforeMs: START + 60_003 })).toEqual(
      FIRMS.map((f) => `v-b b ${f} 3 0–2`),
    );
  });

  it('is what lies in no contract of its own firm and solution, to the millisecond (I-191)', async () => {
    const contract = fc.record({
      solutionId: fc.constantFrom(...SOLUTIONS),
      smeId: fc.constantFrom(...FIRMS),
      from: fc.nat(10),
      until: fc.nat(12),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(contract, { maxLength: 12 }), async (given) => {
        const contracts = given
          .filter(({ from, until }) => from < until)
          .filter((c, i, all) => !all.slice(0, i).some((o) => overlaps(o, c)))
          .map(({ from, until, ...of }): ContractedTime => ({ ...of, ...seconds(from, until) }));
        const found = await pageOfUnorderedUse(test.db, { ...ALL, contracts });
        const outside = LOG.filter(
          (e) =>
            !contracts.some(
              (c) =>
                c.solutionId === e.solutionId &&
                c.smeId === e.smeId &&
                c.startMs <= e.occurredAtMs &&
                e.occurredAtMs < c.endExclusiveMs,
            ),
        );
        const wanted = SOLUTIONS.flatMap((solutionId) =>
          FIRMS.flatMap((smeId) => {
            const its = outside.filter((e) => e.solutionId === solutionId && e.smeId === smeId);
            const times = its.map((e) => e.occurredAtMs);
            const [firstMs, lastMs] = [Math.min(...times), Math.max(...times)];
            const vendorId = `v-${solutionId}`;
            return its.length === 0
              ? []
              : [{ vendorId, solutionId, smeId, events: its.length, firstMs, lastMs }];
          }),
        );
        expect(found).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it('is of events that stand', async () => {
    const one = { vendorId: 'v-z', solutionId: 'z', smeId: '20000001', eventId: 'moved' };
    const first = storedEvent({ ...one, occurredAtMs: START });
    const second = { ...one, occurredAtMs: START + 1_000, supersedes: first.seq };
    for (const event of [first, storedEvent(second)]) {
      await insertEvents(test.db, [event]);
      await insertIdentities(test.db, [event]);
    }
    expect(await told({ solutionIds: ['z'] })).toEqual(['v-z z 20000001 1 1–1']);
  });
});

function overlaps(
  a: { solutionId: string; smeId: string; from: number; until: number },
  b: typeof a,
): boolean {
  const isSame = a.solutionId === b.solutionId && a.smeId === b.smeId;
  return isSame && a.from < b.until && b.from < a.until;
}

describe('use of very many firms without an order', () => {
  const many = { ...ALL, solutionIds: ['many'], limit: 5 };

  it('is answered in little memory, going on on disk (I-192)', async () => {
    await test.db.writer.command({
      query: `INSERT INTO events_v1 (seq, vendor_id, solution_id, sme_id, event_id, actor_role,
          occurred_at, received_at)
        SELECT 10000000 + number, 'v', 'many', toString(40000000 + number), toString(number), 'staff',
          at, at
        FROM (SELECT number, fromUnixTimestamp64Milli(toInt64(${START} + number), 'UTC') AS at
          FROM numbers(1000000))`,
    });
    const few = { heldBytesMax: 150_000_000, spillBytes: 5_000_000 };
    const found = await pageOfUnorderedUse(test.db, many, few);
    expect(found.map((f) => f.smeId)).toEqual([0, 1, 2, 3, 4].map((n) => `4000000${n}`));
    const inMemory = { ...few, spillBytes: 1e12 };
    await expect(pageOfUnorderedUse(test.db, many, inMemory)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});
