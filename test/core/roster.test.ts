import { describe, expect, it } from 'vitest';
import { caseWarnings } from '../../core/cases.ts';
import { type Roster, rosterOf } from '../../core/roster.ts';
import type { OrderFlow } from '../../core/rosterFlow.ts';
import { rosterSheets } from '../../core/rosterSheets.ts';
import { civilDate } from '../../core/time.ts';
import { aCase, aSolution, caseOrder, day, monthsOf, PER_MONTH } from './caseInput.ts';

const SOLUTION = aSolution(['2020-01-01', PER_MONTH]);

interface Firm {
  /** Interactions up to each checkpoint. */
  readonly flow?: readonly [number, number];
  readonly firstUsedOn?: string | null;
  readonly start?: string;
  /** Of every month. */
  readonly perMonth?: number;
}

function roster(
  firms: readonly Firm[],
  asOf = '2023-12-01',
  changes: Parameters<typeof aCase>[0] = {},
): Roster {
  const orders = firms.map((firm, i) => {
    const contractStart = civilDate(firm.start ?? '2023-05-01');
    const order = caseOrder(`o-${String(i).padStart(3, '0')}`, {
      smeId: String(20_000_000 + i),
      contractStart,
    });
    const months = monthsOf(order, () => [[firm.perMonth ?? 10]]);
    return { order, solution: SOLUTION, months, countedUntilMs: null };
  });
  const flows = new Map(
    firms.map(({ flow = [0, 0], firstUsedOn = '2023-05-02' }, i): [string, OrderFlow] => {
      const stages = flow.map((interactions) => ({ logins: 0, interactions, activeUsers: 0 }));
      const first = firstUsedOn === null ? null : civilDate(firstUsedOn);
      return [`o-${String(i).padStart(3, '0')}`, { stages, firstUsedOn: first }];
    }),
  );
  const none: OrderFlow = { stages: [], firstUsedOn: null };
  return rosterOf({
    theCase: aCase(changes),
    orders,
    flowOf: (orderId) => flows.get(orderId) ?? none,
    registry: { sme: (smeId) => ({ smeId, name: `企業 ${smeId}`, pointsIssuedOn: null }) },
    asOfMs: day(asOf),
  });
}

const many = (count: number): Firm[] => Array.from({ length: count }, () => ({}));

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
  ])('asks 35 then 100 of a hundred: %d and %d of 1000 (I-121)', (first, second, one, two) => {
    const { checkpoints, totalFlow } = roster([{ flow: [first, second] }]);
    expect(checkpoints.map((c) => [c.date, c.askedPercent, c.flow, c.shareReached])).toEqual([
      ['2023-07-15', 35, first, one],
      ['2023-11-30', 100, second, two],
    ]);
    expect(checkpoints.map((c) => c.reached)).toEqual([one, two]);
    expect(totalFlow).toMatchObject({ flow: second, target: 1_000, sharePercent: second / 10 });
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
  ])('the first asks all firms and tools: one with %j (I-121)', (firm, want) => {
    const [first, second] = roster([{ flow: [500, 1_000] }, firm]).checkpoints;
    expect(first).toMatchObject({ asksAllIntroduced: true, allIntroduced: want, reached: want });
    expect(first?.keeping).toBeNull();
    expect(second).toMatchObject({ asksAllIntroduced: false, reached: true });
  });

  it('the second asks the normal flow of every firm (I-121)', () => {
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

describe('the answer', () => {
  it('says what it cannot know: people of a firm, and the planned number of firms', () => {
    expect(roster([]).notChecked.map((n) => [n.code, n.source])).toEqual([
      ['firm_size', '002 貳 一; 叁 輔導對象'],
      ['planned_firms', '002 附件一 計畫查核點'],
    ]);
    expect(roster([], '2023-12-01', { kind: 'inclusive' }).notChecked[0]?.detail).toContain(
      'at most 9, but for 3 larger ones',
    );
  });

  it('has a table of totals, of checkpoints and of firms, headed in Chinese and English', () => {
    const sheets = rosterSheets(roster(many(2)));
    expect(sheets.map((s) => s.name)).toEqual([
      '總表 Totals',
      '查核點 Checkpoints',
      '企業流量清冊 Roster',
    ]);
    for (const { columns, rows } of sheets) {
      for (const { heading } of columns) expect(heading).toMatch(/^\p{Script=Han}+ [A-Z]/u);
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
    expect(sheets[2]?.rows).toHaveLength(2);
  });
});

describe('a case entry', () => {
  it.each([
    ['2023-11-30', 0],
    ['2023-12-01', 1],
  ])('that runs to %s has %d warnings', (periodEnd, want) => {
    expect(caseWarnings(aCase({ periodEnd: civilDate(periodEnd) }))).toHaveLength(want);
  });
});
