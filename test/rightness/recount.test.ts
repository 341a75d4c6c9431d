import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  newKey,
  newTaxId,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import {
  type Contract,
  type RecountedCriterion,
  type RecountedMonth,
  type ReopenedMonth,
  recount,
  type SentBatch,
} from './recount.ts';
import {
  askingDays,
  type Reopening,
  randomOf,
  reopeningOf,
  type World,
  worldOf,
} from './worlds.ts';

/** The product, from its HTTP ingest to its months, beside a recount that shares nothing with it. */

interface MonthsAnswer {
  readonly claimableMonths: number;
  readonly months: readonly (Omit<RecountedMonth, 'criteria'> & {
    readonly criteria: readonly (Omit<RecountedCriterion, 'values'> & {
      readonly cycles: readonly { readonly value: number }[];
    })[];
  })[];
}

interface Recounted {
  readonly claimableMonths: number;
  readonly months: readonly RecountedMonth[];
}

let app: TestApp;
let auditor: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
});
afterAll(() => app.remove());

async function enter({ contracts }: World, name: string): Promise<Client> {
  const vendorId = name;
  (await app.admin.put(`/v1/vendors/${vendorId}`, { name, taxId: newTaxId() })).ok();
  for (const { solutionId, smeId, versions, endedOn, ...terms } of contracts) {
    for (const version of versions) {
      const solution = { vendorId, name, usagePlan: 'use', ...version };
      (await app.admin.put(`/v1/solutions/${solutionId}`, solution)).ok();
    }
    (await app.admin.put(`/v1/smes/${smeId}`, { name: smeId })).ok();
    const order = {
      ...terms,
      programme: 'tcloud-2023',
      vendorId,
      solutionId,
      smeId,
      priceTwd: 24_000,
      pointsTwd: 3_000,
      ...(endedOn === null ? {} : { termination: { date: endedOn, reason: 'ended' } }),
    };
    (await app.admin.put(`/v1/orders/${solutionId}`, order)).ok();
  }
  return app.admin.as(await newKey(app.admin, { role: 'vendor', vendorId }));
}

async function send(batches: readonly SentBatch[], vendor: Client): Promise<void> {
  for (const { receivedAtMs, events } of batches) {
    (await vendor.sendOnly('POST', '/v1/events', events, nowAt(receivedAtMs))).ok();
  }
}

async function reopen({ contract, month, atMs, before, after }: Reopening, vendor: Client) {
  await send([before], vendor);
  const path = `/v1/orders/${contract.solutionId}/months/${month}/reviews`;
  const body = { decision: 'reopen', reason: 'late use' };
  (await auditor.post(path, body, nowAt(atMs))).ok(201);
  await send([after], vendor);
}

function nowAt(ms: number) {
  return { 'flowproof-now': new Date(ms).toISOString() };
}

async function answered(contract: Contract, asOf: string): Promise<Recounted> {
  const path = `/v1/orders/${contract.solutionId}/months?asOf=${asOf}`;
  const now = { 'flowproof-now': '2025-07-01T00:00:00+08:00' };
  const { claimableMonths, months } = (await app.admin.get(path, now)).ok<MonthsAnswer>();
  return {
    claimableMonths,
    months: months.map(({ month, state, claimable, totals, criteria }) => ({
      month,
      state,
      claimable,
      totals,
      criteria: criteria.map(({ cyclesMet, cyclesAsked, cycles, met }) => {
        return { cyclesMet, cyclesAsked, values: cycles.map((cycle) => cycle.value), met };
      }),
    })),
  };
}

function recounted(
  contract: Contract,
  { batches }: Pick<World, 'batches'>,
  asOf: string,
  reopened: ReopenedMonth | null = null,
): Recounted {
  const months = recount(contract, batches, asOf, reopened);
  return { claimableMonths: months.filter((m) => m.claimable).length, months };
}

/**
 * A finding of high severity holds a month that met its rule; what was counted is the same. One
 * that is claimable all the same stays as it is, and differs.
 */
function withoutHolds({ claimableMonths, months }: Recounted): Recounted {
  const isHeld = ({ state, claimable }: RecountedMonth) => state === 'held' && !claimable;
  return {
    claimableMonths: claimableMonths + months.filter(isHeld).length,
    months: months.map((m) => (isHeld(m) ? { ...m, state: 'met', claimable: true } : m)),
  };
}

/** What the worlds of a run reached: where no month is met, and no step matters, nothing is shown. */
class Reached {
  metMonths = 0;
  /** Worlds in which one less than the edge, or one more, gave other states than the edge. */
  turnedBelow = 0;
  turnedAbove = 0;
  /** Worlds in which the reopened month had other totals than it was sealed with. */
  countedAnew = 0;

  /** The same order at the edge less one, at it, and at it plus one. */
  add(orders: readonly Recounted[]): void {
    const months = orders.flatMap((order) => order.months);
    this.metMonths += months.filter((m) => m.state === 'met').length;
    const [below, at, above] = orders.map((order) => order.months.map((m) => m.state).join());
    if (below !== at) this.turnedBelow += 1;
    if (above !== at) this.turnedAbove += 1;
  }

  addReopened(before: Recounted | undefined, after: Recounted, { month }: ReopenedMonth): void {
    const [sealed, anew] = [before, after].map((o) => o?.months[month - 1]?.totals.events);
    if (sealed !== anew) this.countedAnew += 1;
  }
}

/** A world as it was entered and sent. */
interface EnteredWorld {
  readonly seed: number;
  readonly world: World;
  readonly vendor: Client;
}

async function enteredWorld(seed: number, name: string): Promise<EnteredWorld> {
  const world = worldOf(seed, name, newTaxId());
  const vendor = await enter(world, name);
  await send(world.batches, vendor);
  return { seed, world, vendor };
}

async function askBeforeSealing({ seed, world }: EnteredWorld): Promise<void> {
  const random = randomOf(seed + 1);
  for (const contract of world.contracts) {
    for (const asOf of askingDays(contract, random)) {
      const found = await answered(contract, asOf);
      expect(found, nameOf(seed)).toEqual(recounted(contract, world, asOf));
    }
  }
}

/** What the orders of a world are sealed with. */
async function askSealed({ seed, world }: EnteredWorld): Promise<Recounted[]> {
  const sealed: Recounted[] = [];
  for (const contract of world.contracts) {
    const found = withoutHolds(await answered(contract, SEALED_ON));
    expect(found, nameOf(seed)).toEqual(recounted(contract, world, SEALED_ON));
    sealed.push(found);
  }
  return sealed;
}

/** @returns the order of which a month was reopened, as it stands since */
async function askReopened({ seed, world, vendor }: EnteredWorld, reopening: Reopening) {
  await reopen(reopening, vendor);
  const { contract, before, after } = reopening;
  const batches = [...world.batches, before, after];
  const found = withoutHolds(await answered(contract, REOPENED_BY));
  expect(found, nameOf(seed)).toEqual(recounted(contract, { batches }, REOPENED_BY, reopening));
  return found;
}

function nameOf(seed: number): string {
  return `the world of the seed ${seed}`;
}

describe('whatever was sent, in whatever order, late, twice or changed', () => {
  it(
    'the months, before and after sealing and reopening, are those of an independent recount (I-152)',
    async () => {
      const seeds = [...FIXED, ...fc.sample(fc.nat(), NEW_WORLDS)];
      const worlds: EnteredWorld[] = [];
      for (const [i, seed] of seeds.entries()) {
        // One seed may come twice; its world is entered under a name of its own.
        const entered = await enteredWorld(seed, `w${i}-${seed}`);
        await askBeforeSealing(entered);
        worlds.push(entered);
      }
      await verify(app.admin, SEALED_ON);
      const reached = new Reached();
      for (const entered of worlds) {
        const { seed, world } = entered;
        const sealed = await askSealed(entered);
        reached.add(sealed);
        const reopening = reopeningOf(world, REOPENED_MS, randomOf(seed + 2));
        const anew = await askReopened(entered, reopening);
        reached.addReopened(sealed[world.contracts.indexOf(reopening.contract)], anew, reopening);
      }
      expect(worlds).toHaveLength(FIXED.length + NEW_WORLDS);
      expect(reached.metMonths).toBeGreaterThanOrEqual(FIXED.length);
      expect(reached.turnedBelow).toBeGreaterThanOrEqual(FIXED.length);
      expect(reached.turnedAbove).toBeGreaterThanOrEqual(FIXED.length);
      expect(reached.countedAnew).toBeGreaterThanOrEqual(FIXED.length);
    },
    TEST_MS_MAX,
  );
});

/** Long after every grace of every world. */
const SEALED_ON = '2025-06-01';
/** On that day, at noon; asked for the day after. */
const REOPENED_MS = Date.parse('2025-06-01T12:00:00+08:00');
const REOPENED_BY = '2025-06-02';
/**
 * Worlds of every run, each of which turns at both steps and has late use in its reopened month:
 * logins by month, named interactions by day, people by week. Beside them so many are drawn anew; a
 * failure names the seed of its world, which fails again among the fixed ones.
 */
const FIXED = [93, 29, 61];
/** Each sends some thirty requests, one after the other. */
const NEW_WORLDS = 3;
/** A busy machine takes a multiple of the usual thirty seconds. */
const TEST_MS_MAX = 240_000;
