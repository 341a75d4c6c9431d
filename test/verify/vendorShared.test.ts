import { beforeAll, expect, it } from 'vitest';
import { LATE_MIN } from '../../core/authenticity/shared.ts';
import { DAY_MS, startOfDay } from '../../core/time.ts';
import { isAnyLate } from '../../store/vendorUse.ts';
import type { MonthOfOrder } from '../../verify/compute.ts';
import { Customers } from '../../verify/customers.ts';
import { planOrder } from '../../verify/plans.ts';
import { VendorShared } from '../../verify/vendorShared.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
/** Their first months end on 5 and 12 May; the last Mondays of the grace are the 8th and the 15th. */
const registry = registryOf([
  ...solutionEntries('a'),
  orderEntry('earlier', 'a', { contractStart: '2023-04-05' }),
  orderEntry('later', 'a', { contractStart: '2023-04-12' }),
]);
const customers = new Customers(registry);
const CLERK = 9n;

/** Seven firms with the same clerk on one day, by when they were heard of. */
const RECEIVED = [
  '2023-04-19 12:00:00',
  '2023-04-26 08:59:59.999',
  '2023-05-07 23:59:59.999',
  '2023-05-08 00:00:00',
  '2023-05-14 23:59:59.999',
  '2023-05-15 00:00:00',
  '2023-05-28 23:59:59.999',
];
const firmOf = (i: number) => String(10_000_001 + i);

beforeAll(async () => {
  await insertEvents(
    test.db,
    RECEIVED.flatMap((received, i) =>
      Array.from({ length: LATE_MIN }, (_, k) =>
        storedEvent({
          vendorId: 'v-a',
          solutionId: 's-a',
          smeId: firmOf(i),
          actor: CLERK,
          occurredAtMs: at('2023-04-19 09:00:00') + i * 60_000 + k,
          receivedAtMs: at(received),
        }),
      ),
    ),
  );
});

function firstMonth(orderId: string, reopened: Pick<MonthOfOrder, 'admittedMs'> = {}) {
  const order = registry.order(orderId);
  if (order === undefined) throw new Error(`no order ${orderId}`);
  const plan = planOrder(order, registry);
  const [month] = plan.contract.months;
  if (month === undefined) throw new Error('no month');
  return { plan, month, ...reopened };
}

it('a month knows of other firms what came in good time, or before the last Monday of its grace (I-139)', async () => {
  const asked: [string, MonthOfOrder, number][] = [
    ['earlier', firstMonth('earlier'), 3],
    ['later', firstMonth('later'), 5],
    ['reopened', firstMonth('earlier', { admittedMs: at('2023-05-17') }), 5],
    ['reopened later', firstMonth('earlier', { admittedMs: at('2023-06-01') }), 7],
  ];
  const months = asked.map(([, month]) => month);
  const together = await new VendorShared(test.db, customers, ['s-a'], 7).prepare(months);
  for (const [name, month, count] of asked) {
    const alone = await new VendorShared(test.db, customers, ['s-a'], 7).prepare([month]);
    for (const sharedOf of [together, alone]) {
      const shared = sharedOf(month);
      const span = [startOfDay(month.month.start), startOfDay(month.month.endExclusive)] as const;
      const { actors } = shared.marksOf(...span);
      expect(actors.get(String(CLERK)), name).toMatchObject({ firms: count, ofFirms: count });
      expect(shared.allFirmsBut('', ...span), name).toEqual(
        RECEIVED.slice(0, count).map((_, i) => firmOf(i)),
      );
    }
  }
});

it.each([
  { name: 'seven, all that there is', late: 7, inTime: 0, isAny: false },
  { name: 'eight, one of ten', late: 8, inTime: 72, isAny: true },
  { name: 'eight, fewer than one of ten', late: 8, inTime: 73, isAny: false },
  { name: 'eight, beside many that do not count', late: 8, inTime: 72, other: 400, isAny: true },
  { name: 'none but what does not count', late: 0, inTime: 8, otherLate: 80, isAny: false },
])('late use of a firm: $name: $isAny (I-139)', async (use) => {
  const { late, inTime, other = 0, otherLate = 0, isAny } = use;
  const solutionId = `s-${late}-${inTime}-${other}`;
  const firstMs = at('2023-06-07 09:00:00');
  const of = (count: number, fields: Partial<StoredEvent>, earlierMs: number) =>
    Array.from({ length: count }, (_, i) =>
      storedEvent({
        vendorId: 'v-b',
        solutionId,
        smeId: firmOf(0),
        occurredAtMs: firstMs + i,
        receivedAtMs: firstMs + i + 7 * DAY_MS - earlierMs,
        ...fields,
      }),
    );
  const consumer = { actorRole: 'consumer' };
  await insertEvents(test.db, [
    ...of(late, {}, 0),
    ...of(inTime, {}, 1),
    ...of(other, consumer, 1),
    ...of(otherLate, consumer, 0),
  ]);
  const scope = { startMs: firstMs, endExclusiveMs: firstMs + DAY_MS, delayMaxMs: 7 * DAY_MS };
  const askedAt = (receivedBeforeMs: number) =>
    isAnyLate(test.db, { ...scope, solutionIds: [solutionId], receivedBeforeMs });
  expect(await askedAt(firstMs + 8 * DAY_MS)).toBe(isAny);
  expect(await askedAt(firstMs + 7 * DAY_MS)).toBe(false);
});
