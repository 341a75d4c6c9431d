import type { CriterionResult } from '../month.ts';

/** What is odd in the counts of a month and of those before it, without a look at single events. */
export interface CountDoubt {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Weeks of a month; one more would leave out most months. */
const WEEKS_MIN = 4;
/** Small counts are alike by chance. */
const WEEK_VALUE_MIN = 10;

/**
 * Identical counts week after week: of all use, or of the interactions that a weekly criterion asks
 * for, which one login more does not hide. Logins alone are not asked: whoever logs in each working
 * day has as many in every week.
 */
export function identicalWeeks(
  weekly: readonly number[],
  criteria: readonly CriterionResult[],
): CountDoubt | null {
  const asked = criteria.filter((c) => c.per === 'week' && c.metric === 'interactions');
  const found = [weekly, ...asked.map((c) => c.cycles.map((cycle) => cycle.value))].map(identical);
  return found.find((doubt) => doubt !== null) ?? null;
}

function identical(weekly: readonly number[]): CountDoubt | null {
  const [first] = weekly;
  if (first === undefined || first < WEEK_VALUE_MIN || weekly.length < WEEKS_MIN) return null;
  if (weekly.some((value) => value !== first)) return null;
  return {
    code: 'identical_weeks',
    zh: '每週使用數完全相同。',
    en: 'Every week has exactly the same number of uses.',
    figures: { weeks: weekly.length, usesAWeek: first },
  };
}

/** Months in a row that end just over the threshold; two are chance. */
export const JUST_OVER_MONTHS_MIN = 3;
/** Over by at most so much of the threshold, and never less than one use. */
const JUST_OVER_SHARE = 0.05;
/** Lower thresholds are met exactly by chance. */
const JUST_OVER_THRESHOLD_MIN = 15;

/**
 * Whether the month's deciding criterion ends just over its threshold. Several months in a row make
 * it a finding: use that stops as soon as it is enough.
 */
export function isJustOver(criteria: readonly CriterionResult[], isAnyOf: boolean): boolean {
  return isAnyOf ? criteria.every((c) => !c.met || endsJustOver(c)) : criteria.some(endsJustOver);
}

function endsJustOver(c: CriterionResult): boolean {
  if (!c.met || c.per !== 'month' || c.atLeast < JUST_OVER_THRESHOLD_MIN) return false;
  const value = c.cycles[0]?.value ?? 0;
  return value - c.atLeast <= Math.max(1, Math.floor(c.atLeast * JUST_OVER_SHARE));
}

/** @param months how many months in a row, this one the last, end just over the threshold */
export function justOver(months: number, criteria: readonly CriterionResult[]): CountDoubt | null {
  if (months < JUST_OVER_MONTHS_MIN) return null;
  const deciding = criteria.find(endsJustOver);
  if (deciding === undefined) return null;
  return {
    code: 'just_over',
    zh: '連續數月之使用數均恰好略高於門檻。',
    en: 'Month after month ends just over the threshold.',
    figures: {
      monthsInARow: months,
      value: deciding.cycles[0]?.value ?? 0,
      threshold: deciding.atLeast,
    },
  };
}
