import { civilDate } from '../time.ts';
import type { CaseRules, Programme } from './types.ts';

/**
 * 數位共好 112 年 [002]: a case is paid as a lump sum by checkpoint, so its orders carry no points
 * and nothing is claimed per order.
 */
export const coprosperity2023: Programme<'coprosperity-2023'> & { readonly cases: CaseRules } = {
  id: 'coprosperity-2023',
  rulesVersion: 'coprosperity-2023/1',
  graceDays: 7,
  period: {
    start: null,
    endInclusive: civilDate('2023-11-30'),
    ordersUntil: null,
    source: '002 捌 二',
  },
  contractLength: { min: 1, max: null, source: '002 附件一 雲端服務解決方案說明' },
  points: null,
  overlap: 'admitted',
  excludes: { value: ['tcloud-2023'], source: '002 叁 限制條件 1(1)' },
  instalments: [],
  earning: null,
  floor: null,
  vendorCeilingPerYearTwd: null,
  termination: null,
  idle: null,
  cases: {
    paymentSource: '002 捌 三',
    checkpoints: [
      {
        date: civilDate('2023-07-15'),
        sharePercent: 35,
        asksAllIntroduced: true,
        asksNormalFlow: false,
        source: '002 附件一 計畫查核點',
      },
      {
        date: civilDate('2023-11-30'),
        sharePercent: 100,
        asksAllIntroduced: false,
        asksNormalFlow: true,
        source: '002 附件一 計畫查核點',
      },
    ],
    toolsBy: { value: civilDate('2023-07-31'), source: '002 雲端服務條件 1' },
    thresholdSource: '002 捌 四(三)4',
    totalFlowSource: '002 附件一 雲端服務常態流量檢核標準',
    peopleMax: { value: 9, source: '002 貳 一; 叁 輔導對象' },
    largerFirmsMax: { popular: 0, inclusive: 3 },
    tiers: {
      popular: [tier('A', 50, 75, 1_500_000), tier('B', 76, null, 2_000_000)],
      inclusive: [tier('A', 30, 40, 1_760_000), tier('B', 41, null, 2_200_000)],
    },
  },
  claim: null,
};

function tier(name: string, firmsMin: number, firmsMax: number | null, lumpSumMaxTwd: number) {
  return { tier: name, firmsMin, firmsMax, lumpSumMaxTwd, source: '002 叁 輔導家數及經費' };
}
