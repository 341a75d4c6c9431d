import { describe, expect, it } from 'vitest';
import {
  Registry,
  type RegistryEntry,
  registryEntrySchema,
  withVersion,
} from '../../core/entries.ts';
import { MONTHLY, orderEntry, registryOf, solutionEntries } from '../helpers/world.ts';

type SolutionEntry = Extract<RegistryEntry, { kind: 'solution' }>;

function version(effectiveFrom: string, fields: object = {}): SolutionEntry {
  const plan = { usagePlan: 'use', interactions: ['print'], normalFlow: MONTHLY };
  const body = { vendorId: 'v-a', name: 'S a', ...plan, effectiveFrom, ...fields };
  return registryEntrySchema.parse({ kind: 'solution', id: 's-a', body }) as SolutionEntry;
}

describe('a solution with one more version', () => {
  const daysOf = (...entries: readonly SolutionEntry[]) =>
    entries
      .reduce<ReturnType<typeof withVersion> | undefined>(withVersion, undefined)
      ?.versions.map((v) => [v.effectiveFrom, v.name]);

  it('has its versions by their days, whatever the order in which they came', () => {
    const [first, second, third] = ['2023-01-01', '2023-05-01', '2023-07-01'];
    const want = [first, second, third].map((day) => [day, 'S a']);
    expect(daysOf(version('2023-07-01'), version('2023-01-01'), version('2023-05-01'))).toEqual(
      want,
    );
    expect(daysOf(version('2023-01-01'), version('2023-05-01'), version('2023-07-01'))).toEqual(
      want,
    );
  });

  it('has of one day the version that came last', () => {
    expect(daysOf(version('2023-01-01'), version('2023-01-01', { name: 'New' }))).toEqual([
      ['2023-01-01', 'New'],
    ]);
  });

  it('has the name and vendor of the version that came last, and the listing said last', () => {
    const first = withVersion(undefined, version('2023-05-01'));
    expect(first).toMatchObject({ solutionId: 's-a', vendorId: 'v-a', listedFrom: null });
    expect(first.versions).toEqual([{ solutionId: 's-a', ...version('2023-05-01').body }]);
    const listed = withVersion(
      first,
      version('2023-01-01', { name: 'New', listedFrom: '2022-01-01' }),
    );
    expect(listed).toMatchObject({ name: 'New', listedFrom: '2022-01-01' });
    expect(withVersion(listed, version('2023-07-01')).listedFrom).toBe('2022-01-01');
    const again = withVersion(listed, version('2023-07-01', { listedFrom: '2022-02-01' }));
    expect(again.listedFrom).toBe('2022-02-01');
  });
});

describe('the registry', () => {
  it('laid over another gives what the change says, and else what stands below', () => {
    const entry = (kind: string, id: string, body: object) =>
      registryEntrySchema.parse({ kind, id, body });
    const target = { metric: 'logins', count: 1 };
    const period = { periodStart: '2023-03-01', periodEnd: '2023-12-01' };
    const caseOf = (name: string) => ({
      name,
      kind: 'popular',
      ...period,
      totalFlowTarget: target,
    });
    const sme = (name: string, issued: object = {}) => ({ name, ...issued });
    const base = registryOf([
      entry('sme', '12345675', sme('below', { pointsIssuedOn: '2023-01-01' })),
      entry('sme', '04595257', sme('below')),
      entry('case', 'c', caseOf('below')),
      entry('case', 'd', caseOf('below')),
      entry('vendor', 'v', { name: 'below', taxId: '12345675' }),
    ]);
    const over = new Registry(base);
    over.apply(entry('sme', '04595257', sme('above')));
    over.apply(entry('case', 'd', caseOf('above')));
    expect(over.sme('12345675')).toEqual({
      smeId: '12345675',
      name: 'below',
      pointsIssuedOn: '2023-01-01',
    });
    expect(over.sme('04595257')).toEqual({
      smeId: '04595257',
      name: 'above',
      pointsIssuedOn: null,
    });
    expect(over.case('c')).toEqual({ caseId: 'c', ...caseOf('below') });
    expect([over.case('d')?.name, base.case('d')?.name]).toEqual(['above', 'below']);
    expect(over.vendor('v')).toEqual({ vendorId: 'v', name: 'below', taxId: '12345675' });
    const none = [over.sme('1'), over.case('x'), over.vendor('x'), over.order('x')];
    expect([...none, base.sme('1'), base.case('x'), base.solution('x')]).toEqual(
      Array.from({ length: 7 }),
    );
    expect([...over.orders(), ...over.solutions(), ...over.ordersOfSme('1')]).toEqual([]);
  });

  it('lists each order of a solution once, under the solution that it stands for now', () => {
    const base = registryOf([
      ...solutionEntries('a'),
      ...solutionEntries('b'),
      orderEntry('o1', 'a'),
      orderEntry('o2', 'a'),
    ]);
    const over = new Registry(base);
    over.apply(orderEntry('o2', 'b'));
    over.apply(orderEntry('o3', 'a'));
    over.apply(orderEntry('o1', 'a', { contractMonths: 5 }));
    const of = (registry: Registry, solution: string) =>
      registry.ordersOfSolution(solution).map((o) => [o.orderId, o.contractMonths]);
    expect(of(over, 's-a')).toEqual([
      ['o1', 5],
      ['o3', 4],
    ]);
    expect(of(over, 's-b')).toEqual([['o2', 4]]);
    expect(of(base, 's-a')).toEqual([
      ['o1', 4],
      ['o2', 4],
    ]);
    expect(of(over, 's-c')).toEqual([]);
    over.apply(version('2023-05-01', { vendorId: 'v-a' }));
    expect([...over.solutions()].map((s) => [s.solutionId, s.versions.length]).sort()).toEqual([
      ['s-a', 2],
      ['s-b', 1],
    ]);
  });

  it('remembers each version of a solution by its own day', () => {
    const registry = registryOf([...solutionEntries('a'), version('2023-05-01')]);
    expect(registry.repeats(version('2023-05-01'))).toBe(true);
    registry.apply(version('2023-07-01', { name: 'New' }));
    expect(registry.repeats(version('2023-05-01'))).toBe(true);
    expect(registry.repeats(version('2023-05-01', { name: 'New' }))).toBe(false);
  });

  it('takes an order as an entry', () => {
    const entry = orderEntry('o', 'a');
    expect(registryEntrySchema.parse(entry)).toEqual(entry);
  });

  it.each([
    ['of no known kind', { kind: 'key' }],
    ['with more in it', { by: 'b' }],
    ['without an id', { id: undefined }],
  ])('takes no entry %s', (_, fields) => {
    const entry = { kind: 'sme', id: '12345675', body: { name: 'S' } };
    expect(registryEntrySchema.safeParse(entry).success).toBe(true);
    expect(registryEntrySchema.safeParse({ ...entry, ...fields }).success).toBe(false);
  });
});
