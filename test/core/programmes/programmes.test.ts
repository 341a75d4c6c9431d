import { describe, expect, it } from 'vitest';
import {
  knowsInstalment,
  PROGRAMMES,
  pointsReturn,
  programmeOf,
} from '../../../core/programmes/index.ts';
import { industry2022With } from '../../../core/programmes/industry2022.ts';
import { tcloud2023With } from '../../../core/programmes/tcloud2023.ts';
import { programmeIdSchema } from '../../../core/registry.ts';
import { anOrder, closedOn, terminatedOn } from './claimInput.ts';

describe('programmes', () => {
  it.each(programmeIdSchema.options)('%s is found under its own id and version', (id) => {
    expect(programmeOf(id).id).toBe(id);
    expect(programmeOf(id).rulesVersion).toBe(`${id}/1`);
    expect(programmeOf(id).graceDays).toBe(7);
  });

  it.each([
    ['tcloud-2023', [1, 2]],
    ['industry-2022', [1]],
    ['coprosperity-2023', []],
  ] as const)('%s knows the instalments %j and no other', (id, want) => {
    const programme = programmeOf(id);
    expect([0, 1, 2, 3].filter((n) => knowsInstalment(programme, n))).toEqual(want);
    expect(programme.claim === null).toBe(want.length === 0);
  });

  it('another choice is another rules version, and stands in the table', () => {
    const tcloud = tcloud2023With({ firstMonthsAsked: 2 });
    expect(tcloud.rulesVersion).toBe('tcloud-2023/1+first-months-2');
    expect(tcloud.instalments[0]?.firstMonths).toEqual({
      months: 3,
      asked: 2,
      source: '000 八(六)1',
    });
    const industry = industry2022With({ earning: 'prorated' });
    expect(industry.rulesVersion).toBe('industry-2022/1+prorated');
    expect(industry.earning?.value).toBe('prorated');
  });

  it('are listed once each, and are the ones that the registry knows', () => {
    const ids = PROGRAMMES.map((p) => p.id);
    expect(programmeIdSchema.options).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(() => programmeOf('none' as (typeof ids)[number])).toThrow(RangeError);
  });

  it.each(PROGRAMMES)('$id names the clause of every figure', (programme) => {
    const rules = clauses(programme);
    expect(rules.length).toBeGreaterThan(1);
    for (const [path, source] of rules) expect(`${path}: ${source}`).toMatch(/: 00[0-4] \S/);
  });

  it.each([
    ['no early end', anOrder(), 0],
    ['a closure', anOrder(closedOn('2023-03-10')), 4668],
    ['a closure after the end', anOrder(closedOn('2023-07-10')), 0],
    ['a termination', anOrder(terminatedOn('2023-03-10')), 4668],
    ['a termination after the end', anOrder(terminatedOn('2023-07-10')), 0],
    [
      'a termination in a programme that returns nothing',
      anOrder({ ...terminatedOn('2023-03-10'), programme: 'industry-2022' }),
      0,
    ],
  ])('after %s returns the points of the unused months alone', (_, order, want) => {
    expect(pointsReturn(order)?.points ?? 0).toBe(want);
  });
});

/** Every clause of a programme's table, by where it stands. */
function clauses(value: unknown, path = ''): [path: string, source: unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /source$/i.test(key) ? [[`${path}.${key}`, inner]] : clauses(inner, `${path}.${key}`),
  );
}
