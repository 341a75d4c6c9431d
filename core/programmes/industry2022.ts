import type { Claim, ClaimInput, ClaimStep } from '../claim.ts';
import { civilDate } from '../time.ts';
import { assembleClaim } from './assemble.ts';
import {
  alreadyDrawn,
  attachmentMissing,
  belowMinimum,
  failed,
  monthsHeld,
  monthsPending,
  tooEarly,
} from './reasons.ts';
import { shareTwd } from './share.ts';
import { standingOf } from './standing.ts';
import type { InstalmentRule, Programme } from './types.ts';

export interface IndustryOptions {
  /** What enough claimable months earn: all points, or their share of them (decision). */
  readonly earning: 'whole' | 'prorated';
}

/** 雲市集工業館 111 年: one claim after the contract ends, called instalment 1 [003, 004]. */
export function industry2022(options: IndustryOptions): Programme {
  const isWhole = options.earning === 'whole';
  const rules: Rules = {
    ...DATA,
    rulesVersion: isWhole ? DATA.rulesVersion : `${DATA.rulesVersion}+prorated`,
  };
  return { ...rules, claim: (input) => claimOf(rules, isWhole, input) };
}

const SETTLING = '003 貳五';
const SERVICE = '004 貳五';
const ONLY: InstalmentRule = {
  instalment: 1,
  attachments: [
    { value: 'invoice', source: SERVICE },
    { value: 'questionnaire', source: SERVICE },
  ],
};
const DATA = {
  id: 'industry-2022',
  rulesVersion: 'industry-2022/1',
  graceDays: 7,
  period: {
    start: civilDate('2022-03-01'),
    endInclusive: civilDate('2022-11-30'),
    ordersUntil: civilDate('2022-08-31'),
    source: '004 參五',
  },
  contractLength: { min: 3, max: null, source: '003 貳五 2' },
  points: {
    perSmeMax: { value: 200_000, source: '003 參三' },
    halfSource: '003 參三',
    returnedOnTermination: false,
  },
  overlap: 'admitted',
  instalments: [ONLY],
  floor: { months: 3, afterClosure: 3, source: SERVICE, closureSource: SERVICE },
  vendorCeilingPerYearTwd: null,
} as const satisfies Omit<Programme, 'claim'>;
type Rules = Omit<typeof DATA, 'rulesVersion'> & { readonly rulesVersion: string };

function claimOf(rules: Rules, isWhole: boolean, input: ClaimInput): Claim {
  if (input.instalment !== 1) throw new RangeError(`${rules.id} has one claim: instalment 1`);
  const { order } = input;
  const standing = standingOf(input);
  const { claimableMonths } = standing;
  const floor = { value: rules.floor.months, source: rules.floor.source };
  const missing = attachmentMissing(order.attachments, ONLY);
  const few = belowMinimum(claimableMonths, floor);
  const reasons = failed([
    tooEarly(standing, { value: standing.contract.endExclusive, source: SETTLING }),
    monthsPending(standing, SERVICE),
    monthsHeld(standing.waiting, SERVICE),
    missing,
    few,
    alreadyDrawn(input.statements.length > 0, 'the one claim is drawn', SETTLING),
  ]);
  const enough = isWhole
    ? order.pointsTwd
    : shareTwd(order.pointsTwd, claimableMonths, order.contractMonths);
  const earned = missing === null && few === null ? enough : 0;
  const amountTwd = reasons.length === 0 ? earned : 0;
  const steps: ClaimStep[] = [
    { label: 'points of the order', source: '003 參三', value: order.pointsTwd },
    { label: 'claimable months', source: SERVICE, value: claimableMonths },
    { label: 'fewest claimable months that earn', source: floor.source, value: floor.value },
    { label: earningLabel(isWhole), source: SERVICE, value: earned },
    { label: 'drawn before', source: SETTLING, value: standing.drawnTwd },
    { label: 'amount: the points earned where eligible', source: SETTLING, value: amountTwd },
  ];
  return assembleClaim(rules, input, standing, { reasons, amountTwd, termination: null, steps });
}

function earningLabel(isWhole: boolean): string {
  const condition = 'with enough claimable months and every attachment';
  return isWhole
    ? `points earned: all of them ${condition}`
    : `points earned: points × claimable months ÷ contract months, rounded down, ${condition}`;
}
