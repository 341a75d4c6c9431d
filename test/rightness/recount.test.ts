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
import { type Contract, type RecountedMonth, recount } from './recount.ts';
import { askingDays, randomOf, type World, worldOf } from './worlds.ts';

/** The product, from its HTTP ingest to its months, beside a recount that shares nothing with it. */

interface MonthsAnswer {
  readonly months: readonly (Omit<RecountedMonth, 'values'> & {
    readonly criteria: readonly { readonly cycles: readonly { readonly value: number }[] }[];
  })[];
}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
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

async function send({ batches }: World, vendor: Client): Promise<void> {
  for (const { receivedAtMs, events } of batches) {
    const now = { 'flowproof-now': new Date(receivedAtMs).toISOString() };
    (await vendor.sendOnly('POST', '/v1/events', events, now)).ok();
  }
}

async function answered(contract: Contract, asOf: string) {
  const path = `/v1/orders/${contract.solutionId}/months?asOf=${asOf}`;
  const now = { 'flowproof-now': '2025-07-01T00:00:00+08:00' };
  const { months } = (await app.admin.get(path, now)).ok<MonthsAnswer>();
  return months.map(({ month, state, totals, criteria }) => ({
    month,
    state,
    totals,
    values: criteria.map((c) => c.cycles.map((cycle) => cycle.value)),
  }));
}

/** A finding of high severity holds a month that met its rule; what was counted is the same. */
function withoutHolds<T extends { readonly state: string }>(months: readonly T[]): T[] {
  return months.map((m) => ({ ...m, state: m.state === 'held' ? 'met' : m.state }));
}

describe('whatever was sent, in whatever order, late, twice or changed', () => {
  it('the months, before and after sealing, are those of an independent recount (I-152)', async () => {
    let worlds = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        // One seed may come twice; its world is entered under a name of its own.
        worlds += 1;
        const name = `w${worlds}-${seed}`;
        const world = worldOf(seed, name, newTaxId());
        await send(world, await enter(world, name));
        const random = randomOf(seed + 1);
        for (const contract of world.contracts) {
          for (const asOf of askingDays(contract, random)) {
            expect(await answered(contract, asOf)).toEqual(recount(contract, world.batches, asOf));
          }
        }
        await verify(app.admin, SEALED_ON);
        for (const contract of world.contracts) {
          const sealed = withoutHolds(await answered(contract, SEALED_ON));
          expect(sealed).toEqual(recount(contract, world.batches, SEALED_ON));
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 120_000);
});

/** Long after every grace of every world. */
const SEALED_ON = '2025-06-01';
/** Each run sends some twenty-five requests, one after the other. */
const RUNS = 6;
