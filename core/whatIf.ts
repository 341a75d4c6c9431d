import type { TrialMonth } from './calibration.ts';
import type { MonthState } from './month.ts';
import type { CivilDate } from './time.ts';

/** What a proposed normal flow would change in past months. Pure; nothing is decided by it. */
export interface Flip {
  readonly orderId: string;
  readonly month: number;
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
  /** As it stands; `held` reached its rule too. */
  readonly from: MonthState;
  readonly to: TrialMonth['state'];
}

export interface WhatIf {
  readonly months: number;
  readonly gained: number;
  readonly lost: number;
  /** By order and month. */
  readonly flips: readonly Flip[];
}

/** A month as it stands: one ended with its grace. */
export interface StandingMonth {
  readonly orderId: string;
  readonly month: number;
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
  readonly state: MonthState;
}

/** @param trials the same months, in the same order, judged under the proposed rule */
export function compareRules(
  standing: readonly StandingMonth[],
  trials: readonly TrialMonth[],
): WhatIf {
  const flips: Flip[] = [];
  let gained = 0;
  standing.forEach((before, i) => {
    const after = trials[i];
    if (after?.orderId !== before.orderId || after.month !== before.month) {
      throw new RangeError('the months of both rules are not the same');
    }
    const reachedBefore = before.state === 'met' || before.state === 'held';
    if (reachedBefore === (after.state === 'met')) return;
    if (after.state === 'met') gained += 1;
    const { orderId, month, start, endExclusive, state: from } = before;
    flips.push({ orderId, month, start, endExclusive, from, to: after.state });
  });
  return { months: standing.length, gained, lost: flips.length - gained, flips };
}
