import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monthRows } from '../../core/authenticity/monthRows.ts';
import type { UsageCount } from '../../core/judge.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Database } from '../../store/clickhouse.ts';
import { type CountRequest, countUse } from '../../store/counts.ts';
import { useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

/** Firms with more use than is read at once: each month of theirs is read by itself. */
const test = useDatabase();

const BASE = at('2023-04-15');
const MONTHS = 4;
const DAYS = MONTHS * 30;
const FIRMS = ['10000001', '10000002', '10000003', '10000004'];
const ACTIONS = ['login', 'create', 'click', 'print'];
const FOREVER = BASE + 400 * DAY_MS;

const event = fc.record({
  // The first has most of it.
  smeId: fc.constantFrom(...FIRMS, FIRMS[0] ?? '', FIRMS[0] ?? '', FIRMS[0] ?? ''),
  solution: fc.constantFrom('a', 'a', 'b'),
  actor: fc.integer({ min: 0, max: 6 }).map((n) => 2n ** 64n - 1n - BigInt(n)),
  address: fc.integer({ min: 0, max: 2 }).map(BigInt),
  actorRole: fc.constantFrom('owner', 'staff', 'consumer'),
  action: fc.constantFrom(...ACTIONS),
  // Around the turns of days and months too, and outside of all of them.
  occurredAtMs: fc
    .tuple(fc.integer({ min: -3, max: DAYS + 3 }), fc.constantFrom(-1, 0, 1, 43_200_000))
    .map(([day, ms]) => BASE + day * DAY_MS + ms),
  delayMs: fc.constantFrom(1, DAY_MS, 40 * DAY_MS),
});

const world = fc.record({
  events: fc.array(event, { minLength: 120, maxLength: 200, size: 'max' }),
  pageRowsMax: fc.integer({ min: 6, max: 24 }),
});

/** Each month of each firm with its days and a week that reaches into the next, as a rule asks. */
function requestsOf(solutionIds: readonly string[]): CountRequest[] {
  const actions = { interactions: ['create', 'print'], subsets: [['print'], ['click', 'create']] };
  return solutionIds.flatMap((solutionId) =>
    FIRMS.flatMap((smeId) =>
      Array.from({ length: MONTHS }, (_, month) => {
        const startMs = BASE + month * 30 * DAY_MS;
        const receivedBeforeMs = Math.min(FOREVER, startMs + 37 * DAY_MS);
        const window = (from: number, days: number) => ({
          startMs: startMs + from * DAY_MS,
          endExclusiveMs: startMs + (from + days) * DAY_MS,
          receivedBeforeMs,
        });
        const days = Array.from({ length: 30 }, (_, day) => window(day, 1));
        return { solutionId, smeId, actions, windows: [window(0, 30), ...days, window(27, 7)] };
      }),
    ),
  );
}

const spanOf = ({ windows }: CountRequest) => ({
  startMs: Math.min(...windows.map((w) => w.startMs)),
  endExclusiveMs: Math.max(...windows.map((w) => w.endExclusiveMs)),
  receivedBeforeMs: windows[0]?.receivedBeforeMs ?? 0,
});

interface Counted {
  readonly counts: readonly (readonly UsageCount[])[];
  /** What a look at the month sees, of those that were told with use. */
  readonly looks: ReadonlyMap<number, unknown>;
  /** The most rows of one firm that were held. */
  readonly rowsMost: number;
  /** Of these, the most that lie between the first and the last day of a request. */
  readonly rowsOfARequestMost: number;
  readonly queries: number;
}

async function counted(requests: readonly CountRequest[], pageRowsMax?: number): Promise<Counted> {
  let queries = 0;
  const db: Database = withFaults(test.db, (statement) => {
    if (statement.includes('FROM events_v1')) queries += 1;
    return null;
  });
  const looks = new Map<number, unknown>();
  let [rowsMost, rowsOfARequestMost] = [0, 0];
  const counts = await countUse(
    db,
    requests,
    (r, said, of) => {
      rowsMost = Math.max(rowsMost, of.use.atMs.length);
      const request = requests[r];
      const [whole] = said;
      if (request === undefined) return;
      const { startMs, endExclusiveMs } = spanOf(request);
      const inside = of.use.atMs.filter((ms) => ms >= startMs && ms < endExclusiveMs);
      rowsOfARequestMost = Math.max(rowsOfARequestMost, inside.length);
      if (whole?.events === 0) return;
      const marks = new Set([String(2n ** 64n - 1n), '1']);
      looks.set(r, { said, rows: monthRows(of, spanOf(request), marks) });
    },
    pageRowsMax,
  );
  return { counts, looks, rowsMost, rowsOfARequestMost, queries };
}

describe('a firm with more use than is read at once', () => {
  it('is counted month by month as it would be whole, and looked at the same (I-146)', async () => {
    let run = 0;
    let split = 0;
    await fc.assert(
      fc.asyncProperty(world, async ({ events, pageRowsMax }) => {
        run += 1;
        const ids = { a: `large-${run}-a`, b: `large-${run}-b` } as Record<string, string>;
        await insertEvents(
          test.db,
          events.map(({ solution, delayMs, ...fields }) =>
            storedEvent({
              ...fields,
              solutionId: ids[solution] ?? '',
              receivedAtMs: fields.occurredAtMs + delayMs,
            }),
          ),
        );
        const requests = requestsOf(Object.values(ids));
        const whole = await counted(requests);
        const parts = await counted(requests, pageRowsMax);
        expect(parts.counts).toEqual(whole.counts);
        expect(parts.looks).toEqual(whole.looks);
        const bound = Math.max(pageRowsMax, whole.rowsOfARequestMost);
        expect(parts.rowsMost).toBeLessThanOrEqual(bound);
        if (parts.rowsMost < whole.rowsMost) split += 1;
      }),
      { numRuns: 8 },
    );
    expect(split).toBeGreaterThan(4);
  }, 120_000);

  it('is held a month at a time, and one that fits a page is read once with the others (I-146)', async () => {
    const solutionId = 'held';
    const use = (smeId: string, perDay: number) =>
      Array.from({ length: DAYS * perDay }, (_, i) =>
        storedEvent({
          solutionId,
          smeId,
          occurredAtMs: BASE + Math.floor(i / perDay) * DAY_MS + (i % perDay) * 1_000,
        }),
      );
    // 120, 1,200 and 120 events in four months.
    await insertEvents(test.db, [
      ...use(FIRMS[0] ?? '', 1),
      ...use(FIRMS[1] ?? '', 10),
      ...use(FIRMS[2] ?? '', 1),
    ]);
    const requests = requestsOf([solutionId]);
    const whole = await counted(requests);
    expect(whole.rowsMost).toBe(1_200);
    const parts = await counted(requests, 400);
    expect(parts.counts).toEqual(whole.counts);
    // A month, and the four days of its week that lie in the next.
    expect(parts.rowsMost).toBe(340);
    // Two pages, of which the second is the large firm alone, what is behind it, and its months.
    expect(parts.queries).toBe(3 + MONTHS);
    const small = await counted(
      requests.filter((r) => r.smeId !== FIRMS[1]),
      400,
    );
    expect([small.rowsMost, small.queries]).toEqual([120, 1]);
  });

  it('is never cut short by a read that fails: the count fails', async () => {
    const requests = requestsOf(['held']);
    for (let pages = 0; pages < 3 + MONTHS; pages += 1) {
      let left = pages;
      const db = withFaults(test.db, (statement) => {
        if (!statement.includes('FROM events_v1')) return null;
        left -= 1;
        return left === -1 ? 'refused' : null;
      });
      await expect(countUse(db, requests, undefined, 400)).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    }
  });
});
