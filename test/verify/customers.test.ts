import { expect, it } from 'vitest';
import { startOfDay } from '../../core/time.ts';
import { weekNumber } from '../../store/vendorUse.ts';
import { Customers } from '../../verify/customers.ts';
import { planOrder } from '../../verify/plans.ts';
import { VendorShared } from '../../verify/vendorShared.ts';
import { useDatabase } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const weekOf = (day: string) => weekNumber(at(day));

it('a firm is a customer in the weeks that its contract touches, at that solution', () => {
  const [smeId, endedId] = ['10000001', '10000002'];
  const ended = { date: '2023-05-15', reason: 'moved away' };
  const registry = registryOf([
    ...solutionEntries('a'),
    ...solutionEntries('b'),
    orderEntry('first', 'a', { smeId, contractStart: '2023-04-16', contractMonths: 1 }),
    orderEntry('second', 'a', { smeId, contractStart: '2023-07-03', contractMonths: 1 }),
    orderEntry('ended', 'a', { smeId: endedId, contractStart: '2023-04-16', termination: ended }),
  ]);
  const customers = new Customers(registry);
  const among = (solutionId: string, id: string, ...days: readonly string[]) =>
    days.map((day) => customers.of(solutionId, id)(weekOf(day)));
  // A Sunday, and the last day of the contract is a Monday.
  expect(among('s-a', smeId, '2023-04-09', '2023-04-10')).toEqual([false, true]);
  expect(among('s-a', smeId, '2023-05-21', '2023-05-22')).toEqual([true, false]);
  expect(among('s-a', smeId, '2023-07-02', '2023-07-03')).toEqual([false, true]);
  expect(among('s-a', endedId, '2023-05-14', '2023-05-15')).toEqual([true, false]);
  expect(among('s-b', smeId, '2023-04-20')).toEqual([false]);
});

it('of a vendor with few customers each is compared with each, whatever firms send without an order (I-188)', async () => {
  const smeIdOf = (firm: number) => String(10_000_001 + firm);
  const registry = registryOf([
    ...solutionEntries('c'),
    ...[0, 1, 2].map((firm) => orderEntry(`c-${firm}`, 'c', { smeId: smeIdOf(firm) })),
  ]);
  await insertEvents(
    test.db,
    Array.from({ length: 21 }, (_, firm) =>
      storedEvent({
        vendorId: 'v-c',
        solutionId: 's-c',
        smeId: smeIdOf(firm),
        occurredAtMs: at('2023-04-19 09:00:00') + firm * firm * 1_001_000,
      }),
    ),
  );
  const order = registry.order('c-0');
  if (order === undefined) throw new Error('no order');
  const plan = planOrder(order, registry);
  const [month] = plan.contract.months;
  if (month === undefined) throw new Error('no month');
  const asked = { plan, month };
  const shared = new VendorShared(test.db, new Customers(registry), ['s-c'], 7);
  const ofMonth = (await shared.prepare([asked]))(asked);
  const span = [startOfDay(month.start), startOfDay(month.endExclusive)] as const;
  expect(ofMonth.allFirmsBut(smeIdOf(0), ...span)).toEqual([smeIdOf(1), smeIdOf(2)]);
});
