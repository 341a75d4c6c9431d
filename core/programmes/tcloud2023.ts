import type { Claim, ClaimInput, ClaimStep } from '../claim.ts';
import { earlyEndOf } from '../contract.ts';
import type { Order } from '../registry.ts';
import { civilDate } from '../time.ts';
import type { Words } from '../words.ts';
import { assembleClaim, type Outcome } from './assemble.ts';
import {
  alreadyDrawn,
  attachmentMissing,
  belowMinimum,
  failed,
  monthsHeld,
  monthsNotClaimable,
  monthsPending,
  tooEarly,
  vendorCeiling,
  windowClosed,
} from './reasons.ts';
import { earnedTwd, fractionTwd, fractionWords } from './share.ts';
import { type Standing, standingOf } from './standing.ts';
import {
  CLAIMABLE_MONTHS,
  DRAWN_BEFORE,
  FEWEST_MONTHS,
  PART_EARNED,
  POINTS_OF_ORDER,
  step,
} from './steps.ts';
import { terminationOf, terminationSteps } from './termination.ts';
import type { Fraction, InstalmentRule, Programme, Sourced } from './types.ts';

export interface TcloudOptions {
  /** How many of the first three months must be claimable for the first instalment (decision). */
  readonly firstMonthsAsked: 1 | 2 | 3;
}

/** 臺灣雲市集 112 年: two instalments by the months that have a usage record [000, 001]. */
export function tcloud2023With(
  options: TcloudOptions,
): Programme<'tcloud-2023'> & Pick<typeof DATA, 'idle' | 'termination'> {
  const asked = options.firstMonthsAsked;
  const isDocumented = asked === FIRST.firstMonths.asked;
  const first = { ...FIRST, firstMonths: { ...FIRST.firstMonths, asked } };
  const rules: Rules = {
    ...DATA,
    rulesVersion: DATA.rulesVersion + (isDocumented ? '' : `+first-months-${asked}`),
    instalments: [first, SECOND],
  };
  return { ...rules, claim: (input) => claimOf(rules, input) };
}

const MONEY = '000 八(六)1';
const MONTHS = '000 八(六)2';
const SPOT_CHECK = '000 八(七)1';
const POINTS = '000 二(一)';

const FIRST = {
  instalment: 1,
  opensAfterMonths: 3,
  opensSource: MONEY,
  windowDays: null,
  share: { value: { parts: 20, of: 100 }, source: MONEY },
  firstMonths: { months: 3, asked: 3, source: MONEY },
  attachments: [{ value: 'self-payment', source: MONEY }],
} as const satisfies InstalmentRule;

const SECOND = {
  instalment: 2,
  opensAfterMonths: null,
  opensSource: MONEY,
  windowDays: { value: 30, source: MONEY },
  share: null,
  firstMonths: null,
  attachments: [{ value: 'performance', source: MONEY }],
} as const satisfies InstalmentRule;

const DATA = {
  id: 'tcloud-2023',
  rulesVersion: 'tcloud-2023/1',
  graceDays: 7,
  period: {
    start: null,
    endInclusive: civilDate('2024-12-31'),
    ordersUntil: null,
    source: '000 八(一)',
  },
  contractLength: { min: 4, max: 12, source: '000 六(三)' },
  points: {
    perSmeMax: { value: 30_000, source: POINTS },
    ofPriceMax: { value: { parts: 1, of: 2 }, source: POINTS },
  },
  overlap: 'refused',
  excludes: { value: ['coprosperity-2023'], source: '001 五(五)1' },
  earning: { value: 'prorated', source: MONTHS },
  floor: { months: 4, afterClosure: 1, source: MONTHS, closureSource: '000 八(六)3' },
  vendorCeilingPerYearTwd: { value: 50_000_000, source: '000 二(二)' },
  termination: {
    monthsUsedSource: '001 八(三)',
    selfPaymentReturnedBelow: { value: { parts: 1, of: 2 }, source: '001 七(六)1' },
    laterSource: '001 七(六)2',
    closureSource: '001 八(六)',
    usable: {
      monthsAfterIssue: { value: 3, source: '001 七(七)1' },
      workingDaysAfterReturn: { value: 5, source: '001 七(七)2' },
      lastDay: { value: civilDate('2024-12-31'), source: '001 七(八); 000 八(一)' },
    },
  },
  idle: { months: 3, source: '000 八(五)2' },
  cases: null,
} as const satisfies Omit<Programme, 'claim' | 'instalments'>;

interface Rules extends Omit<typeof DATA, 'rulesVersion'> {
  readonly rulesVersion: string;
  readonly instalments: readonly [FirstRule, InstalmentRule];
}
type FirstRule = InstalmentRule & { readonly share: Sourced<Fraction> };

function claimOf(rules: Rules, input: ClaimInput): Claim {
  const standing = standingOf(input);
  const found =
    input.instalment === 1
      ? firstInstalment(rules, input, standing)
      : secondInstalment(rules, input, standing);
  const termination = terminationOf(input.order, input.sme, rules.termination);
  return assembleClaim(rules, input, standing, {
    ...found,
    termination,
    steps: [...found.steps, ...terminationSteps(input.order, termination, rules.termination)],
  });
}

type Part = Omit<Outcome, 'termination'>;

const NONE_EARNED = {
  zh: '應得點數：可核銷月不足，無',
  en: 'points earned: none, too few claimable months',
};

function firstShare(share: string): Words {
  return {
    zh: `第一期款：點數之 ${share}，無條件捨去`,
    en: `first instalment: ${share} of the points, rounded down`,
  };
}

function firstInstalment(rules: Rules, input: ClaimInput, standing: Standing): Part {
  const { order } = input;
  const [rule] = rules.instalments;
  const isDrawn = input.statements.length > 0;
  const shareOfPoints = fractionTwd(order.pointsTwd, rule.share.value);
  const notClaimable = monthsNotClaimable(standing, rule.firstMonths);
  const monthsShown = rule.firstMonths?.months ?? 0;
  const waiting = notClaimable === null ? [] : standing.waiting.filter((n) => n <= monthsShown);
  const reasons = failed([
    tooEarly(standing, rule),
    notClaimable,
    monthsHeld(waiting, SPOT_CHECK),
    attachmentMissing(order.attachments, rule),
    vendorCeiling(input, isDrawn ? 0 : shareOfPoints, rules.vendorCeilingPerYearTwd),
    alreadyDrawn(
      isDrawn,
      { zh: '本期或後期已請領', en: 'this or a later instalment is drawn' },
      MONEY,
    ),
  ]);
  const amountTwd = reasons.length === 0 ? shareOfPoints : 0;
  const steps: ClaimStep[] = [
    step(POINTS_OF_ORDER, POINTS, order.pointsTwd),
    step(firstShare(fractionWords(rule.share.value)), rule.share.source, shareOfPoints),
    step(DRAWN_BEFORE, MONEY, standing.drawnTwd),
    step(
      { zh: '金額：符合時為第一期款', en: 'amount: the first instalment where eligible' },
      MONEY,
      amountTwd,
    ),
  ];
  return { reasons, amountTwd, steps };
}

function secondInstalment(rules: Rules, input: ClaimInput, standing: Standing): Part {
  const { order } = input;
  const { claimableMonths, drawnTwd } = standing;
  const [, rule] = rules.instalments;
  const floor = floorOf(rules, order);
  const earned = earnedTwd(order.pointsTwd, claimableMonths, order.contractMonths, floor.value);
  const amountTwd = earned - drawnTwd;
  const isDrawn = input.statements.length > 0 && amountTwd === 0;
  const reasons = failed([
    tooEarly(standing, rule),
    monthsPending(standing, MONTHS),
    monthsHeld(standing.waiting, SPOT_CHECK),
    windowClosed(standing, rule.windowDays),
    attachmentMissing(order.attachments, rule),
    belowMinimum(claimableMonths, floor),
    vendorCeiling(input, amountTwd, rules.vendorCeilingPerYearTwd),
    alreadyDrawn(isDrawn, { zh: '已無可請領之款項', en: 'nothing is left to draw' }, MONEY),
  ]);
  const steps: ClaimStep[] = [
    step(POINTS_OF_ORDER, POINTS, order.pointsTwd),
    step(CLAIMABLE_MONTHS, MONTHS, claimableMonths),
    step(
      { zh: '期程月數（分母）', en: 'contract months, the divisor' },
      MONTHS,
      order.contractMonths,
    ),
    step(FEWEST_MONTHS, floor.source, floor.value),
    step(claimableMonths < floor.value ? NONE_EARNED : PART_EARNED, MONTHS, earned),
    step(DRAWN_BEFORE, MONEY, drawnTwd),
    step(
      { zh: '金額：應得點數減已領金額', en: 'amount: points earned less drawn before' },
      MONEY,
      amountTwd,
    ),
  ];
  return { reasons, amountTwd, steps };
}

/** A closure that ended the contract early pays the part performed (decision on the floor). */
function floorOf(rules: Rules, order: Order): Sourced<number> {
  const { floor } = rules;
  const isClosedEarly = order.closure !== null && earlyEndOf(order) !== null;
  return isClosedEarly
    ? { value: floor.afterClosure, source: floor.closureSource }
    : { value: floor.months, source: floor.source };
}

/** With every decision as documented. */
export const tcloud2023 = tcloud2023With({ firstMonthsAsked: 3 });
