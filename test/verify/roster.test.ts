import { beforeAll, describe, expect, it } from 'vitest';
import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import type { Case, Order } from '../../core/registry.ts';
import type { Roster } from '../../core/roster.ts';
import { Months } from '../../verify/months.ts';
import { Rosters } from '../../verify/roster.ts';
import { Faults, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

/** A case of three firms, counted by the engine and by hand. */
const test = useDatabase();

const [ANNA, BELL, COLE] = ['12345675', '04595257', '22099131'] as const;
const CASE = {
  name: '美髮普及案',
  kind: 'popular',
  periodStart: '2023-04-10',
  periodEnd: '2023-11-30',
  totalFlowTarget: { metric: 'interactions', count: 20 },
};

function version(effectiveFrom: string, interactions: string[]): RegistryEntry {
  const normalFlow = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 2 }] };
  const body = {
    vendorId: 'v-c',
    name: 'S c',
    usagePlan: '',
    interactions,
    normalFlow,
    effectiveFrom,
  };
  return registryEntrySchema.parse({ kind: 'solution', id: 's-c', body });
}

function inCase(orderId: string, smeId: string, contractStart: string, body: object = {}) {
  return orderEntry(orderId, 'c', {
    programme: 'coprosperity-2023',
    smeId,
    contractStart,
    contractMonths: 3,
    priceTwd: 0,
    pointsTwd: 0,
    caseId: 'c-1',
    ...body,
  });
}

function caseOf(changes: object = {}): RegistryEntry {
  return registryEntrySchema.parse({ kind: 'case', id: 'c-1', body: { ...CASE, ...changes } });
}

const registry = registryOf([
  ...solutionEntries('c'),
  // From the contract month of 07-01 on, a fax is an interaction as well.
  version('2023-06-20', ['print', 'fax']),
  caseOf(),
  registryEntrySchema.parse({ kind: 'sme', id: ANNA, body: { name: '安娜美髮' } }),
  inCase('a', ANNA, '2023-05-01'),
  inCase('b', BELL, '2023-07-10'),
  // Two contracts of one firm for the same tool, in part at the same time.
  inCase('c1', COLE, '2023-04-01'),
  inCase('c2', COLE, '2023-06-01'),
  // Not of the case.
  inCase('d', '53212539', '2023-05-01', { caseId: null }),
]);

/** Firm, time in Taipei, actor, action; received a second later unless it says when. */
type Line = readonly [
  smeId: string,
  when: string,
  actor: bigint,
  action: string,
  received?: string | undefined,
  role?: string,
];
const LOG: readonly Line[] = [
  [ANNA, '2023-04-30 23:59:59.999', 1n, 'create'], // before the contract
  [ANNA, '2023-05-01 00:00:00.000', 1n, 'login'], // its first millisecond
  [ANNA, '2023-05-09 10:00:00', 1n, 'create'],
  [ANNA, '2023-05-31 23:59:59.999', 2n, 'create'],
  [ANNA, '2023-06-02 10:00:00', 3n, 'create', undefined, 'consumer'],
  [ANNA, '2023-06-02 10:00:00', 3n, 'fax'], // not yet an interaction
  [ANNA, '2023-06-05 10:00:00', 1n, 'create', '2023-07-08 00:00:00.000'], // late to the millisecond
  [ANNA, '2023-06-06 10:00:00', 1n, 'create', '2023-07-07 23:59:59.999'], // in time
  [ANNA, '2023-07-15 23:59:59.999', 1n, 'fax'], // the checkpoint's last millisecond
  [ANNA, '2023-07-16 00:00:00.000', 2n, 'create'], // after it
  [BELL, '2023-08-01 10:00:00', 1n, 'create'], // introduced too late
  [BELL, '2023-10-09 23:59:59.999', 1n, 'click'],
  [COLE, '2023-04-09 23:59:59.999', 1n, 'create'], // in the contract, before the case
  [COLE, '2023-04-10 00:00:00.000', 1n, 'create'],
  [COLE, '2023-06-15 10:00:00', 1n, 'create'], // in both contracts: the first one's
  [COLE, '2023-07-20 10:00:00', 1n, 'create'],
];

function eventOf([smeId, when, actor, action, received, actorRole = 'staff']: Line): StoredEvent {
  const occurredAtMs = at(when);
  const receivedAtMs = received === undefined ? occurredAtMs + 1_000 : at(received);
  const said = { occurredAtMs, receivedAtMs, actor, action, actorRole, smeId };
  return storedEvent({ vendorId: 'v-c', solutionId: 's-c', ...said });
}

beforeAll(() => insertEvents(test.db, LOG.map(eventOf)));

async function roster(asOf: string, changes: object = {}, db = test.db): Promise<Roster> {
  const shown = registryOf([caseOf(changes)]).case('c-1') as Case;
  const rosters = new Rosters(db, registry, new Months(db, registry, false));
  return rosters.rosterOf(shown, at(asOf));
}

/** "order introduced flow averages keeps". */
function told({ firms }: Roster): string[] {
  return firms.map((f) => {
    const averages = f.thresholds.map((t) => `${t.total}/${t.cycles}`).join('+');
    return `${f.orderId} ${f.introducedOn} ${f.flow} ${averages} ${f.keeps}`;
  });
}

describe('the roster', () => {
  it('counts each firm as its months do, and the case once over (I-123)', async () => {
    const found = await roster('2024-01-01');
    expect(told(found)).toEqual([
      'a 2023-05-01 5 5/3 false',
      'b 2023-08-01 2 2/3 false',
      'c1 2023-04-10 2 3/3 false',
      'c2 2023-07-20 1 2/3 false',
    ]);
    expect(found.totalFlow).toMatchObject({ flow: 10, sharePercent: 50 });
    expect(found.firmCount).toBe(3);
    expect(found.firms.map((f) => f.name)).toEqual(['安娜美髮', null, null, null]);
    expect(found.firms.map((f) => f.introducedInTime)).toEqual([true, false, true, true]);
  });

  it('says what each checkpoint saw', async () => {
    const { checkpoints } = await roster('2024-01-01');
    expect(checkpoints.map((c) => [c.flow, c.firmsBegun, c.toolsIntroduced, c.reached])).toEqual([
      [6, 3, 2, false],
      [10, 3, 4, false],
    ]);
  });

  it.each([
    ['2023-05-31 23:59:59.999', 'a 2023-05-01 1 0/0 null'],
    // Sent a second after midnight: not there yet.
    ['2023-06-01 00:00:00', 'a 2023-05-01 1 1/1 false'],
    ['2023-06-01 00:00:02', 'a 2023-05-01 2 2/1 true'],
    ['2023-07-07 23:59:59.999', 'a 2023-05-01 2 2/2 false'],
    ['2023-07-08 00:00:00', 'a 2023-05-01 3 3/2 false'],
  ])('at %s knows what had come by then: %s', async (asOf, want) => {
    expect(told(await roster(asOf))[0]).toBe(want);
  });

  it.each([
    ['logins', [1, 0, 0, 0], 1],
    ['activeUsers', [2, 1, 1, 1], 5],
  ])('counts the total flow in the metric of its target: %s', async (metric, flows, flow) => {
    const found = await roster('2024-01-01', { totalFlowTarget: { metric, count: 20 } });
    expect(found.firms.map((f) => f.flow)).toEqual(flows);
    expect(found.totalFlow.flow).toBe(flow);
    expect(found.checkpoints.at(-1)?.flow).toBe(flow);
  });

  it('of a shorter case counts its days alone', async () => {
    const changes = { periodStart: '2023-05-10', periodEnd: '2023-07-15' };
    expect(told(await roster('2024-01-01', changes))).toEqual([
      'a 2023-05-31 3 3/2 false',
      'b null 0 0/0 null',
      'c1 2023-06-15 1 1/2 false',
      'c2 null 0 1/1 false',
    ]);
  });

  it('is the same text whenever it is asked for one asOf', async () => {
    const [first, again] = [await roster('2023-07-16'), await roster('2023-07-16')];
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
  });

  it('of a read that fails is an error, never a firm without use', async () => {
    const faults = new Faults();
    faults.next('ASOF JOIN', 9);
    const broken = withFaults(test.db, faults.faultOf);
    await expect(roster('2024-01-01', {}, broken)).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    const onlyFlows = new Faults();
    onlyFlows.next('is_interaction', 1);
    await expect(
      roster('2024-01-01', {}, withFaults(test.db, onlyFlows.faultOf)),
    ).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('the flows of the firms', () => {
  it('add up to the flow of the case, whatever the orders share (I-123)', async () => {
    const orders = [...registry.orders()].filter((o: Order) => o.caseId === 'c-1');
    const found = await roster('2024-01-01');
    expect(found.firms).toHaveLength(orders.length);
    expect(found.firms.reduce((sum, f) => sum + f.flow, 0)).toBe(found.totalFlow.flow);
  });
});
