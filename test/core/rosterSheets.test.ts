import { describe, expect, it } from 'vitest';
import { firmsSheet, rosterSheets } from '../../core/rosterSheets.ts';
import type { Sheet } from '../../core/spreadsheet.ts';
import { civilDate } from '../../core/time.ts';
import { many, roster, UNKNOWN_SME } from './rosterInput.ts';

/** `key · heading · kind · width` of each column. */
function columnsOf(sheet: Sheet | undefined): string[] {
  return (sheet?.columns ?? []).map((c) => `${c.key} · ${c.heading} · ${c.kind} · ${c.width}`);
}

const FIRMS = [
  { flow: [400, 900] as const },
  {
    start: '2023-08-01',
    firstUsedOn: null,
    flow: [0, 150] as const,
    perMonth: 9,
    sme: UNKNOWN_SME,
  },
];

describe('the tables of a roster', () => {
  it('are totals, checkpoints and firms, headed in Chinese and English, a cell for each column', () => {
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
    expect(sheets[2]).toEqual(firmsSheet(roster(many(2))));
    expect(sheets[2]?.rows).toHaveLength(2);
  });
});

describe('the table of totals', () => {
  it('has each figure with its name, and the clause that asks for it', () => {
    const [totals] = rosterSheets(roster(FIRMS, '2023-11-15'));
    const flow = '002 附件一 雲端服務常態流量檢核標準';
    expect(columnsOf(totals)).toEqual([
      'figure · 代碼 Figure · text · 16',
      'label · 項目 Item · text · 34',
      'value · 值 Value · text · 40',
      'source · 依據 Source · text · 36',
    ]);
    expect(totals?.rows).toEqual([
      ['caseId', '輔導案 Case', 'c-1', ''],
      ['name', '計畫名稱 Name', '美髮普及案', ''],
      ['kind', '類型 Kind', '數位普及 popular', '002 叁'],
      ['programme', '計畫 Programme', 'coprosperity-2023', ''],
      ['rulesVersion', '規則版本 Rules version', 'coprosperity-2023/1', ''],
      ['asOf', '資料時點 As of', '2023-11-15T00:00:00.000+08:00', ''],
      ['periodStart', '輔導起日 From', '2023-04-10（民國112年4月10日）', '002 捌 二'],
      ['periodEnd', '輔導迄日 To', '2023-11-30（民國112年11月30日）', '002 捌 二'],
      ['firmCount', '企業家數 Firms', 2, ''],
      ['tier', '級距 Tier', null, ''],
      ['lumpSumMaxTwd', '經費上限 Lump sum at most (NT$)', null, ''],
      ['metric', '總流量指標 Metric', 'interactions', flow],
      ['target', '計畫期間總流量目標 Target', 1_000, flow],
      ['flow', '計畫期間總流量 Total flow', 1_050, flow],
      ['sharePercent', '達成率 Share (%)', 105, flow],
      ['toolsBy', '導入期限 Tools by', '2023-07-31（民國112年7月31日）', '002 雲端服務條件 1'],
      ['introducedInTime', '如期導入數 Introduced in time', 1, '002 雲端服務條件 1'],
      ['tools', '應導入數 Tools', 2, '002 雲端服務條件 1'],
      [
        'firm_size',
        '未查核 Not checked',
        'the registry holds no number of people: firms have at most 9',
        '002 貳 一; 叁 輔導對象',
      ],
      [
        'planned_firms',
        '未查核 Not checked',
        'the registry holds no planned number of firms: complete is said of those in the roster',
        '002 附件一 計畫查核點',
      ],
    ]);
  });

  it.each([
    ['popular', 50, '數位普及 popular', 1_500_000],
    ['inclusive', 30, '數位共融 inclusive', 1_760_000],
  ] as const)('of a %s case of %d firms has its kind and its tier', (kind, firms, name, most) => {
    const [totals] = rosterSheets(roster(many(firms), '2023-12-01', { kind }));
    const source = '002 叁 輔導家數及經費';
    expect(totals?.rows.filter(([key]) => /^(kind|tier|lump)/.test(String(key)))).toEqual([
      ['kind', '類型 Kind', name, '002 叁'],
      ['tier', '級距 Tier', 'A', source],
      ['lumpSumMaxTwd', '經費上限 Lump sum at most (NT$)', most, source],
    ]);
  });
});

describe('the table of checkpoints', () => {
  it('has a row for each, with what it asks and what was reached', () => {
    const [, checkpoints] = rosterSheets(roster(FIRMS, '2023-11-15'));
    expect(columnsOf(checkpoints)).toEqual([
      'date · 查核日 Date · text · 12',
      'due · 已屆 Due · text · 8',
      'askedPercent · 應達成率 Asked (%) · whole · 14',
      'flow · 累計流量 Flow · whole · 14',
      'sharePercent · 累計達成率 Share (%) · decimal · 14',
      'shareReached · 流量達成 Share reached · text · 10',
      'firmsBegun · 已開始企業 Firms begun · whole · 14',
      'firms · 企業家數 Firms · whole · 14',
      'toolsIntroduced · 已導入 Introduced · whole · 14',
      'tools · 應導入 Tools · whole · 14',
      'asksAllIntroduced · 須全數導入 Asks all · text · 10',
      'allIntroduced · 全數導入 All introduced · text · 10',
      'keeping · 維持常態流量 Keeping · whole · 14',
      'reached · 查核點達成 Reached · text · 10',
      'source · 依據 Source · text · 28',
    ]);
    const source = '002 附件一 計畫查核點';
    expect(checkpoints?.rows).toEqual([
      ['2023-07-15', true, 35, 400, 40, true, 1, 2, 1, 2, true, false, null, false, source],
      ['2023-11-30', false, 100, 1_050, 105, true, 2, 2, 1, 2, false, false, 1, false, source],
    ]);
  });
});

describe('the table of firms', () => {
  it('has a row for each agreed threshold of each order', () => {
    const sheet = firmsSheet(roster(FIRMS, '2023-11-15'));
    expect(columnsOf(sheet)).toEqual([
      'smeId · 統一編號 Business number · text · 12',
      'name · 企業名稱 Firm · text · 28',
      'orderId · 訂單 Order · text · 16',
      'vendorId · 廠商 Vendor · text · 14',
      'solutionId · 方案代號 Solution id · text · 14',
      'solution · 雲端服務方案 Solution · text · 28',
      'contractStart · 契約起日 From · text · 12',
      'contractEndExclusive · 契約迄日次日 Until · text · 12',
      'introducedOn · 導入日 Introduced · text · 12',
      'introducedInTime · 如期導入 In time · text · 10',
      'metric · 指標 Metric · text · 14',
      'actions · 計入動作 Actions · text · 18',
      'per · 週期 Per · text · 8',
      'atLeast · 約定常態流量 Agreed · whole · 14',
      'effectiveFrom · 約定生效日 Agreed from · text · 12',
      'cycles · 已結週期數 Cycles · whole · 14',
      'total · 週期流量合計 Sum · whole · 14',
      'average · 平均常態流量 Average · decimal · 14',
      'thresholdKept · 達約定 Threshold kept · text · 10',
      'keeps · 維持常態流量 Keeps · text · 12',
      'flow · 計畫期間流量 Flow · whole · 14',
      'monthsHeld · 待審月數 Held · whole · 14',
      'monthsRejected · 駁回月數 Rejected · whole · 14',
      'endedEarlyOn · 提前終止日 Ended early · text · 12',
    ]);
    const tool = ['v-1', 's-1', '雲端預約'];
    const agreed = ['interactions', null, 'month', 10, '2020-01-01'];
    const [first, second] = [
      ['20000000', '企業 20000000', 'o-000', ...tool, '2023-05-01', '2023-09-01', '2023-05-02'],
      ['20009999', null, 'o-001', ...tool, '2023-08-01', '2023-12-01', null],
    ];
    expect(sheet.rows).toEqual([
      [...(first ?? []), true, ...agreed, 4, 40, 10, true, true, 900, 0, 0, null],
      [...(second ?? []), false, ...agreed, 3, 27, 9, false, false, 150, 0, 0, null],
    ]);
  });

  it('names the actions that a threshold counts, side by side', () => {
    const answer = roster(many(1));
    const firms = answer.firms.map((firm) => ({
      ...firm,
      keeps: null,
      thresholds: firm.thresholds.map((t) => ({ ...t, actions: ['print', 'scan'], keeps: true })),
    }));
    const [row] = firmsSheet({ ...answer, firms }).rows;
    expect(row?.slice(11, 12)).toEqual(['print scan']);
    expect(row?.slice(18, 20)).toEqual([true, null]);
  });

  it('counts the months that were doubted, and says when an order ended early', () => {
    const answer = roster([{ termination: { date: civilDate('2023-06-10'), reason: '歇業' } }]);
    const firms = answer.firms.map((firm) => ({ ...firm, monthsHeld: 1, monthsRejected: 2 }));
    const [row] = firmsSheet({ ...answer, firms }).rows;
    expect(row?.slice(-3)).toEqual([1, 2, '2023-06-10']);
  });
});
