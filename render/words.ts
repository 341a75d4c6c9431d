import type { CriterionResult, MonthState } from '../core/month.ts';
import type { Criterion } from '../core/normalFlow.ts';
import { formatCount, metricShort, PERS, STATE_WORDS, type Words } from '../core/words.ts';

export { formatCount, METRICS, ruleWords, thresholdZh, type Words } from '../core/words.ts';

/** The words and colours of the record, Traditional Chinese first. */

interface StateWords extends Words {
  /** For a month too narrow for more. */
  readonly sign: string;
  readonly fill: string;
}

export const STATES: Record<MonthState, StateWords> = {
  open: { ...STATE_WORDS.open, sign: '進', fill: '#eaf2fb' },
  pending: { ...STATE_WORDS.pending, sign: '待', fill: '#fdf3cf' },
  met: { ...STATE_WORDS.met, sign: '達', fill: '#dff1e3' },
  short: { ...STATE_WORDS.short, sign: '未', fill: '#fbe0d6' },
  silent: { ...STATE_WORDS.silent, sign: '無', fill: '#e2e5e9' },
  held: { ...STATE_WORDS.held, sign: '審', fill: '#e8dff5' },
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
    const wordings = ['可核銷 審查通過 Accepted', '可核銷 審查通過', '可核銷', '✓'];
    return { claimed: true, wordings };
  }
  return {
    claimed: false,
    wordings: month.state === 'met' ? ['審查駁回 Rejected', '審查駁回', '駁'] : [],
  };
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
