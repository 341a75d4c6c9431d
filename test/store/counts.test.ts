import { beforeAll, describe, expect, it } from 'vitest';
import { CRITERIA_MAX } from '../../core/normalFlow.ts';
import { DAY_MS } from '../../core/time.ts';
import { type CountedActions, type CountWindow, countWindows } from '../helpers/countWindows.ts';
import { Faults, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents, insertIdentities, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const START = at('2023-04-15');
const END = at('2023-05-15');
const RECEIVED = at('2023-05-22');
const [FIRM, OTHER] = ['12345675', '04595257'];

const actions = (
  solutionId: string,
  subsets: readonly (readonly string[])[] = [],
): CountedActions => ({
  solutionId,
  interactions: ['create', 'print'],
  subsets,
});
const window = (fields: Partial<CountWindow> = {}): CountWindow => ({
  smeId: FIRM,
  kind: 'month',
  startMs: START,
  endExclusiveMs: END,
  receivedBeforeMs: RECEIVED,
  ...fields,
});

async function stored(solutionId: string, ...events: Partial<StoredEvent>[]): Promise<void> {
  const whole = events.map((e) =>
    storedEvent({ solutionId, occurredAtMs: START, receivedAtMs: START, ...e }),
  );
  await insertEvents(test.db, whole);
  await insertIdentities(test.db, whole);
}

async function eventsIn(solutionId: string, asked: CountWindow = window()): Promise<number> {
  const [count] = await countWindows(test.db, actions(solutionId), [asked]);
  return count?.events ?? Number.NaN;
}

describe('the edges of a window, to the millisecond', () => {
  beforeAll(() =>
    stored(
      'edges',
      { occurredAtMs: START },
      { occurredAtMs: START + 10, receivedAtMs: RECEIVED - 1 },
    ),
  );

  it.each([
    ['starts 1 ms before the first event', { startMs: START - 1 }, 2],
    ['starts with it', { startMs: START }, 2],
    ['starts 1 ms after it', { startMs: START + 1 }, 1],
    ['ends 1 ms before the second', { endExclusiveMs: START + 9 }, 1],
    ['ends with the second', { endExclusiveMs: START + 10 }, 1],
    ['ends 1 ms after the second', { endExclusiveMs: START + 11 }, 2],
    ['is of what was received until 1 ms before', { receivedBeforeMs: RECEIVED - 2 }, 1],
    ['is of what was received until then', { receivedBeforeMs: RECEIVED - 1 }, 1],
    ['is of what was received until 1 ms after', { receivedBeforeMs: RECEIVED }, 2],
    ['holds one millisecond', { startMs: START, endExclusiveMs: START + 1 }, 1],
    ['is empty', { startMs: START, endExclusiveMs: START }, 0],
  ])('that %s', async (_, fields, want) => {
    expect(await eventsIn('edges', window(fields))).toBe(want);
  });
});

describe('what is counted', () => {
  it.each([
    ['owner', 1],
    ['staff', 1],
    ['consumer', 0],
    ['vendor', 0],
    ['system', 0],
  ])('of the role %s: %d (I-16)', async (actorRole, want) => {
    await stored(`role-${actorRole}`, { actorRole });
    expect(await eventsIn(`role-${actorRole}`)).toBe(want);
  });

  it('is each metric by itself; an undeclared action is in the events alone, its actor in none (I-17)', async () => {
    await stored(
      'metrics',
      { action: 'login', actor: 1n },
      { action: 'login', actor: 1n },
      { action: 'create', actor: 1n },
      { action: 'print', actor: 2n },
      { action: 'Print', actor: 3n },
      { action: 'fax', actor: 4n },
    );
    const subsets = [['print'], ['create', 'print'], ['fax']];
    expect(await countWindows(test.db, actions('metrics', subsets), [window()])).toEqual([
      { logins: 2, interactions: 2, activeUsers: 2, events: 6, subsets: [1, 2, 1] },
    ]);
  });

  it('are distinct actors over all 64 bits', async () => {
    const actors = [2n ** 64n - 1n, 2n ** 64n - 2n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 53n];
    await stored('actors', ...actors.map((actor) => ({ actor })));
    const [count] = await countWindows(test.db, actions('actors'), [window()]);
    expect(count).toMatchObject({ activeUsers: 4, events: 5 });
  });

  it('is not what an earlier received version took the place of (I-08)', async () => {
    const first = storedEvent({ solutionId: 'replaced', occurredAtMs: START, action: 'create' });
    await stored('replaced', first, { action: 'login', supersedes: first.seq });
    const [count] = await countWindows(test.db, actions('replaced'), [window()]);
    expect(count).toMatchObject({ logins: 1, interactions: 0, events: 1 });
  });

  it('is of the firm and the solution asked, never of a neighbour', async () => {
    await stored('firms', { smeId: FIRM }, { smeId: OTHER }, { smeId: OTHER });
    await stored('firms-2', { smeId: FIRM });
    const asked = [window(), window({ smeId: OTHER }), window({ smeId: '99999999' })];
    const counts = await countWindows(test.db, actions('firms'), asked);
    expect(counts.map((c) => c.events)).toEqual([1, 2, 0]);
  });
});

describe('many windows in one question', () => {
  it('are answered in the order asked, overlapping ones each for itself', async () => {
    await stored(
      'overlap',
      ...[0, 1, 2, 3, 4].map((day) => ({ occurredAtMs: START + day * DAY_MS })),
    );
    const days = (from: number, until: number, fields: Partial<CountWindow> = {}) =>
      window({ startMs: START + from * DAY_MS, endExclusiveMs: START + until * DAY_MS, ...fields });
    const asked = [
      days(3, 5),
      days(0, 5),
      days(0, 5),
      days(1, 2),
      days(2, 9),
      days(0, 1, { kind: 'day' }),
      days(-5, 0),
      days(0, 3, { kind: 'week' }),
      days(0, 5, { receivedBeforeMs: START }),
      days(4, 5),
      days(5, 6),
    ];
    const counts = await countWindows(test.db, actions('overlap'), asked);
    expect(counts.map((c) => c.events)).toEqual([2, 5, 5, 1, 3, 1, 0, 3, 0, 1, 0]);
    const reversed = await countWindows(test.db, actions('overlap'), [...asked].reverse());
    expect(reversed.map((c) => c.events).reverse()).toEqual(counts.map((c) => c.events));
  });

  it('may be more than a call may have arguments', async () => {
    await stored('many', { occurredAtMs: START + 5 * DAY_MS });
    const asked = Array.from({ length: 130_000 }, (_, i) => {
      const startMs = START + (i % 32) * DAY_MS;
      const smeId = i < 32 ? FIRM : String(20_000_000 + Math.floor(i / 32));
      return window({ smeId, kind: 'day', startMs, endExclusiveMs: startMs + DAY_MS });
    });
    const counts = await countWindows(test.db, actions('many'), asked);
    expect(counts).toHaveLength(130_000);
    expect(counts.flatMap((c, i) => (c.events > 0 ? [i] : []))).toEqual([5]);
  });

  it('of no one is no question', async () => {
    const faults = new Faults();
    faults.next('', 1_000);
    expect(await countWindows(withFaults(test.db, faults.faultOf), actions('none'), [])).toEqual(
      [],
    );
  });
});

describe('sets of interactions', () => {
  const sets = (n: number) =>
    Array.from({ length: n }, (_, i) => [i === n - 1 ? 'print' : `x${i}`]);

  it('are counted up to as many as a rule has criteria (I-143)', async () => {
    await stored('sets', { action: 'print' });
    const [count] = await countWindows(test.db, actions('sets', sets(CRITERIA_MAX)), [window()]);
    expect(count?.subsets).toEqual([...new Array(CRITERIA_MAX - 1).fill(0), 1]);
  });

  it('beyond it are refused, never miscounted (I-143)', async () => {
    const asked = actions('sets', sets(CRITERIA_MAX + 1));
    await expect(countWindows(test.db, asked, [window()])).rejects.toThrow(RangeError);
  });
});

describe('a count that fails', () => {
  it('throws, and is never zero', async () => {
    const faults = new Faults();
    const db = withFaults(test.db, faults.faultOf);
    for (const fault of ['refused', 'lost'] as const) {
      faults.next('events_v1', 1, fault);
      await expect(countWindows(db, actions('edges'), [window()])).rejects.toMatchObject({
        code: 'store_unavailable',
      });
    }
    expect(await countWindows(db, actions('edges'), [window()])).toMatchObject([{ events: 2 }]);
  });
});
