import { describe, expect, it } from 'vitest';
import type { Order } from '../../core/registry.ts';
import { DAY_MS } from '../../core/time.ts';
import { readMonthResults } from '../../store/monthResults.ts';
import { closeOrders } from '../../verify/close.ts';
import { humanTimes } from '../authenticity/fabricate.ts';
import { useDatabase } from '../helpers/database.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const registry = registryOf(
  ['marks', 'rhythm', 'world'].flatMap((name) =>
    solutionEntries(name, {
      normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 16 }] },
    }),
  ),
);
const MONTHS = 4;
/** After the grace of the last month. */
const END = at('2023-10-20');

let firms = 0;

function firmOf(name: string, contractStart = '2023-04-15'): Order {
  firms += 1;
  const smeId = String(40_000_000 + firms);
  return order(`order-${firms}`, name, { smeId, contractStart, contractMonths: MONTHS });
}

function used(of: Order, times: readonly number[], fields: Partial<StoredEvent> = {}) {
  const { vendorId, solutionId, smeId } = of;
  return times.map((occurredAtMs) =>
    storedEvent({
      vendorId,
      solutionId,
      smeId,
      action: 'print',
      actor: BigInt(smeId),
      occurredAtMs,
      ...fields,
    }),
  );
}

/** So many times of use by day, from a day on, over so many days. */
function byDay(seed: number, count: number, day: string, days = 30): number[] {
  const startMs = at(day);
  const span = { startMs, endExclusiveMs: startMs + days * DAY_MS };
  return humanTimes(seededRandom(seed), count, span);
}

async function close(orders: readonly Order[], asOfMs: number): Promise<void> {
  const closing = { verificationId: 'v', asOfMs, sealedAtMs: asOfMs, simulated: true };
  await closeOrders({ db: test.db, registry }, orders, { ...closing, loadedUntilMs: asOfMs });
}

/** What is sealed of the orders, by order and month, without when; and takes it out of the store. */
async function takeSeals(orders: readonly Order[]): Promise<Map<string, Sealed>> {
  const ids = orders.map((o) => o.orderId);
  const results = await readMonthResults(test.db, ids, END);
  await test.db.writer.command({ query: 'TRUNCATE TABLE month_results_v1' });
  return new Map(
    results
      .sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : a.month - b.month))
      .map(({ orderId, month, digest, result }) => [`${orderId} ${month}`, { digest, result }]),
  );
}

interface Sealed {
  readonly digest: string;
  /** JSON of the month, its findings among it. */
  readonly result: string;
}

describe('a month is sealed with the same bytes', () => {
  it('whatever is shared in the weeks of other months alone', async () => {
    const far = firmOf('marks');
    const later = [firmOf('marks'), firmOf('marks'), firmOf('marks')];
    const clerk = { actor: 9n };
    // At night, which is told only of a month that is looked at.
    const nights = Array.from(
      { length: 60 },
      (_, i) =>
        at('2023-04-16 02:00:00') + Math.floor(i / 2) * DAY_MS + ((i * i * 41) % 170) * 60_000,
    );
    await insertEvents(test.db, [
      ...used(far, nights, clerk),
      ...later.flatMap((of, i) => used(of, byDay(i, 60, '2023-07-15'), clerk)),
    ]);
    await close([far], at('2023-05-25'));
    const alone = await takeSeals([far]);
    await close([far, ...later], END);
    const beside = await takeSeals([far, ...later]);
    const first = `${far.orderId} 1`;
    expect(alone.get(first)?.result).toContain('"state":"met"');
    expect(beside.get(first)).toEqual(alone.get(first));
  });

  it('however much the firm it is copied from does in other months', async () => {
    const [copier, original] = [firmOf('rhythm'), firmOf('rhythm')];
    const actions = ['a', 'b', 'c', 'print'];
    const acts = [0, 97, 171, 290, 443].map(
      (minutes) => at('2023-05-01 09:00:00') + minutes * 60_000,
    );
    const rich = (of: Order, moveMs: number) =>
      actions.flatMap((action) =>
        used(
          of,
          acts.map((t) => t + moveMs),
          { action },
        ),
      );
    await insertEvents(test.db, [
      ...rich(original, 0),
      ...used(original, byDay(1, 40, '2023-07-15')),
      ...rich(copier, DAY_MS),
      ...used(copier, byDay(2, 60, '2023-04-15', 14)),
    ]);
    await close([copier], at('2023-05-25'));
    const alone = await takeSeals([copier]);
    await close([copier, original], END);
    const beside = await takeSeals([copier, original]);
    const first = `${copier.orderId} 1`;
    expect(alone.get(first)?.result).toContain('"copied_stream"');
    expect(beside.get(first)).toEqual(alone.get(first));
  });
});
