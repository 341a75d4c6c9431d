import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageCount } from '../../core/judge.ts';
import { DAY_MS } from '../../core/time.ts';
import { type CountedActions, type CountWindow, countWindows } from '../helpers/countWindows.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents, insertIdentities, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const BASE = at('2023-04-15');
const FIRMS = ['10000001', '10000002', '10000003', '10000004'];
const ACTIONS = ['login', 'create', 'click', 'print', 'fax'];
const ROLES = ['owner', 'staff', 'staff', 'consumer', 'vendor', 'system'];
const SUBSETS = [['print'], ['create', 'print'], ['fax', 'login']];

/** Days, and the milliseconds around their turn: where an off-by-one would show. */
const instant = fc
  .tuple(fc.integer({ min: -2, max: 40 }), fc.constantFrom(-1, 0, 0, 1, 43_200_000))
  .map(([day, ms]) => BASE + day * DAY_MS + ms);

const event = fc.record({
  smeId: fc.constantFrom(...FIRMS),
  actor: fc.integer({ min: 0, max: 6 }).map((n) => 2n ** 64n - 1n - BigInt(n)),
  actorRole: fc.constantFrom(...ROLES),
  action: fc.constantFrom(...ACTIONS),
  occurredAtMs: instant,
  receivedAtMs: fc.oneof(instant, fc.constant(BASE)),
  /** So many of ten are replaced by an earlier received one. */
  fate: fc.integer({ min: 0, max: 9 }),
});

const window: fc.Arbitrary<CountWindow> = fc
  .record({
    smeId: fc.constantFrom(...FIRMS, '19999999'),
    kind: fc.constantFrom('day', 'week', 'month'),
    startMs: instant,
    length: fc.constantFrom(1, 1, 7, 30).map((days) => days * DAY_MS),
    receivedBeforeMs: fc.oneof(instant, fc.constant(BASE + 60 * DAY_MS)),
  })
  .map(({ length, ...w }) => ({ ...w, endExclusiveMs: w.startMs + length }) as CountWindow);

const question = fc.record({
  events: fc.array(event, { minLength: 200, maxLength: 300, size: 'max' }),
  windows: fc.array(window, { minLength: 1, maxLength: 80, size: 'max' }),
  interactions: fc.subarray(['create', 'click', 'print'], { minLength: 1 }),
});

/** The same, in plain code: every event of the firm, looked at once for each window. */
function recount(
  events: readonly StoredEvent[],
  superseded: ReadonlySet<number>,
  { interactions, subsets }: CountedActions,
  w: CountWindow,
): UsageCount {
  const counted = events.filter(
    (e) =>
      e.smeId === w.smeId &&
      e.occurredAtMs >= w.startMs &&
      e.occurredAtMs < w.endExclusiveMs &&
      e.receivedAtMs < w.receivedBeforeMs &&
      (e.actorRole === 'owner' || e.actorRole === 'staff') &&
      !superseded.has(e.seq),
  );
  const having = (names: readonly string[]) => counted.filter((e) => names.includes(e.action));
  return {
    logins: having(['login']).length,
    interactions: having(interactions).length,
    activeUsers: new Set(having(['login', ...interactions]).map((e) => e.actor)).size,
    events: counted.length,
    subsets: subsets.map((names) => having(names).length),
  };
}

describe('the count of every window', () => {
  it('equals a recount in plain code, whatever the events and however windows overlap (I-18)', async () => {
    let run = 0;
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(question, async ({ events, windows, interactions }) => {
        run += 1;
        const solutionId = `recount-${run}`;
        const stored = events.flatMap(({ fate, ...fields }) => {
          const first = storedEvent({ ...fields, solutionId });
          if (fate > 1) return [first];
          const receivedAtMs = first.receivedAtMs - 1;
          return [
            first,
            storedEvent({ ...fields, solutionId, receivedAtMs, supersedes: first.seq }),
          ];
        });
        await insertEvents(test.db, stored);
        await insertIdentities(test.db, stored);
        const superseded = new Set(stored.flatMap((e) => e.supersedes ?? []));
        const actions = { solutionId, interactions, subsets: SUBSETS };
        const want = windows.map((w) => recount(stored, superseded, actions, w));
        expect(await countWindows(test.db, actions, windows)).toEqual(want);
        counted += want.reduce((sum, c) => sum + c.events, 0);
      }),
      { numRuns: 30 },
    );
    expect(counted).toBeGreaterThan(1_000);
  });
});
