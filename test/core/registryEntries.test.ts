import { describe, expect, it } from 'vitest';
import { Registry, type RegistryEntry, registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { versionInForce } from '../../core/registry.ts';
import { altersSealed, ordersAtRisk, refuseEntry } from '../../core/registryRules.ts';
import { civilDate } from '../../core/time.ts';
import { MONTHLY, orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

const rule = (atLeast: number): NormalFlow => ({
  allOf: [{ metric: 'interactions', per: 'month', atLeast }],
});

function version(effectiveFrom: string, fields: Record<string, unknown> = {}): RegistryEntry {
  const body = {
    vendorId: 'v-a',
    name: 'S a',
    usagePlan: 'use',
    interactions: ['print'],
    normalFlow: MONTHLY,
    effectiveFrom,
    ...fields,
  };
  return registryEntrySchema.parse({ kind: 'solution', id: 's-a', body });
}

const codes = (entry: RegistryEntry, registry = registryOf(solutionEntries('a'))) =>
  refuseEntry(entry, registry).map((r) => r.code);

describe('the version in force', () => {
  const registry = registryOf([
    ...solutionEntries('a'),
    version('2023-07-01', { normalFlow: rule(30) }),
    version('2023-05-01', { normalFlow: rule(20) }),
  ]);
  const solution = registry.solution('s-a');

  it.each([
    ['2019-12-31', 2],
    ['2020-01-01', 2],
    ['2023-04-30', 2],
    ['2023-05-01', 20],
    ['2023-06-30', 20],
    ['2023-07-01', 30],
    ['2030-01-01', 30],
  ])('on %s asks %d (I-30)', (date, want) => {
    if (solution === undefined) throw new Error('no solution');
    expect(versionInForce(solution, civilDate(date)).normalFlow).toEqual(rule(want));
  });

  it('of one day is replaced by the later entry for that day', () => {
    const again = registryOf([
      ...solutionEntries('a'),
      version('2023-05-01', { normalFlow: rule(20) }),
      version('2023-05-01', { normalFlow: rule(21) }),
    ]);
    expect(again.solution('s-a')?.versions.map((v) => v.normalFlow)).toEqual([MONTHLY, rule(21)]);
  });

  it('keeps listedFrom where a later version names none', () => {
    const listed = registryOf([
      version('2023-01-01', { listedFrom: '2022-06-01' }),
      version('2023-05-01'),
    ]);
    expect(listed.solution('s-a')?.listedFrom).toBe('2022-06-01');
  });
});

describe('the registry', () => {
  it('says when an entry repeats what stands, and when it does not', () => {
    const registry = registryOf([...solutionEntries('a'), orderEntry('o', 'a')]);
    expect(registry.repeats(orderEntry('o', 'a'))).toBe(true);
    expect(registry.repeats(orderEntry('o', 'a', { contractMonths: 5 }))).toBe(false);
    expect(registry.repeats(orderEntry('o2', 'a'))).toBe(false);
    expect(registry.repeats(version('2023-05-01'))).toBe(false);
  });

  it('laid over another shows both, and leaves the one below as it was', () => {
    const base = registryOf([
      ...solutionEntries('a'),
      orderEntry('o1', 'a'),
      orderEntry('o2', 'a'),
    ]);
    const over = new Registry(base);
    over.apply(orderEntry('o2', 'a', { contractMonths: 12 }));
    over.apply(orderEntry('o3', 'a'));
    over.apply(version('2023-05-01'));
    expect([...over.orders()].map((o) => o.orderId).sort()).toEqual(['o1', 'o2', 'o3']);
    expect(over.order('o2')?.contractMonths).toBe(12);
    expect(over.solution('s-a')?.versions).toHaveLength(2);
    expect(
      over
        .ordersOfSme('12345675')
        .map((o) => o.orderId)
        .sort(),
    ).toEqual(['o1', 'o2', 'o3']);
    expect([...over.solutions()]).toHaveLength(1);
    const renamed = { name: 'V anew', taxId: '12345675' };
    for (const id of ['v-a', 'v-b']) over.apply({ kind: 'vendor', id, body: renamed });
    expect([...over.vendors()].map((v) => `${v.vendorId} ${v.name}`)).toEqual([
      'v-a V anew',
      'v-b V anew',
    ]);
    expect([...base.vendors()].map((v) => v.name)).toEqual(['V a']);
    expect(over.repeats(orderEntry('o1', 'a'))).toBe(true);
    expect(base.order('o2')?.contractMonths).toBe(4);
    expect(base.order('o3')).toBeUndefined();
    expect(base.solution('s-a')?.versions).toHaveLength(1);
  });

  it('lists an order under the firm it stands for now', () => {
    const registry = registryOf([...solutionEntries('a'), orderEntry('o', 'a')]);
    registry.apply(orderEntry('o', 'a', { smeId: '04595257' }));
    expect(registry.ordersOfSme('12345675')).toEqual([]);
    expect(registry.ordersOfSme('04595257').map((o) => o.orderId)).toEqual(['o']);
  });
});

describe('an entry is refused', () => {
  it.each([
    [
      'a rule over actions it does not declare',
      version('2023-05-01', {
        normalFlow: {
          allOf: [{ metric: 'interactions', per: 'day', atLeast: 1, actions: ['fax'] }],
        },
      }),
      ['rule_invalid'],
    ],
    [
      'another vendor taking the id',
      version('2023-05-01', { vendorId: 'v-b' }),
      ['solution_of_another_vendor', 'unknown_vendor'],
    ],
    ['a solution that fits', version('2023-05-01'), []],
    [
      'a vendor with a false number',
      registryEntrySchema.parse({
        kind: 'vendor',
        id: 'v-z',
        body: { name: 'Z', taxId: '12345678' },
      }),
      ['invalid_tax_id'],
    ],
    [
      'a firm with a false number',
      registryEntrySchema.parse({ kind: 'sme', id: '12345678', body: { name: 'Z' } }),
      ['invalid_tax_id'],
    ],
    [
      'a firm that fits',
      registryEntrySchema.parse({ kind: 'sme', id: '12345675', body: { name: 'Z' } }),
      [],
    ],
    [
      'a vendor that fits',
      registryEntrySchema.parse({
        kind: 'vendor',
        id: 'v-z',
        body: { name: 'Z', taxId: '12345675' },
      }),
      [],
    ],
    ['a first version of a solution that fits', { ...version('2023-05-01'), id: 's-new' }, []],
    ['an order that fits', orderEntry('o', 'a'), []],
    ['an order of an unknown vendor', orderEntry('o', 'b'), ['unknown_vendor', 'unknown_solution']],
  ])('%s → %j', (_, entry, want) => {
    expect(codes(entry)).toEqual(want);
  });

  it.each([
    ['2023-11-30', ['invalid_request']],
    ['2023-12-01', []],
  ])('a case until %s from 2023-11-30: %j', (periodEnd, want) => {
    const body = {
      name: 'C',
      kind: 'popular',
      periodStart: '2023-11-30',
      periodEnd,
      totalFlowTarget: { metric: 'logins', count: 1 },
    };
    expect(codes(registryEntrySchema.parse({ kind: 'case', id: 'c', body }))).toEqual(want);
  });
});

describe('the words of a refusal', () => {
  const details = (entry: RegistryEntry) =>
    refuseEntry(entry, registryOf(solutionEntries('a'))).map((r) => r.detail);

  it.each([
    ['Register the vendor first.', version('2023-05-01', { vendorId: 'v-b' })],
    ['The id belongs to a solution of another vendor.', version('2023-05-01', { vendorId: 'v-b' })],
    [
      'periodEnd must be after periodStart.',
      registryEntrySchema.parse({
        kind: 'case',
        id: 'c',
        body: {
          name: 'C',
          kind: 'popular',
          periodStart: '2023-11-30',
          periodEnd: '2023-11-30',
          totalFlowTarget: { metric: 'logins', count: 1 },
        },
      }),
    ],
  ])('%s', (want, entry) => {
    expect(details(entry)).toContain(want);
  });
});

describe('sealed months', () => {
  const registry = registryOf([...solutionEntries('a'), orderEntry('o', 'a')]);
  const sealed = new Map([['o', [civilDate('2023-04-15')]]]);

  it.each([
    ['a rule from the day after its start', version('2023-04-16', { normalFlow: rule(9) }), false],
    ['a rule from its start', version('2023-04-15', { normalFlow: rule(9) }), true],
    ['a rule from before', version('2022-01-01', { normalFlow: rule(9) }), true],
    ['other actions from before', version('2022-01-01', { interactions: [] }), true],
    ['the same rule from before', version('2022-01-01'), false],
    ['another name from before', version('2022-01-01', { name: 'New' }), false],
    ['other contract months', orderEntry('o', 'a', { contractMonths: 5 }), true],
  ])('are altered by %s: %s', (_, entry, want) => {
    expect(ordersAtRisk(entry, registry)).toEqual(['o']);
    expect(altersSealed(entry, registry, sealed)).toBe(want);
    expect(altersSealed(entry, registry, new Map())).toBe(false);
  });

  it('are at no risk from an early end, another order or a new solution', () => {
    const ended = orderEntry('o', 'a', { termination: { date: '2023-06-01', reason: 'r' } });
    expect(ordersAtRisk(ended, registry)).toEqual([]);
    expect(ordersAtRisk(orderEntry('o2', 'a'), registry)).toEqual([]);
    expect(ordersAtRisk(solutionEntries('b')[1] ?? ended, registry)).toEqual([]);
    expect(altersSealed(solutionEntries('b')[1] ?? ended, registry, sealed)).toBe(false);
  });

  it('are at no risk from a vendor of the same id, nor those of another solution', () => {
    const vendor = registryEntrySchema.parse({
      kind: 'vendor',
      id: 's-a',
      body: { name: 'V', taxId: '12345675' },
    });
    expect(ordersAtRisk(vendor, registry)).toEqual([]);
    expect(altersSealed(vendor, registry, sealed)).toBe(false);
    const two = registryOf([
      ...solutionEntries('a'),
      ...solutionEntries('b'),
      orderEntry('o', 'a'),
      orderEntry('p', 'b', { smeId: '04595257' }),
    ]);
    expect(ordersAtRisk(version('2022-01-01'), two)).toEqual(['o']);
  });
});
