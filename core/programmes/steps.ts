import type { ClaimStep } from '../claim.ts';
import type { Words } from '../words.ts';

/** A step of the arithmetic, for people. */
export function step({ en, zh }: Words, source: string, value: number | string): ClaimStep {
  return { label: en, zh, source, value };
}

/** Steps that several programmes have. */
export const POINTS_OF_ORDER: Words = { zh: '訂單點數', en: 'points of the order' };
export const CLAIMABLE_MONTHS: Words = { zh: '可核銷月數', en: 'claimable months' };
export const FEWEST_MONTHS: Words = {
  zh: '得請款之最少可核銷月數',
  en: 'fewest claimable months that earn',
};
export const PART_EARNED: Words = {
  zh: '應得點數：點數 × 可核銷月數 ÷ 期程月數，無條件捨去',
  en: 'points earned: points × claimable months ÷ contract months, rounded down',
};
export const DRAWN_BEFORE: Words = { zh: '已領金額', en: 'drawn before' };
