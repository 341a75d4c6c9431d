import type { CriterionResult, MonthState } from '../core/month.ts';
import {
  type Criterion,
  criteriaOf,
  type Metric,
  type NormalFlow,
  type Per,
} from '../core/normalFlow.ts';

/** The words of the record, Traditional Chinese first. */

export interface Words {
  readonly zh: string;
  readonly en: string;
}

interface StateWords extends Words {
  /** For a month too narrow for more. */
  readonly sign: string;
  readonly fill: string;
}

export const STATES: Record<MonthState, StateWords> = {
  open: { zh: '進行中', en: 'Open', sign: '進', fill: '#eaf2fb' },
  pending: { zh: '待結', en: 'Pending', sign: '待', fill: '#fdf3cf' },
  met: { zh: '達標', en: 'Met', sign: '達', fill: '#dff1e3' },
  short: { zh: '未達', en: 'Short', sign: '未', fill: '#fbe0d6' },
  silent: { zh: '無使用', en: 'Silent', sign: '無', fill: '#e2e5e9' },
  held: { zh: '待審', en: 'Held', sign: '審', fill: '#e8dff5' },
};

export const METRICS: Record<Metric, Words & { readonly short: string }> = {
  logins: { zh: '登入次數', en: 'logins', short: '登入' },
  interactions: { zh: '工作互動數', en: 'interactions', short: '互動' },
  activeUsers: { zh: '使用人數', en: 'active users', short: '人數' },
};

const PERS: Record<Per, Words & { readonly unit: string; readonly of: string }> = {
  day: { zh: '日', en: 'day', unit: '天', of: '每日' },
  week: { zh: '週', en: 'week', unit: '週', of: '每週' },
  month: { zh: '月', en: 'month', unit: '月', of: '每月' },
};

/** Why a month's state and its claim differ: only a review does that. */
export function claimWords(month: { readonly state: MonthState; readonly claimable: boolean }): {
  readonly claimed: boolean;
  readonly wordings: readonly string[];
} {
  if (month.claimable && month.state === 'met') {
    return { claimed: true, wordings: ['可核銷 Claimable', '可核銷', '✓'] };
  }
  if (month.claimable) {
    const wordings = ['可核銷 審查通過', '可核銷', '✓'];
    return { claimed: true, wordings };
  }
  return {
    claimed: false,
    wordings: month.state === 'met' ? ['審查駁回 Rejected', '審查駁回', '駁'] : [],
  };
}

/** 1234567 → 1,234,567 whatever the machine's locale. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function metricShort(criterion: Criterion): string {
  const { short } = METRICS[criterion.metric];
  return criterion.actions === undefined ? short : `指定${short}`;
}

/** 每週登入 ≥ 3 */
export function thresholdZh(criterion: Criterion): string {
  return `${PERS[criterion.per].of}${metricShort(criterion)} ≥ ${formatCount(criterion.atLeast)}`;
}

/** The rule in one line of each language. */
export function ruleWords(rule: NormalFlow): Words {
  const criteria = criteriaOf(rule);
  const all = 'allOf' in rule;
  const only = criteria.length === 1;
  return {
    zh: `${only ? '' : all ? '全部符合：' : '符合其一：'}${criteria.map(criterionZh).join('；')}`,
    en: `${only ? '' : all ? 'all of: ' : 'any of: '}${criteria.map(criterionEn).join('; ')}`,
  };
}

function criterionZh(c: Criterion): string {
  const actions = c.actions === undefined ? '' : `（${c.actions.join('、')}）`;
  const cycles = c.in === undefined ? '' : `，至少 ${c.in} ${PERS[c.per].unit}`;
  return `${thresholdZh(c)}${actions}${c.per === 'month' ? '' : cycles}`;
}

function criterionEn(c: Criterion): string {
  const actions = c.actions === undefined ? '' : ` (${c.actions.join(', ')})`;
  const cycles = c.in === undefined || c.per === 'month' ? '' : `, in ${c.in} of its ${c.per}s`;
  return `${METRICS[c.metric].en}${actions} ≥ ${formatCount(c.atLeast)} a ${c.per}${cycles}`;
}

/** How a month stands to one criterion, fullest wording first: 本月互動 235 / 20. */
export function standing(result: CriterionResult, criterion: Criterion): readonly string[] {
  const short = metricShort(criterion);
  if (result.per === 'month') {
    const value = formatCount(result.cycles[0]?.value ?? 0);
    const asked = formatCount(result.atLeast);
    return [
      `本月${short} ${value} / ${asked}`,
      `${short} ${value} / ${asked}`,
      `${short} ${value}/${asked}`,
      `${value}/${asked}`,
    ];
  }
  const { unit } = PERS[result.per];
  const [met, asked] = [result.cyclesMet, result.cyclesAsked];
  return [
    `${short}達標 ${met} / ${asked} ${unit}`,
    `${short} ${met} / ${asked} ${unit}`,
    `${criterion.actions === undefined ? short : '指定'} ${met}/${asked}${unit}`,
    `${met}/${asked}${unit}`,
  ];
}
