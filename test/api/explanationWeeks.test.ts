import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import {
  type Client,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { at } from '../helpers/world.ts';

/** Judged weeks that reach into a neighbouring month, counted again from the lists they link to. */

let app: TestApp;
let auditor: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
});
afterAll(() => app.remove());

interface Counted {
  readonly count: number;
  readonly sample: readonly string[];
}
interface Beyond {
  readonly days: { readonly from: string; readonly to: string };
  readonly excluded: readonly (Counted & { readonly reason: string })[];
  readonly admitted: Counted;
}
interface Cycle {
  readonly start: string;
  readonly value: number;
  readonly rows: string;
  readonly beyond: Beyond | null;
}
interface Criterion {
  readonly metric: string;
  readonly actions: readonly string[] | null;
  readonly cycles: readonly Cycle[];
}
interface Explained {
  readonly criteria: readonly Criterion[];
  readonly text: { readonly zh: string; readonly en: string };
}
interface Listed {
  readonly id: string;
  readonly actorId: string;
  readonly action: string;
  readonly excludedBecause: string | null;
}

async function explain({ orderId }: Seed, month: number, asOf: string): Promise<Explained> {
  const path = `/v1/orders/${orderId}/months/${month}/explanation?asOf=${asOf}`;
  return (await auditor.get(path)).ok<Explained>();
}

async function send(seeded: Seed, receivedAtMs: number, events: readonly object[]): Promise<void> {
  const now = { 'flowproof-now': new Date(receivedAtMs).toISOString() };
  (await seeded.vendor.sendOnly('POST', '/v1/events', events, now)).ok();
}

describe('a judged week that reaches into a neighbouring month', () => {
  it('says which events of those days it does not count, and of other weeks nothing', async () => {
    const normalFlow = { allOf: [{ metric: 'interactions', per: 'week', atLeast: 2 }] };
    const seeded = await seed(app, 'edge', { solution: { normalFlow } });
    const on = (id: string, day: string) =>
      eventOf(seeded, { id, occurredAt: `${day}T09:00:00+08:00` });
    // The week of 6 February is judged in the first month, whose grace ends with 16 February.
    await send(seeded, at('2023-02-17') - 1, [on('a', '2023-02-09'), on('b', '2023-02-11')]);
    await send(seeded, at('2023-02-18'), [on('c', '2023-02-10'), on('d', '2023-02-13')]);
    const { criteria, text } = await explain(seeded, 1, '2023-03-17');
    const cycles = criteria[0]?.cycles ?? [];
    expect(cycles.map((c) => [c.start, c.value, c.beyond])).toEqual([
      ['2023-01-09', 0, null],
      ['2023-01-16', 0, null],
      ['2023-01-23', 0, null],
      ['2023-01-30', 0, null],
      [
        '2023-02-06',
        2,
        {
          days: { from: '2023-02-10', to: '2023-02-12' },
          excluded: [{ reason: 'late', count: 1, sample: ['c'] }],
          admitted: { count: 0, sample: [] },
        },
      ],
    ]);
    expect(text.zh).toContain('；跨入鄰月之日：1 筆於該月計入而此處不計。');
    expect(text.en).toContain(
      '; of days in a neighbouring month: 1 left out here but counted there.',
    );
    const second = await explain(seeded, 2, '2023-03-17');
    expect(second.criteria[0]?.cycles.map((c) => c.beyond)).toEqual([null, null, null, null]);
  });

  it(
    'has the value of its list, less what it excludes, plus what it admits (I-167)',
    async () => {
      const seen = new Set<string>();
      let worlds = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(USE, { minLength: 8, maxLength: 24 }), async (uses) => {
          worlds += 1;
          const seeded = await entered(`weeks${worlds}`, uses);
          for (const asOf of ['2023-04-15', '2023-05-21', '2023-06-10']) {
            for (const month of [1, 2, 3, 4]) {
              const { criteria } = await explain(seeded, month, asOf);
              const lists = new Map<string, Promise<Listed[]>>();
              for (const criterion of criteria) await recount(criterion, lists, seen);
            }
          }
        }),
        { numRuns: 2, examples: [[FIXED]], endOnFailure: true },
      );
      expect([...seen].sort()).toEqual([
        'admitted action',
        'admitted late',
        'excluded action',
        'excluded late',
      ]);
    },
    RUNS_MS_MAX,
  );
});

/** Each run sends some hundred requests, one after the other; a busy machine takes long. */
const RUNS_MS_MAX = 240_000;

/**
 * Months from the 12th. The first two weeks end with a day of the next month; the third begins with
 * two days of the month before. Months 2 and 3 have other actions than months 1 and 4.
 */
const CONTRACT = { contractStart: '2023-01-12', contractMonths: 4 };
const WEEKS = [
  { monday: at('2023-02-06'), edge: at('2023-02-12') },
  { monday: at('2023-03-06'), edge: at('2023-03-12') },
  { monday: at('2023-04-10'), edge: at('2023-04-12') },
];
const VERSIONS = [
  ['2020-01-01', 'print'],
  ['2023-02-12', 'scan'],
  ['2023-04-12', 'print'],
] as const;

/** Just in time and just too late for the month before the edge, then for the month behind it. */
const RECEIVED = ['atOnce', 'beforeFirst', 'atFirst', 'beforeSecond', 'atSecond', 'last'] as const;
interface Use {
  readonly week: number;
  readonly day: number;
  readonly action: string;
  readonly actorRole: string;
  readonly actorId: string;
  readonly received: (typeof RECEIVED)[number];
}

const USE: fc.Arbitrary<Use> = fc.record({
  week: fc.integer({ min: 0, max: 2 }),
  day: fc.integer({ min: 0, max: 6 }),
  action: fc.constantFrom('login', 'create', 'print', 'scan'),
  actorRole: fc.constantFrom('staff', 'owner', 'consumer'),
  actorId: fc.constantFrom('a', 'b', 'c'),
  received: fc.constantFrom(...RECEIVED),
});

/** Has each of what is told: on the last days of the first two weeks, the first of the third. */
const FIXED: Use[] = [0, 1, 2].flatMap((week) =>
  ['login', 'create', 'print', 'scan'].flatMap((action) =>
    (['beforeFirst', 'atFirst', 'last'] as const).map((received) => {
      return { week, day: week === 2 ? 0 : 6, action, actorRole: 'staff', actorId: 'a', received };
    }),
  ),
);

function receivedAtMs({ week, received }: Use, occurredAtMs: number): number {
  const first = (WEEKS[week]?.edge ?? 0) + 7 * DAY_MS;
  const second = [at('2023-03-19'), at('2023-04-19'), at('2023-05-19')][week] ?? 0;
  const instants = {
    atOnce: occurredAtMs + 1_000,
    beforeFirst: first - 1,
    atFirst: first,
    beforeSecond: second - 1,
    atSecond: second,
    last: at('2023-05-25'),
  };
  return instants[received];
}

/** An order with these uses, sealed, and its second month reopened after the last of them came. */
async function entered(name: string, uses: readonly Use[]): Promise<Seed> {
  const seeded = await seed(app, name, { order: CONTRACT });
  for (const [effectiveFrom, action] of VERSIONS) {
    const criterion = { per: 'week', atLeast: 1 };
    const normalFlow = {
      anyOf: [
        { ...criterion, metric: 'interactions' },
        { ...criterion, metric: 'interactions', actions: ['create', action] },
        { ...criterion, metric: 'logins' },
        { ...criterion, metric: 'activeUsers' },
      ],
    };
    const { vendorId, solutionId } = seeded;
    const body = { vendorId, name, usagePlan: '', interactions: [action], normalFlow };
    const put = await app.admin.put(`/v1/solutions/${solutionId}`, { ...body, effectiveFrom });
    put.ok();
  }
  const timed = uses.map((use, n) => {
    const { week, day, received, ...fields } = use;
    const occurredAtMs = (WEEKS[week]?.monday ?? 0) + day * DAY_MS + 9 * 3_600_000 + n;
    const occurredAt = new Date(occurredAtMs).toISOString();
    const event = eventOf(seeded, { ...fields, id: `e${n}`, occurredAt });
    return { event, atMs: receivedAtMs(use, occurredAtMs) };
  });
  for (const { event, atMs } of timed.sort((a, b) => a.atMs - b.atMs)) {
    await send(seeded, atMs, [event]);
  }
  await verify(app.admin, '2023-05-20');
  const now = { 'flowproof-now': '2023-06-02T00:00:00+08:00' };
  const path = `/v1/orders/${seeded.orderId}/months/2/reviews`;
  (await auditor.post(path, { decision: 'reopen', reason: 'again' }, now)).ok(201);
  return seeded;
}

async function listOf(rows: string): Promise<Listed[]> {
  return (await auditor.get(`${rows}&limit=1000`)).ok<{ items: Listed[] }>().items;
}

/** Holds every cycle against its own list; notes what kinds of events were told. */
async function recount(
  { metric, actions, cycles }: Criterion,
  lists: Map<string, Promise<Listed[]>>,
  seen: Set<string>,
): Promise<void> {
  const isMeasured = ({ action }: Listed) => {
    if (metric === 'activeUsers') return true;
    if (metric === 'logins') return action === 'login';
    return actions === null ? action !== 'login' : actions.includes(action);
  };
  for (const { value, rows, beyond } of cycles) {
    const list = lists.get(rows) ?? listOf(rows);
    lists.set(rows, list);
    const listed = (await list).filter(isMeasured);
    const counted = listed.filter((e) => e.excludedBecause === null);
    const [excluded, admitted] = [beyond?.excluded ?? [], beyond?.admitted];
    const excludedIds = excluded.flatMap((g) => g.sample);
    const admittedIds = admitted?.sample ?? [];
    for (const group of excluded) seen.add(`excluded ${group.reason}`);
    for (const id of admittedIds) {
      seen.add(`admitted ${listed.find((e) => e.id === id)?.excludedBecause}`);
    }
    const left = excluded.reduce((sum, g) => sum + g.count, 0);
    if (metric !== 'activeUsers') {
      expect(value).toBe(counted.length - left + (admitted?.count ?? 0));
    }
    expect(counted.map((e) => e.id)).toEqual(expect.arrayContaining(excludedIds));
    const isWhole = excludedIds.length + admittedIds.length === left + (admitted?.count ?? 0);
    if (!isWhole) continue;
    const explained = listed.filter((e) =>
      e.excludedBecause === null ? !excludedIds.includes(e.id) : admittedIds.includes(e.id),
    );
    const people = new Set(explained.map((e) => e.actorId)).size;
    expect(value).toBe(metric === 'activeUsers' ? people : explained.length);
  }
}
