import { describe, expect, it } from 'vitest';
import type { Order } from '../../core/registry.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { humanTimes } from '../authenticity/fabricate.ts';
import { useDatabase } from '../helpers/database.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const names = ['few', 'others', 'week', 'admin'];
const FIRMS = 33;
const smeIdOf = (firm: number) => String(40_000_000 + firm);
const normalFlow = {
  allOf: [{ metric: 'interactions' as const, per: 'month' as const, atLeast: 40 }],
};
/** Of the vendor `few` three firms have an order, of the others all. */
const registry = registryOf(
  names.flatMap((name) => [
    ...solutionEntries(name, { normalFlow }),
    ...Array.from({ length: name === 'few' ? 3 : FIRMS }, (_, firm) =>
      orderEntry(`${name}-${firm}`, name, { smeId: smeIdOf(firm) }),
    ),
  ]),
);
const SPAN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };
const CLERK = 9n;

function orderOf(name: string, firm: number): Order {
  const order = registry.order(`${name}-${firm}`);
  if (order === undefined) throw new Error('no order');
  return order;
}

function used(name: string, firm: number, times: readonly number[], actor: bigint): StoredEvent[] {
  const { vendorId, solutionId } = orderOf(name, 0);
  const smeId = smeIdOf(firm);
  return times.map((occurredAtMs) =>
    storedEvent({ vendorId, solutionId, smeId, actor, address: actor, occurredAtMs }),
  );
}

const month = (firm: number) => humanTimes(seededRandom(firm), 60, SPAN);
/** In one week, another time of each firm. */
const once = (firm: number) => [at('2023-04-25 09:00:00') + firm * 97 * 60_000];

async function states(name: string, firms: number): Promise<string[]> {
  const orders = Array.from({ length: firms }, (_, firm) => orderOf(name, firm));
  const asOfMs = at('2023-05-23');
  const closing = { verificationId: 'v', asOfMs, sealedAtMs: asOfMs, simulated: true };
  await closeOrders({ db: test.db, registry }, orders, { ...closing, loadedUntilMs: asOfMs });
  const answers = await new Months(test.db, registry, true).monthsOf(orders, asOfMs);
  return answers.map(({ months }) => {
    const shared = (months[0]?.findings ?? []).filter((f) => f.code.startsWith('shared_'));
    return `${months[0]?.state} ${shared.map((f) => f.severity).join(' ')}`;
  });
}

const firms = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const HELD = 'held high high';

describe('one person behind three firms is held', () => {
  it('whatever firms without an order send in that name (I-187)', async () => {
    await insertEvents(test.db, [
      ...firms(0, 3).flatMap((f) => used('few', f, month(f), CLERK)),
      ...firms(3, 20).flatMap((f) => used('few', f, month(f), CLERK)),
    ]);
    expect(await states('few', 3)).toEqual([HELD, HELD, HELD]);
  });

  it('whatever single events all other customers have of it (I-187)', async () => {
    await insertEvents(test.db, [
      ...firms(0, 3).flatMap((f) => used('others', f, month(f), CLERK)),
      ...firms(3, 30).flatMap((f) => [
        ...used('others', f, month(f), BigInt(100 + f)),
        ...used('others', f, once(f), CLERK),
      ]),
    ]);
    expect(await states('others', 3)).toEqual([HELD, HELD, HELD]);
  });

  it('also where in one week all others have it by a real share (I-187)', async () => {
    const burst = (f: number) => firms(0, 8).map((i) => (once(f)[0] ?? 0) + i * 600_000);
    await insertEvents(test.db, [
      ...firms(0, 3).flatMap((f) => used('week', f, month(f), CLERK)),
      ...firms(3, 30).flatMap((f) => [
        ...used('week', f, month(f), BigInt(100 + f)),
        ...used('week', f, burst(f), CLERK),
      ]),
    ]);
    expect(await states('week', 3)).toEqual([HELD, HELD, HELD]);
  });

  it('and not where nearly all customers have it all month long', async () => {
    await insertEvents(
      test.db,
      firms(0, FIRMS).flatMap((f) => used('admin', f, month(f), f < 30 ? CLERK : BigInt(100 + f))),
    );
    expect(await states('admin', 3)).toEqual(Array(3).fill('met low low'));
  });
});
