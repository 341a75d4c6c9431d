import type { TrialMonth } from './calibration.ts';
import type { MonthState } from './month.ts';
import { type Criterion, interactionsOf, type NormalFlow } from './normalFlow.ts';
import type { SolutionVersion } from './registry.ts';
import type { CivilDate } from './time.ts';

/** A normal flow that is asked about: what it would change in past months decides nothing. Pure. */
export interface RuleProposal {
  readonly normalFlow: NormalFlow;
  /** The further actions that it declares; null = each month keeps those of its own version. */
  readonly interactions: readonly string[] | null;
}

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

/**
 * The version that would judge a month in place of its own. A criterion counts no action by name
 * that its month's version does not declare: no version could be registered so.
 */
export function proposedVersion(own: SolutionVersion, proposal: RuleProposal): SolutionVersion {
  const interactions = [...(proposal.interactions ?? own.interactions)];
  const known = new Set(interactionsOf({ interactions }));
  const counted = (criterion: Criterion): Criterion => {
    const { actions } = criterion;
    if (actions === undefined) return criterion;
    return { ...criterion, actions: actions.filter((action) => known.has(action)) };
  };
  const rule = proposal.normalFlow;
  const normalFlow =
    'allOf' in rule ? { allOf: rule.allOf.map(counted) } : { anyOf: rule.anyOf.map(counted) };
  return { ...own, normalFlow, interactions };
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
