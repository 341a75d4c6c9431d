import { bothDates } from './rocDate.ts';
import type { Roster, RosterFirm } from './roster.ts';
import type { RosterThreshold } from './rosterAverage.ts';
import type { Cell, Column, Sheet } from './spreadsheet.ts';

/** The flow roster (企業流量清冊) as tables. */

/** A row for each agreed threshold of each order: what the CSV holds. */
export function firmsSheet(roster: Roster): Sheet {
  const rows = roster.firms.flatMap((firm) =>
    firm.thresholds.map((threshold) => FIRM_COLUMNS.map(({ of }) => of(firm, threshold))),
  );
  return { name: '企業流量清冊 Roster', columns: FIRM_COLUMNS, rows };
}

/** The roster, and what the case reached at each checkpoint. */
export function rosterSheets(roster: Roster): Sheet[] {
  return [totalsSheet(roster), checkpointsSheet(roster), firmsSheet(roster)];
}

interface FirmColumn extends Column {
  readonly of: (firm: RosterFirm, threshold: RosterThreshold) => Cell;
}

const FIRM_COLUMNS: readonly FirmColumn[] = [
  text('smeId', '統一編號 Business number', 12, (f) => f.smeId),
  text('name', '企業名稱 Firm', 28, (f) => f.name),
  text('orderId', '訂單 Order', 16, (f) => f.orderId),
  text('vendorId', '廠商 Vendor', 14, (f) => f.vendorId),
  text('solutionId', '方案代號 Solution id', 14, (f) => f.solutionId),
  text('solution', '雲端服務方案 Solution', 28, (f) => f.solution),
  text('contractStart', '契約起日 From', 12, (f) => f.contractStart),
  text('contractEndExclusive', '契約迄日次日 Until', 12, (f) => f.contractEndExclusive),
  text('introducedOn', '導入日 Introduced', 12, (f) => f.introducedOn),
  text('introducedInTime', '如期導入 In time', 10, (f) => f.introducedInTime),
  text('metric', '指標 Metric', 14, (_, t) => t.metric),
  text('actions', '計入動作 Actions', 18, (_, t) => t.actions?.join(' ') ?? null),
  text('per', '週期 Per', 8, (_, t) => t.per),
  { ...whole('atLeast', '約定常態流量 Agreed'), of: (_, t) => t.atLeast },
  text('effectiveFrom', '約定生效日 Agreed from', 12, (_, t) => t.effectiveFrom),
  { ...whole('cycles', '已結週期數 Cycles'), of: (_, t) => t.cycles },
  { ...whole('total', '週期流量合計 Sum'), of: (_, t) => t.total },
  { ...decimal('average', '平均常態流量 Average'), of: (_, t) => t.average },
  text('thresholdKept', '達約定 Threshold kept', 10, (_, t) => t.keeps),
  text('keeps', '維持常態流量 Keeps', 12, (f) => f.keeps),
  { ...whole('flow', '計畫期間流量 Flow'), of: (f) => f.flow },
  { ...whole('monthsHeld', '待審月數 Held'), of: (f) => f.monthsHeld },
  { ...whole('monthsRejected', '駁回月數 Rejected'), of: (f) => f.monthsRejected },
  text('endedEarlyOn', '提前終止日 Ended early', 12, (f) => f.endedEarlyOn),
];

function totalsSheet(roster: Roster): Sheet {
  const { totalFlow, tier, toolsBy } = roster;
  const rows: [string, string, Cell, string][] = [
    ['caseId', '輔導案 Case', roster.caseId, ''],
    ['name', '計畫名稱 Name', roster.name, ''],
    [
      'kind',
      '類型 Kind',
      roster.kind === 'popular' ? '數位普及 popular' : '數位共融 inclusive',
      '002 叁',
    ],
    ['programme', '計畫 Programme', roster.programme, ''],
    ['rulesVersion', '規則版本 Rules version', roster.rulesVersion, ''],
    ['asOf', '資料時點 As of', roster.asOf, ''],
    ['periodStart', '輔導起日 From', bothDates(roster.periodStart), '002 捌 二'],
    ['periodEnd', '輔導迄日 To', bothDates(roster.periodEnd), '002 捌 二'],
    ['firmCount', '企業家數 Firms', roster.firmCount, ''],
    ['tier', '級距 Tier', tier?.tier ?? null, tier?.source ?? ''],
    [
      'lumpSumMaxTwd',
      '經費上限 Lump sum at most (NT$)',
      tier?.lumpSumMaxTwd ?? null,
      tier?.source ?? '',
    ],
    ['metric', '總流量指標 Metric', totalFlow.metric, totalFlow.source],
    ['target', '計畫期間總流量目標 Target', totalFlow.target, totalFlow.source],
    ['flow', '計畫期間總流量 Total flow', totalFlow.flow, totalFlow.source],
    ['sharePercent', '達成率 Share (%)', totalFlow.sharePercent, totalFlow.source],
    ['toolsBy', '導入期限 Tools by', bothDates(toolsBy.date), toolsBy.source],
    ['introducedInTime', '如期導入數 Introduced in time', toolsBy.introducedInTime, toolsBy.source],
    ['tools', '應導入數 Tools', toolsBy.tools, toolsBy.source],
    ...roster.notChecked.map((n): [string, string, Cell, string] => [
      n.code,
      '未查核 Not checked',
      n.detail,
      n.source,
    ]),
  ];
  const columns: Column[] = [
    column('figure', '代碼 Figure', 16),
    column('label', '項目 Item', 34),
    column('value', '值 Value', 40),
    column('source', '依據 Source', 36),
  ];
  return { name: '總表 Totals', columns, rows };
}

function checkpointsSheet(roster: Roster): Sheet {
  const columns: Column[] = [
    column('date', '查核日 Date', 12),
    column('due', '已屆 Due', 8),
    whole('askedPercent', '應達成率 Asked (%)'),
    whole('flow', '累計流量 Flow'),
    decimal('sharePercent', '累計達成率 Share (%)'),
    column('shareReached', '流量達成 Share reached', 10),
    whole('firmsBegun', '已開始企業 Firms begun'),
    whole('firms', '企業家數 Firms'),
    whole('toolsIntroduced', '已導入 Introduced'),
    whole('tools', '應導入 Tools'),
    column('asksAllIntroduced', '須全數導入 Asks all', 10),
    column('allIntroduced', '全數導入 All introduced', 10),
    whole('keeping', '維持常態流量 Keeping'),
    column('reached', '查核點達成 Reached', 10),
    column('source', '依據 Source', 28),
  ];
  const rows = roster.checkpoints.map((c) => [
    c.date,
    c.due,
    c.askedPercent,
    c.flow,
    c.sharePercent,
    c.shareReached,
    c.firmsBegun,
    c.firms,
    c.toolsIntroduced,
    c.tools,
    c.asksAllIntroduced,
    c.allIntroduced,
    c.keeping,
    c.reached,
    c.source,
  ]);
  return { name: '查核點 Checkpoints', columns, rows };
}

function text(key: string, heading: string, width: number, of: FirmColumn['of']): FirmColumn {
  return { ...column(key, heading, width), of };
}

function column(key: string, heading: string, width: number): Column {
  return { key, heading, kind: 'text', width };
}

function whole(key: string, heading: string): Column {
  return { key, heading, kind: 'whole', width: 14 };
}

function decimal(key: string, heading: string): Column {
  return { key, heading, kind: 'decimal', width: 14 };
}
