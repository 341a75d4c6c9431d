import type { Claim, ClaimInput, ClaimStep } from '../claim.ts';
import { civilDate } from '../time.ts';
import type { Words } from '../words.ts';
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
import {
  CLAIMABLE_MONTHS,
  DRAWN_BEFORE,
  FEWEST_MONTHS,
  PART_EARNED,
  POINTS_OF_ORDER,
  step,
} from './steps.ts';
import type { InstalmentRule, Programme, Sourced } from './types.ts';

export interface IndustryOptions {
  /** What enough claimable months earn: all points, or their share of them (decision). */
  readonly earning: 'whole' | 'prorated';
}

/** 雲市集工業館 111 年: one claim after the contract ends, called instalment 1 [003, 004]. */
export function industry2022With(options: IndustryOptions): Programme<'industry-2022'> {
  const { earning } = options;
  const rules: Rules = {
    ...DATA,
    rulesVersion: DATA.rulesVersion + (earning === DATA.earning.value ? '' : `+${earning}`),
    earning: { ...DATA.earning, value: earning },
  };
  return { ...rules, claim: (input) => claimOf(rules, input) };
}

const POINTS = '003 參三';
const SETTLING = '003 貳五 3';
const SERVICE = '004 貳五';
const ONLY = {
  instalment: 1,
  opensAfterMonths: null,
  opensSource: SETTLING,
  windowDays: null,
  share: null,
  firstMonths: null,
  attachments: [
    { value: 'invoice', source: SERVICE },
    { value: 'questionnaire', source: SERVICE },
  ],
} as const satisfies InstalmentRule;
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
    perSmeMax: { value: 200_000, source: POINTS },
    ofPriceMax: { value: { parts: 1, of: 2 }, source: POINTS },
  },
  overlap: 'admitted',
  excludes: null,
  instalments: [ONLY],
  earning: { value: 'whole', source: SERVICE },
  floor: { months: 3, afterClosure: 3, source: SERVICE, closureSource: SERVICE },
  vendorCeilingPerYearTwd: null,
  termination: null,
  idle: null,
  cases: null,
} as const satisfies Omit<Programme, 'claim'>;
interface Rules extends Omit<typeof DATA, 'rulesVersion' | 'earning'> {
  readonly rulesVersion: string;
  readonly earning: Sourced<'whole' | 'prorated'>;
}

function claimOf(rules: Rules, input: ClaimInput): Claim {
  if (input.instalment !== 1) throw new RangeError(`${rules.id} has one claim: instalment 1`);
  const { order } = input;
  const isWhole = rules.earning.value === 'whole';
  const standing = standingOf(input);
  const { claimableMonths, drawnTwd } = standing;
  const floor = { value: rules.floor.months, source: rules.floor.source };
  const missing = attachmentMissing(order.attachments, ONLY);
  const few = belowMinimum(claimableMonths, floor);
  const enough = isWhole
    ? order.pointsTwd
    : shareTwd(order.pointsTwd, claimableMonths, order.contractMonths);
  const earned = missing === null && few === null ? enough : 0;
  const left = earned - drawnTwd;
  const reasons = failed([
    tooEarly(standing, ONLY),
    monthsPending(standing, SERVICE),
    monthsHeld(standing.waiting, SERVICE),
    missing,
    few,
    alreadyDrawn(input.statements.length > 0, drawnDetail(left), SETTLING),
  ]);
  const amountTwd = reasons.length === 0 ? earned : 0;
  const steps: ClaimStep[] = [
    step(POINTS_OF_ORDER, POINTS, order.pointsTwd),
    step(CLAIMABLE_MONTHS, SERVICE, claimableMonths),
    step(FEWEST_MONTHS, floor.source, floor.value),
    step(isWhole ? WHOLE_EARNED : PRORATED_EARNED, rules.earning.source, earned),
    step(DRAWN_BEFORE, SETTLING, drawnTwd),
    step({ zh: '應得點數減已領金額', en: 'points earned less drawn before' }, SETTLING, left),
    step(
      { zh: '金額：符合時為應得點數', en: 'amount: the points earned where eligible' },
      SETTLING,
      amountTwd,
    ),
  ];
  return assembleClaim(rules, input, standing, { reasons, amountTwd, termination: null, steps });
}

/** What a review took after the draw is told; the amount of the one claim is never below 0. */
function drawnDetail(leftTwd: number): Words {
  if (leftTwd >= 0) return DRAWN;
  return {
    zh: `${DRAWN.zh}，較現應得多 ${-leftTwd}`,
    en: `${DRAWN.en}: ${-leftTwd} more than the months earn now`,
  };
}

const DRAWN: Words = { zh: '唯一之款項已請領', en: 'the one claim is drawn' };

const WITH_ALL = {
  zh: '須可核銷月足夠且附件齊備',
  en: 'with enough claimable months and every attachment',
};
const WHOLE_EARNED: Words = {
  zh: `應得點數：全數，${WITH_ALL.zh}`,
  en: `points earned: all of them ${WITH_ALL.en}`,
};
const PRORATED_EARNED: Words = {
  zh: `${PART_EARNED.zh}，${WITH_ALL.zh}`,
  en: `${PART_EARNED.en}, ${WITH_ALL.en}`,
};

/** With every decision as documented. */
export const industry2022: Programme<'industry-2022'> = industry2022With({ earning: 'whole' });
