import { beforeAll, describe, expect, it } from 'vitest';
import { type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import type { Order, RegistryView } from '../../core/registry.ts';
import type { Roster } from '../../core/roster.ts';
import { civilDate } from '../../core/time.ts';
import { type Closing, closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { Reopener } from '../../verify/reopen.ts';
import { Rosters } from '../../verify/roster.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

/** A case of which a month is sealed; then another rule is registered for days before it. */
const test = useDatabase();

const CASE = {
  name: '案',
  kind: 'popular',
  periodStart: '2023-04-10',
  periodEnd: '2023-11-30',
  totalFlowTarget: { metric: 'interactions', count: 10 },
};
const MONTHLY: NormalFlow = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 2 }] };
/** Another metric, in another order: its criteria are not those of the seal. */
const OTHER: NormalFlow = {
  allOf: [
    { metric: 'logins', per: 'month', atLeast: 50 },
    { metric: 'interactions', per: 'month', atLeast: 90 },
  ],
};

function version(effectiveFrom: string, interactions: string[], normalFlow = MONTHLY) {
  const body = { vendorId: 'v-c', name: 'S c', usagePlan: '', interactions, normalFlow };
  return registryEntrySchema.parse({
    kind: 'solution',
    id: 's-c',
    body: { ...body, effectiveFrom },
  });
}

const FIRMS = ['12345675', '04595257'] as const;
const BEFORE: readonly RegistryEntry[] = [
  ...solutionEntries('c'),
  version('2020-01-01', ['print']),
  registryEntrySchema.parse({ kind: 'case', id: 'c-1', body: CASE }),
  ...FIRMS.map((smeId, i) =>
    orderEntry(`o-${i}`, 'c', {
      programme: 'coprosperity-2023',
      smeId,
      contractStart: '2023-05-01',
      contractMonths: 3,
      priceTwd: 0,
      pointsTwd: 0,
      caseId: 'c-1',
    }),
  ),
];
const before = registryOf(BEFORE);
/** As where another process entered it, which had not seen the seals. */
const after = registryOf([...BEFORE, version('2023-04-01', ['fax'], OTHER)]);

const CLOSED = '2023-06-15';
/** A day before the end of the first month. */
const CUT = civilDate('2023-05-31');
const CLOSING: Closing = {
  verificationId: 'x',
  asOfMs: at(CLOSED),
  sealedAtMs: at(CLOSED),
  simulated: true,
  loadedUntilMs: at(CLOSED),
};

const ordersOf = (registry: RegistryView): Order[] =>
  ['o-0', 'o-1'].flatMap((id) => registry.order(id) ?? []);

/** Of each firm and month: two prints, one fax, and a print that comes after the grace. */
beforeAll(async () => {
  const days = ['2023-05-10', '2023-06-10', '2023-07-10'];
  const events = FIRMS.flatMap((smeId) =>
    days.flatMap((day) =>
      ['print', 'print', 'fax', 'late'].map((what, i) => {
        const occurredAtMs = at(`${day} 1${i}:00:00`);
        const receivedAtMs = what === 'late' ? occurredAtMs + 60 * 86_400_000 : occurredAtMs + 1;
        const action = what === 'late' ? 'print' : what;
        const actor = BigInt(smeId);
        const use = { smeId, actor, action, occurredAtMs, receivedAtMs };
        return storedEvent({ vendorId: 'v-c', solutionId: 's-c', ...use });
      }),
    ),
  );
  await insertEvents(test.db, events);
  const orders = ordersOf(before);
  // The first month of each; the others' grace has not ended.
  expect(await closeOrders({ db: test.db, registry: before }, orders, CLOSING)).toBe(2);
});

function rosterBy(registry: RegistryView, asOf: string): Promise<Roster> {
  const theCase = registry.case('c-1');
  if (theCase === undefined) throw new Error('no case');
  const rosters = new Rosters(test.db, registry, new Months(test.db, registry, true));
  return rosters.rosterOf(theCase, at(asOf));
}

/** "order flow", then "from metric total/cycles" of each threshold. */
const told = ({ firms }: Roster) =>
  firms.map((f) => {
    const of = f.thresholds.map((t) => `${t.effectiveFrom} ${t.metric} ${t.total}/${t.cycles}`);
    return [`${f.orderId} ${f.flow}`, ...of];
  });

describe('the roster of a case with sealed months', () => {
  it('counts them by the version that their seals name, the others by the one in force (I-124)', async () => {
    const of = [
      '2020-01-01 interactions 2/1',
      '2023-04-01 logins 0/2',
      '2023-04-01 interactions 2/2',
    ];
    // Two prints of May; of June and July a fax each.
    expect(told(await rosterBy(after, '2023-08-01'))).toEqual([
      ['o-0 4', ...of],
      ['o-1 4', ...of],
    ]);
  });

  it('before their sealing is by the version in force alone', async () => {
    expect(told(await rosterBy(after, '2023-06-14'))[0]).toEqual([
      'o-0 2',
      '2023-04-01 logins 0/1',
      '2023-04-01 interactions 1/1',
    ]);
  });

  it('is the same before and after the change where all its months are sealed (I-124)', async () => {
    const asOfMs = at('2023-09-01');
    const times = { asOfMs, sealedAtMs: asOfMs, loadedUntilMs: asOfMs };
    const orders = ordersOf(before);
    const deps = { db: test.db, registry: before };
    expect(await closeOrders(deps, orders, { ...CLOSING, ...times })).toBe(4);
    const unchanged = await rosterBy(before, '2023-12-01');
    expect(told(unchanged)[0]).toEqual(['o-0 6', '2020-01-01 interactions 6/3']);
    expect(JSON.stringify(await rosterBy(after, '2023-12-01'))).toBe(JSON.stringify(unchanged));
  });

  it('has what came late where a month was reopened, by the version that judged it then', async () => {
    const [order] = ordersOf(after);
    if (order === undefined) throw new Error('no order');
    const reopener = new Reopener({
      db: test.db,
      registry: after,
      simulated: true,
      loadedUntilMs: async () => 0,
    });
    await reopener.reopen({ order, month: 1, reviewId: 'r', atMs: at('2023-10-01') });
    const [first, second] = told(await rosterBy(after, '2023-12-01'));
    expect(first).toEqual([
      // A fax of May by the rule of its reopening, two prints of June and of July by their seals.
      'o-0 5',
      '2023-04-01 logins 0/1',
      '2023-04-01 interactions 1/1',
      '2020-01-01 interactions 4/2',
    ]);
    expect(second).toEqual(['o-1 6', '2020-01-01 interactions 6/3']);
  });

  it('has it also where an early end has cut that month since, and nothing is sealed (I-165)', async () => {
    const ended = BEFORE.map((entry) =>
      entry.kind === 'order'
        ? { ...entry, body: { ...entry.body, termination: { date: CUT, reason: 'r' } } }
        : entry,
    );
    const flows = async (asOf: string) =>
      (await rosterBy(registryOf(ended), asOf)).firms.map((f) => f.flow);
    expect(await flows('2023-09-30')).toEqual([2, 2]);
    expect(await flows('2023-12-01')).toEqual([3, 2]);
  });

  it('has what its seal counted where an early end has cut the month since (I-175)', async () => {
    const received = { receivedAtMs: at('2023-06-07 23:59:59.999') };
    const use = { vendorId: 'v-d', solutionId: 's-d', smeId: FIRMS[0], ...received };
    await insertEvents(test.db, [
      storedEvent({ ...use, action: 'browse', occurredAtMs: at('2023-05-10 10:00:00') }),
    ]);
    const body = { programme: 'coprosperity-2023', smeId: FIRMS[0], contractMonths: 3 };
    const terms = {
      ...body,
      contractStart: '2023-05-01',
      priceTwd: 0,
      pointsTwd: 0,
      caseId: 'c-1',
    };
    const theCase = registryEntrySchema.parse({ kind: 'case', id: 'c-1', body: CASE });
    const registryBy = (changes: object) =>
      registryOf([
        ...solutionEntries('d'),
        theCase,
        orderEntry('o-d', 'd', { ...terms, ...changes }),
      ]);
    const whole = registryBy({});
    const order = whole.order('o-d');
    if (order === undefined) throw new Error('no order');
    await closeOrders({ db: test.db, registry: whole }, [order], CLOSING);
    const cut = registryBy({ termination: { date: '2023-05-20', reason: 'r' } });
    const flow = async (asOf: string) => (await rosterBy(cut, asOf)).firms.map((f) => f.flow);
    expect(await flow('2023-06-14')).toEqual([0]);
    expect(await flow('2023-06-16')).toEqual([1]);
  });
});
