import { describe, expect, it } from 'vitest';
import {
  createProgrammes,
  knowsInstalment,
  pointsReturned,
  programmeOf,
} from '../../../core/programmes/index.ts';
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

  it('another choice is another rules version', () => {
    const chosen = createProgrammes({
      'tcloud-2023': { firstMonthsAsked: 2 },
      'industry-2022': { earning: 'prorated' },
    });
    expect(chosen['tcloud-2023'].rulesVersion).toBe('tcloud-2023/1+first-months-2');
    expect(chosen['industry-2022'].rulesVersion).toBe('industry-2022/1+prorated');
    expect(chosen['coprosperity-2023']).toBe(programmeOf('coprosperity-2023'));
  });

  it.each([
    ['no early end', anOrder(), 0],
    ['a closure', anOrder(closedOn('2023-03-10')), 0],
    ['a termination', anOrder(terminatedOn('2023-03-10')), 4668],
    ['a termination after the end', anOrder(terminatedOn('2023-07-10')), 0],
    [
      'a termination in a programme that returns nothing',
      anOrder({ ...terminatedOn('2023-03-10'), programme: 'industry-2022' }),
      0,
    ],
  ])('after %s returns the points of the unused months alone', (_, order, want) => {
    expect(pointsReturned(order)).toBe(want);
  });
});
