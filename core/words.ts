import type { MonthState } from './month.ts';
import {
  type Criterion,
  criteriaOf,
  type Metric,
  type NormalFlow,
  type Per,
} from './normalFlow.ts';

/** The words for months and their rules, Traditional Chinese first: said once, for all that speaks. */

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export const STATE_WORDS: Record<MonthState, Words> = {
  open: { zh: '進行中', en: 'Open' },
  pending: { zh: '待結', en: 'Pending' },
  met: { zh: '達標', en: 'Met' },
  short: { zh: '未達', en: 'Short' },
  silent: { zh: '無使用', en: 'Silent' },
  held: { zh: '待審', en: 'Held' },
};

export const METRICS: Record<Metric, Words & { readonly short: string }> = {
  logins: { zh: '登入次數', en: 'logins', short: '登入' },
  interactions: { zh: '工作互動數', en: 'interactions', short: '互動' },
  activeUsers: { zh: '使用人數', en: 'active users', short: '人數' },
};

export const PERS: Record<Per, Words & { readonly unit: string; readonly of: string }> = {
  day: { zh: '日', en: 'day', unit: '天', of: '每日' },
  week: { zh: '週', en: 'week', unit: '週', of: '每週' },
  month: { zh: '月', en: 'month', unit: '月', of: '每月' },
};

/** 1234567 → 1,234,567 whatever the machine's locale. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

export function metricShort(criterion: Criterion): string {
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
