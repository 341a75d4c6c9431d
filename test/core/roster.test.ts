import { describe, expect, it } from 'vitest';
import { caseWarnings, ordersOfCase } from '../../core/cases.ts';
import { civilDate } from '../../core/time.ts';
import { aCase, caseOrder } from './caseInput.ts';
import { many, roster, UNKNOWN_SME } from './rosterInput.ts';

describe('the tier', () => {
  it.each([
    ['popular', 49, null, null],
    ['popular', 50, 'A', 1_500_000],
    ['popular', 75, 'A', 1_500_000],
    ['popular', 76, 'B', 2_000_000],
    ['popular', 120, 'B', 2_000_000],
    ['inclusive', 29, null, null],
    ['inclusive', 30, 'A', 1_760_000],
    ['inclusive', 40, 'A', 1_760_000],
    ['inclusive', 41, 'B', 2_200_000],
  ] as const)('of a %s case of %d firms is %s', (kind, count, tier, lumpSumMaxTwd) => {
    const answer = roster(many(count), '2023-12-01', { kind });
    expect(answer.firmCount).toBe(count);
    expect(answer.tier?.tier ?? null).toBe(tier);
    expect(answer.tier?.lumpSumMaxTwd ?? null).toBe(lumpSumMaxTwd);
  });
});

describe('a checkpoint', () => {
  it.each([
    [349, 999, false, false],
    [350, 999, true, false],
    [350, 1_000, true, true],
    [349, 1_000, false, true],
  ])('asks 35 then 100 of a hundred: %d and %d of 1000 (I-125)', (first, second, one, two) => {
    const { checkpoints, totalFlow } = roster([{ flow: [first, second] }]);
    expect(checkpoints.map((c) => [c.date, c.askedPercent, c.flow, c.shareReached])).toEqual([
      ['2023-07-15', 35, first, one],
      ['2023-11-30', 100, second, two],
    ]);
    expect(checkpoints.map((c) => c.reached)).toEqual([one, two]);
    expect(totalFlow).toMatchObject({ flow: second, target: 1_000, sharePercent: second / 10 });
  });

  it('counts the metric of the target, and an order without use as none', () => {
    const target = { totalFlowTarget: { metric: 'logins', count: 1_000 } } as const;
    const firms = [{ flow: [100, 300] as const }, { flow: null }];
    const answer = roster(firms, '2023-12-01', target);
    expect(answer.checkpoints.map((c) => c.flow)).toEqual([200, 600]);
    expect(answer.firms.map((f) => f.flow)).toEqual([600, 0]);
    expect(answer.totalFlow).toMatchObject({ metric: 'logins', flow: 600 });
  });

  it('has a firm with two tools once, and asks for both tools', () => {
    const [first] = roster([{ sme: 5 }, { sme: 5, firstUsedOn: null }]).checkpoints;
    expect(first).toMatchObject({ firmsBegun: 1, firms: 1, toolsIntroduced: 1, tools: 2 });
    expect(first?.allIntroduced).toBe(false);
  });

  it.each([
    ['2023-04-30', 0, 0],
    ['2023-05-01', 1, 0],
    ['2023-05-02', 1, 1],
  ])('at %s has %d of the firms begun and %d of the tools introduced', (asOf, firms, tools) => {
    const [first] = roster([{}], asOf).checkpoints;
    expect([first?.firmsBegun, first?.toolsIntroduced]).toEqual([firms, tools]);
  });

  it('sums the firms', () => {
    const { checkpoints, totalFlow } = roster([{ flow: [100, 300] }, { flow: [250, 700] }]);
    expect(checkpoints.map((c) => c.sharePercent)).toEqual([35, 100]);
    expect(totalFlow.flow).toBe(1_000);
  });

  it.each([
    ['2023-07-15', false, false],
    ['2023-07-16', true, false],
    ['2023-11-30', true, false],
    ['2023-12-01', true, true],
  ])('is due when its day is over: at %s', (asOf, one, two) => {
    expect(roster(many(2), asOf).checkpoints.map((c) => c.due)).toEqual([one, two]);
  });

  it.each([
    [{ firstUsedOn: '2023-07-15' }, true],
    [{ firstUsedOn: '2023-07-16' }, false],
    [{ firstUsedOn: null }, false],
    [{ start: '2023-07-15', firstUsedOn: '2023-07-15' }, true],
    [{ start: '2023-07-16', firstUsedOn: '2023-07-16' }, false],
  ])('the first asks all firms and tools: one with %j (I-125)', (firm, want) => {
    const [first, second] = roster([{ flow: [500, 1_000] }, firm]).checkpoints;
    expect(first).toMatchObject({ asksAllIntroduced: true, allIntroduced: want, reached: want });
    expect(first?.keeping).toBeNull();
    expect(second).toMatchObject({ asksAllIntroduced: false, reached: true });
  });

  it('the second asks the normal flow of every firm (I-125)', () => {
    const [first, second] = roster([{ flow: [500, 1_000] }, { perMonth: 9 }]).checkpoints;
    expect(first?.reached).toBe(true);
    expect(second).toMatchObject({ shareReached: true, keeping: 1, reached: false });
  });

  it('of a case without a firm is never complete', () => {
    const { checkpoints, tier, firmCount } = roster([]);
    expect([tier, firmCount]).toEqual([null, 0]);
    expect(checkpoints.map((c) => [c.allIntroduced, c.reached])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});

describe('a tool', () => {
  it.each([
    ['2023-07-31', '2023-12-01', true],
    ['2023-08-01', '2023-12-01', false],
    [null, '2023-07-31', null],
    [null, '2023-08-01', false],
  ])('introduced on %s, seen at %s, is in time: %s', (firstUsedOn, asOf, want) => {
    const answer = roster([{ firstUsedOn }], asOf);
    expect(answer.firms[0]?.introducedInTime).toBe(want);
    expect(answer.toolsBy).toEqual({
      date: '2023-07-31',
      introducedInTime: want === true ? 1 : 0,
      tools: 1,
      source: '002 雲端服務條件 1',
    });
  });
});

describe('an order that ended early', () => {
  it.each([
    ['2023-06-10', '2023-06-10', '2023-06-10'],
    ['2023-09-01', null, '2023-09-01'],
  ])('on %s says so: %s, and is judged by what ran until then', (date, endedEarlyOn, until) => {
    const [firm] = roster([{ termination: { date: civilDate(date), reason: '不合用' } }]).firms;
    expect(firm).toMatchObject({ endedEarlyOn, contractEndExclusive: until, keeps: true });
  });
});

describe('the answer', () => {
  it('says what it cannot know: people of a firm, and the planned number of firms', () => {
    expect(roster([]).notChecked.map((n) => [n.code, n.source])).toEqual([
      ['firm_size', '002 貳 一; 叁 輔導對象'],
      ['planned_firms', '002 附件一 計畫查核點'],
    ]);
    expect(roster([]).notChecked.map((n) => n.detail)).toEqual([
      'the registry holds no number of people: firms have at most 9',
      'the registry holds no planned number of firms: complete is said of those in the roster',
    ]);
    expect(roster([], '2023-12-01', { kind: 'inclusive' }).notChecked[0]?.detail).toBe(
      'the registry holds no number of people: firms have at most 9, but for 3 larger ones',
    );
  });

  it('is the case, its total flow, its checkpoints and each order, a firm unknown by its number', () => {
    const { notChecked, ...answer } = roster(
      [
        { flow: [400, 900] },
        {
          start: '2023-08-01',
          firstUsedOn: '2023-08-20',
          flow: [0, 150],
          perMonth: 9,
          sme: UNKNOWN_SME,
        },
      ],
      '2023-11-15',
    );
    const agreed = {
      effectiveFrom: '2020-01-01',
      metric: 'interactions',
      actions: null,
      per: 'month',
      atLeast: 10,
    };
    const tool = { vendorId: 'v-1', solutionId: 's-1', solution: '雲端預約' };
    const both = { tools: 2, firms: 2, source: '002 附件一 計畫查核點', reached: false };
    expect(notChecked).toHaveLength(2);
    expect(answer).toEqual({
      caseId: 'c-1',
      programme: 'coprosperity-2023',
      rulesVersion: 'coprosperity-2023/1',
      name: '美髮普及案',
      kind: 'popular',
      asOf: '2023-11-15T00:00:00.000+08:00',
      periodStart: '2023-04-10',
      periodEnd: '2023-11-30',
      firmCount: 2,
      tier: null,
      totalFlow: {
        metric: 'interactions',
        target: 1_000,
        flow: 1_050,
        sharePercent: 105,
        source: '002 附件一 雲端服務常態流量檢核標準',
      },
      toolsBy: {
        date: '2023-07-31',
        introducedInTime: 1,
        tools: 2,
        source: '002 雲端服務條件 1',
      },
      checkpoints: [
        {
          ...both,
          date: '2023-07-15',
          due: true,
          askedPercent: 35,
          flow: 400,
          sharePercent: 40,
          shareReached: true,
          firmsBegun: 1,
          toolsIntroduced: 1,
          asksAllIntroduced: true,
          allIntroduced: false,
          keeping: null,
        },
        {
          ...both,
          date: '2023-11-30',
          due: false,
          askedPercent: 100,
          flow: 1_050,
          sharePercent: 105,
          shareReached: true,
          firmsBegun: 2,
          toolsIntroduced: 2,
          asksAllIntroduced: false,
          allIntroduced: true,
          keeping: 1,
        },
      ],
      firms: [
        {
          ...tool,
          smeId: '20000000',
          name: '企業 20000000',
          orderId: 'o-000',
          contractStart: '2023-05-01',
          contractEndExclusive: '2023-09-01',
          endedEarlyOn: null,
          introducedOn: '2023-05-02',
          introducedInTime: true,
          flow: 900,
          thresholds: [{ ...agreed, cycles: 4, total: 40, average: 10, keeps: true }],
          keeps: true,
          monthsHeld: 0,
          monthsRejected: 0,
        },
        {
          ...tool,
          smeId: '20009999',
          name: null,
          orderId: 'o-001',
          contractStart: '2023-08-01',
          contractEndExclusive: '2023-12-01',
          endedEarlyOn: null,
          introducedOn: '2023-08-20',
          introducedInTime: false,
          flow: 150,
          thresholds: [{ ...agreed, cycles: 3, total: 27, average: 9, keeps: false }],
          keeps: false,
          monthsHeld: 0,
          monthsRejected: 0,
        },
      ],
    });
  });
});

describe('a case entry', () => {
  it.each([
    ['2023-11-30', 0],
    ['2023-12-01', 1],
  ])('that runs to %s has %d warnings', (periodEnd, want) => {
    expect(caseWarnings(aCase({ periodEnd: civilDate(periodEnd) }))).toHaveLength(want);
  });

  it('past the programme is told what is not in it', () => {
    expect(caseWarnings(aCase({ periodEnd: civilDate('2024-01-31') }))).toEqual([
      'the case runs past the end of coprosperity-2023: what is used after 2023-11-30 is not in it',
    ]);
  });
});

describe('the orders of a case', () => {
  it('are those of its programme that name it, by their id', () => {
    const orders = [
      caseOrder('c'),
      caseOrder('a'),
      caseOrder('b', { caseId: 'c-2' }),
      caseOrder('d', { caseId: null }),
      caseOrder('e', { programme: 'tcloud-2023' }),
      caseOrder('b2'),
    ];
    const found = ordersOfCase('c-1', { orders: () => orders });
    expect(found.map((o) => o.orderId)).toEqual(['a', 'b2', 'c']);
  });
});
