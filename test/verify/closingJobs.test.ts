import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closingJobsOf, ordersOfJob } from '../../verify/closingJobs.ts';
import { order, orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

const NAMES = ['a', 'b', 'c', 'd'];

/** Firms of any number, some with several orders for one solution. */
const registered = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 12 })), { maxLength: 60 })
  .map((pairs) =>
    pairs.map(([name, firm], i) => ({ id: `o-${i}`, name, smeId: String(10_000_000 + firm) })),
  );

it('closing jobs have every order once, together, and find it again by their payload (I-142)', () => {
  fc.assert(
    fc.property(registered, fc.integer({ min: 1, max: 20 }), (firms, ordersMax) => {
      const registry = registryOf([
        ...NAMES.flatMap((name) => solutionEntries(name)),
        ...firms.map(({ id, name, smeId }) => orderEntry(id, name, { smeId })),
      ]);
      const orders = firms.map(({ id, name, smeId }) => order(id, name, { smeId }));
      const jobs = closingJobsOf(orders, ordersMax);
      const found = jobs.map(({ parts }) => {
        const payload = { verificationId: 'x', parts, asOfMs: 0, sealedAtMs: null };
        const job = { ...payload, orderIds: null, programme: null };
        return ordersOfJob(job, registry).map((o) => o.orderId);
      });
      expect(found).toEqual(jobs.map((job) => job.orders.map((o) => o.orderId)));
      expect(found.flat().sort()).toEqual(firms.map(({ id }) => id).sort());
    }),
  );
});
