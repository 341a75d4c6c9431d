import { expect, it } from 'vitest';
import type { MonthEvidence } from '../../core/authenticity/find.ts';
import { computeMonths } from '../../verify/compute.ts';
import { EvidenceReader } from '../../verify/evidence.ts';
import { type DecidedMonth, Looks } from '../../verify/looked.ts';
import { planOrder } from '../../verify/plans.ts';
import { useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const FIRMS = ['10000001', '10000002', '10000003'];
const AS_OF = at('2023-05-23');
const registry = registryOf([
  ...solutionEntries('a', {
    normalFlow: { allOf: [{ metric: 'interactions', per: 'month', atLeast: 5 }] },
  }),
  ...FIRMS.map((smeId) => orderEntry(`o-${smeId}`, 'a', { smeId })),
]);

/** Before, in and after the month; late and early, declared and not, with an address or none. */
function log() {
  return FIRMS.flatMap((smeId, firm) =>
    Array.from({ length: 40 }, (_, i) => {
      const occurredAtMs = at('2023-04-12') + firm * 60_000 + i * 81_000_000;
      return storedEvent({
        solutionId: 's-a',
        smeId,
        action: ['create', 'login', '未宣告', 'print'][i % 4] ?? '',
        actor: i % 5 === 0 ? 2n ** 64n - 1n : BigInt(i % 3),
        actorRole: i % 7 === 0 ? 'consumer' : 'staff',
        address: i % 2 === 0 ? 0n : 2n ** 63n + BigInt(firm),
        occurredAtMs,
        receivedAtMs: occurredAtMs + (i % 6 === 0 ? 30 * 86_400_000 : 1_000),
      });
    }),
  );
}

async function evidenceOf(kept: number) {
  let read = 0;
  const db = withFaults(test.db, (statement) => {
    if (statement.includes('arraySort(groupArray(')) read += 1;
    return null;
  });
  const asked = FIRMS.flatMap((smeId) => {
    const order = registry.order(`o-${smeId}`);
    const plan = order === undefined ? undefined : planOrder(order, registry);
    const month = plan?.contract.months[0];
    return plan === undefined || month === undefined ? [] : [{ plan, month }];
  });
  const reader = new EvidenceReader(db, registry, { kept });
  const screen = await reader.prepare(asked);
  const looks = new Looks(AS_OF);
  const months: DecidedMonth[] = [];
  await computeMonths(db, asked, AS_OF, (i, decision, of) => {
    const month = asked[i];
    if (month === undefined) return;
    const decided = { ...month, decision };
    if (screen.isWorthALook(decided, looks, of)) months.push(decided);
  });
  const said = new Map<string, MonthEvidence>();
  await reader.read(months, screen, AS_OF, async (month, evidence) => {
    said.set(month.plan.order.orderId, evidence);
  });
  return { read, said };
}

it('a month is looked at by what it was decided by, kept or read again (I-151)', async () => {
  await insertEvents(test.db, log());
  const kept = await evidenceOf(1_000);
  expect(kept.read).toBe(0);
  expect([...kept.said.values()].map((e) => e.use.events.length)).toEqual([23, 23, 23]);
  expect(kept.said.get('o-10000001')?.use.events.map((e) => e.action)).toContain('未宣告');
  // Room for one of three, and for none.
  for (const room of [50, 0]) {
    const again = await evidenceOf(room);
    expect(again.read).toBe(1);
    expect(again.said).toEqual(kept.said);
  }
});
