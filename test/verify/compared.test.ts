import { beforeAll, describe, expect, it } from 'vitest';
import type { MonthEvidence } from '../../core/authenticity/find.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import type { RegistryView } from '../../core/registry.ts';
import { DAY_MS } from '../../core/time.ts';
import type { FirmWeek } from '../../store/firmWeeks.ts';
import { weekNumber } from '../../store/vendorUse.ts';
import { type Compared, comparedParts } from '../../verify/compared.ts';
import { computeMonths } from '../../verify/compute.ts';
import { Customers } from '../../verify/customers.ts';
import { EvidenceReader } from '../../verify/evidence.ts';
import { planOrder } from '../../verify/plans.ts';
import { SharedUse } from '../../verify/sharedUse.ts';
import { numberOf, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, orderEntry, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const OWN = { startMs: at('2023-04-15'), endExclusiveMs: at('2023-05-15') };
const MONTH_WEEK = weekNumber(OWN.startMs);

/** Firms of so many uses, as they are known before they are counted by week. */
function partsOf(
  uses: Readonly<Record<string, number>>,
  months: readonly (readonly string[])[],
  usesMax: number,
  weekOf: (uses: number) => FirmWeek = (n) => ({ week: MONTH_WEEK, uses: n }),
) {
  const usesAtMost = (smeId: string) => uses[smeId] ?? 0;
  const countWeeks = async (smeIds: readonly string[]) =>
    new Map(smeIds.map((smeId) => [smeId, [weekOf(uses[smeId] ?? 0)]]));
  const shared = { usesAtMost, countWeeks };
  const items = months.map((others, i) => ({ own: OWN, shared, i, others }));
  return comparedParts(items, (m) => m.others, usesMax);
}

const shown = (parts: readonly (readonly Compared<{ readonly i: number }>[])[]) =>
  parts.map((part) => part.map((c) => `${c.month.i}:${c.others.join('')}`).join(' '));

describe('the firms that months are compared with', () => {
  it.each([
    [3, ['0:a', '1:b', '2:c']],
    [4, ['0:a 1:b', '2:c']],
    [5, ['0:a 1:b', '2:c']],
    [6, ['0:a 1:b 2:c']],
  ])('are held together up to %d uses, the months in their order', async (max, want) => {
    expect(shown(await partsOf({ a: 2, b: 2, c: 2 }, [['a'], ['b'], ['c']], max))).toEqual(want);
  });

  it('are counted once where several months are compared with them', async () => {
    const months = [['a', 'b'], ['b'], [], ['a'], ['c']];
    const parts = await partsOf({ a: 2, b: 2, c: 1 }, months, 4);
    expect(shown(parts)).toEqual(['0:ab 1:b 2: 3:a', '4:c']);
  });

  it('are counted at each vendor where one firm is a customer of two', async () => {
    const countWeeks = async () => Promise.reject(new Error('asked'));
    const [v, w] = [2, 3].map((uses) => ({ usesAtMost: () => uses, countWeeks }));
    if (v === undefined || w === undefined) throw new Error('two vendors');
    const items = [v, w, v, w].map((shared, i) => ({ own: OWN, shared, i }));
    const partsWith = async (usesMax: number) =>
      shown(await comparedParts(items, () => ['a'], usesMax));
    expect(await partsWith(5)).toEqual(['0:a 1:a 2:a 3:a']);
    expect(await partsWith(4)).toEqual(['0:a', '1:a', '2:a', '3:a']);
  });

  it('of more use than is held are those of least use first (I-140)', async () => {
    const uses = { a: 5, b: 3, c: 1, d: 3 };
    expect(shown(await partsOf(uses, [['a', 'b', 'c', 'd']], 7))).toEqual(['0:bcd']);
    expect(shown(await partsOf(uses, [['a', 'b', 'c', 'd']], 6))).toEqual(['0:bc']);
    expect(shown(await partsOf(uses, [['a']], 4))).toEqual(['0:']);
  });

  it.each([
    ['the week in which the month ends', MONTH_WEEK + 5, '0:a'],
    ['the last whole week', MONTH_WEEK + 4, '0:'],
    ['the first week back', MONTH_WEEK - 5, '0:'],
    ['the week before it', MONTH_WEEK - 6, '0:a'],
  ])('do not depend on what lies beside the month: use in %s', async (_, week, want) => {
    expect(shown(await partsOf({ a: 9 }, [['a']], 8, (uses) => ({ week, uses })))).toEqual([want]);
  });

  it('are not counted by week where they are few', async () => {
    const countWeeks = async () => Promise.reject(new Error('asked'));
    const shared = { usesAtMost: () => 1, countWeeks };
    expect(await comparedParts([], () => [])).toEqual([]);
    const month = { own: OWN, shared };
    const parts = await comparedParts([month], () => ['a'], 1);
    expect(parts).toEqual([[{ month, others: ['a'] }]]);
  });
});

/** Twelve uses are near it: such a month is compared with every firm of a small vendor. */
const NEAR: NormalFlow = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 5 }] };

describe('in a log', () => {
  const test = useDatabase();
  const firms = ['10000001', '10000002', '10000003', '10000004'];
  const registry = registryOf([
    ...solutionEntries('a', { normalFlow: NEAR }),
    ...firms.map((smeId) => orderEntry(`o-${smeId}`, 'a', { smeId })),
  ]);
  beforeAll(async () => {
    await insertEvents(
      test.db,
      firms.flatMap((smeId, firm) =>
        Array.from({ length: 12 }, (_, i) => {
          const occurredAtMs = at('2023-04-17 09:00:00') + firm * 60_000 + i * i * 7_001_000;
          // Two of each come after the grace of their week.
          const receivedAtMs = occurredAtMs + (i < 2 ? 9 * DAY_MS : 1_000);
          const actor = BigInt(smeId);
          return storedEvent({ solutionId: 's-a', smeId, actor, occurredAtMs, receivedAtMs });
        }),
      ),
    );
  });

  /** The first month of each order. */
  async function decided(of: RegistryView, orderIds: readonly string[], asOfMs: number) {
    const asked = orderIds.flatMap((orderId) => {
      const order = of.order(orderId);
      const plan = order === undefined ? undefined : planOrder(order, of);
      const month = plan?.contract.months[0];
      return plan === undefined || month === undefined ? [] : [{ plan, month }];
    });
    const decisions = await computeMonths(test.db, asked, asOfMs);
    return asked.flatMap((month, i) => {
      const decision = decisions[i];
      return decision === undefined ? [] : [{ ...month, decision }];
    });
  }

  it('the uses of a firm are counted at most, and week by week those that came in good time', async () => {
    const log = { solutionIds: ['s-a'], delayMaxMs: 7 * DAY_MS, receivedBeforeMs: 0 };
    const shared = new SharedUse(test.db, log, new Customers(registry));
    await shared.prepare(OWN.startMs, OWN.endExclusiveMs);
    expect([...firms, '10000009'].map((f) => shared.usesAtMost(f))).toEqual([12, 12, 12, 12, 0]);
    const asked = ['10000001', '10000009'];
    const weeks = await shared.countWeeks(asked, OWN.startMs, OWN.endExclusiveMs);
    expect([...weeks.keys()]).toEqual(['10000001']);
    const found = weeks.get('10000001') ?? [];
    expect(found[0]).toMatchObject({ week: MONTH_WEEK + 1 });
    expect(found.reduce((sum, w) => sum + w.uses, 0)).toBe(10);
  });

  it('the evidence is the same however few acts are held at once (I-140)', async () => {
    const asOfMs = at('2023-05-23');
    const months = await decided(
      registry,
      firms.map((smeId) => `o-${smeId}`),
      asOfMs,
    );
    const readWith = async (usesMax: number) => {
      const reads: string[] = [];
      const db = withFaults(test.db, (statement) => {
        if (statement.includes('AS received, action\n')) reads.push(statement);
        return null;
      });
      const said: [string, MonthEvidence][] = [];
      const reader = new EvidenceReader(db, registry, { uses: usesMax });
      const screen = await reader.prepare(months);
      await reader.read(months, screen, asOfMs, async (m, evidence) => {
        said.push([m.plan.order.orderId, evidence]);
      });
      return { reads: reads.length, said };
    };
    const whole = await readWith(1_000);
    expect(whole.reads).toBe(1);
    expect(whole.said.map(([, evidence]) => evidence.originals.length)).toEqual([3, 3, 3, 3]);
    // Any three firms are within it, all four are not: each month is read by itself.
    expect(await readWith(40)).toEqual({ reads: 4, said: whole.said });
  });

  it('of each vendor the acts before and in its own months are read, whichever are asked beside it', async () => {
    const starts = { b: '2023-04-15', c: '2024-04-15' };
    const names = ['b', 'c'] as const;
    const both = ['10000001', '10000002'];
    const vendors = registryOf(
      names.flatMap((name) => [
        ...solutionEntries(name, { normalFlow: NEAR }),
        ...both.map((smeId) =>
          orderEntry(`o-${name}-${smeId}`, name, { smeId, contractStart: starts[name] }),
        ),
      ]),
    );
    // Both firms use both solutions in both years.
    await insertEvents(
      test.db,
      names.flatMap((name) =>
        Object.values(starts).flatMap((start) =>
          both.flatMap((smeId, firm) =>
            Array.from({ length: 12 }, (_, i) => {
              const occurredAtMs = at(start) + firm * 60_000 + i * i * 7_001_000;
              return storedEvent({ solutionId: `s-${name}`, smeId, occurredAtMs });
            }),
          ),
        ),
      ),
    );
    const asOfMs = at('2024-05-23');
    const orderIds = names.flatMap((name) => both.map((smeId) => `o-${name}-${smeId}`));
    const months = await decided(vendors, orderIds, asOfMs);
    const reads: string[] = [];
    const db = withFaults(test.db, (statement) => {
      if (statement.includes('AS received, action\n')) reads.push(statement);
      return null;
    });
    const reader = new EvidenceReader(db, vendors);
    const screen = await reader.prepare(months);
    const originals: number[][] = [];
    await reader.read(months, screen, asOfMs, async (_, evidence) => {
      originals.push(evidence.originals.map((firm) => firm.acts.length));
    });
    expect(originals).toEqual([[12], [12], [12], [12]]);
    const [read = ''] = reads.map((statement) => statement.replace('FORMAT Native', ''));
    expect(reads).toHaveLength(1);
    expect(await numberOf(test.db, `SELECT count() FROM (${read})`)).toBe(4 * 12);
  });
});
