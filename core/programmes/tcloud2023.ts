import type { Claim, ClaimInput, ClaimStep } from '../claim.ts';
import { earlyEndOf } from '../contract.ts';
import type { Order } from '../registry.ts';
import { addMonths, civilDate } from '../time.ts';
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
import { earnedTwd, shareTwd } from './share.ts';
import { type Standing, standingOf } from './standing.ts';
import { terminationOf, terminationSteps } from './termination.ts';
import type { InstalmentRule, Programme, Sourced } from './types.ts';

export interface TcloudOptions {
  /** How many of the first three months must be claimable for the first instalment (decision). */
  readonly firstMonthsAsked: 1 | 2 | 3;
}

/** 臺灣雲市集 112 年: two instalments by the months that have a usage record [000, 001]. */
export function tcloud2023(options: TcloudOptions): Programme {
  const asked = options.firstMonthsAsked;
  const rules: Rules = {
    ...DATA,
    rulesVersion:
      asked === FIRST_MONTHS ? DATA.rulesVersion : `${DATA.rulesVersion}+first-months-${asked}`,
  };
  return { ...rules, claim: (input) => claimOf(rules, asked, input) };
}

const MONEY = '000 八(六)1';
const MONTHS = '000 八(六)2';
const FIRST_MONTHS = 3;
const FIRST_PERCENT = 20;
/** The second instalment is claimed in this many calendar days after the contract ends. */
const WINDOW_DAYS: Sourced<number> = { value: 30, source: MONEY };
const FIRST: InstalmentRule = {
  instalment: 1,
  attachments: [{ value: 'self-payment', source: MONEY }],
};
const SECOND: InstalmentRule = {
  instalment: 2,
  attachments: [{ value: 'performance', source: MONEY }],
};
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
    perSmeMax: { value: 30_000, source: '000 二(一)' },
    halfSource: '000 二(一)',
    returnedOnTermination: true,
  },
  overlap: 'refused',
  instalments: [FIRST, SECOND],
  floor: { months: 4, afterClosure: 1, source: MONTHS, closureSource: '000 八(六)3' },
  vendorCeilingPerYearTwd: { value: 50_000_000, source: '000 二(二)' },
} as const satisfies Omit<Programme, 'claim'>;
type Rules = Omit<typeof DATA, 'rulesVersion'> & { readonly rulesVersion: string };

function claimOf(rules: Rules, firstMonthsAsked: number, input: ClaimInput): Claim {
  const standing = standingOf(input);
  const found =
    input.instalment === 1
      ? firstInstalment(rules, firstMonthsAsked, input, standing)
      : secondInstalment(rules, input, standing);
  const termination = terminationOf(input.order, input.sme);
  return assembleClaim(rules, input, standing, {
    ...found,
    termination,
    steps: [...found.steps, ...terminationSteps(input.order, termination)],
  });
}

type Part = Omit<Outcome, 'termination'>;

function firstInstalment(rules: Rules, asked: number, input: ClaimInput, standing: Standing): Part {
  const { order } = input;
  const isDrawn = input.statements.length > 0;
  const shareOfPoints = shareTwd(order.pointsTwd, FIRST_PERCENT, 100);
  const from = { value: addMonths(order.contractStart, FIRST_MONTHS), source: MONEY };
  const notClaimable = monthsNotClaimable(standing, {
    months: FIRST_MONTHS,
    asked,
    source: MONEY,
  });
  const waiting = notClaimable === null ? [] : standing.waiting.filter((n) => n <= FIRST_MONTHS);
  const reasons = failed([
    tooEarly(standing, from),
    notClaimable,
    monthsHeld(waiting, '000 八(七)1'),
    attachmentMissing(order.attachments, FIRST),
    vendorCeiling(input, isDrawn ? 0 : shareOfPoints, rules.vendorCeilingPerYearTwd),
    alreadyDrawn(isDrawn, 'this or a later instalment is drawn', MONEY),
  ]);
  const amountTwd = reasons.length === 0 ? shareOfPoints : 0;
  const steps: ClaimStep[] = [
    { label: 'points of the order', source: '000 二(一)', value: order.pointsTwd },
    {
      label: `first instalment: ${FIRST_PERCENT}% of the points, rounded down`,
      source: MONEY,
      value: shareOfPoints,
    },
    { label: 'drawn before', source: MONEY, value: standing.drawnTwd },
    { label: 'amount: the first instalment where eligible', source: MONEY, value: amountTwd },
  ];
  return { reasons, amountTwd, steps };
}

function secondInstalment(rules: Rules, input: ClaimInput, standing: Standing): Part {
  const { order } = input;
  const { claimableMonths, drawnTwd } = standing;
  const floor = floorOf(rules, order);
  const earned = earnedTwd(order.pointsTwd, claimableMonths, order.contractMonths, floor.value);
  const amountTwd = earned - drawnTwd;
  const isDrawn = input.statements.length > 0 && amountTwd === 0;
  const reasons = failed([
    tooEarly(standing, { value: standing.contract.endExclusive, source: MONEY }),
    monthsPending(standing, MONTHS),
    monthsHeld(standing.waiting, '000 八(七)1'),
    windowClosed(standing, WINDOW_DAYS),
    attachmentMissing(order.attachments, SECOND),
    belowMinimum(claimableMonths, floor),
    vendorCeiling(input, amountTwd, rules.vendorCeilingPerYearTwd),
    alreadyDrawn(isDrawn, 'nothing is left to draw', MONEY),
  ]);
  const steps: ClaimStep[] = [
    { label: 'points of the order', source: '000 二(一)', value: order.pointsTwd },
    { label: 'claimable months', source: MONTHS, value: claimableMonths },
    { label: 'contract months, the divisor', source: MONTHS, value: order.contractMonths },
    { label: 'fewest claimable months that earn', source: floor.source, value: floor.value },
    {
      label:
        claimableMonths < floor.value
          ? 'points earned: none, too few claimable months'
          : 'points earned: points × claimable months ÷ contract months, rounded down',
      source: MONTHS,
      value: earned,
    },
    { label: 'drawn before', source: MONEY, value: drawnTwd },
    { label: 'amount: points earned less drawn before', source: MONEY, value: amountTwd },
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
