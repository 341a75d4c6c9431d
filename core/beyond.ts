import type { ForeignDays } from './contract.ts';
import {
  type CountingTerms,
  type Exclusion,
  exclusionBy,
  type MonthTerms,
  type SampledCount,
  termsOf,
  together,
  type UseGroup,
} from './exclusion.ts';
import { type Criterion, interactionsOf, LOGIN } from './normalFlow.ts';
import { addDays, type CivilDate } from './time.ts';

/**
 * A judged week counts its days in a neighbouring month by the month that judges it, and the list of
 * events says of each day what its own month counts. Where the two differ, the events between them
 * are told, so that the value of the week can be counted again from the list.
 */

/** Who acted and whether a day lies in the contract is the same for every month. */
export const BEYOND_EXCLUSIONS = ['action', 'late'] as const satisfies readonly Exclusion[];
type BeyondExclusion = (typeof BEYOND_EXCLUSIONS)[number];

/** The events of those days that a cycle counts otherwise than the list of events does. */
export interface Beyond {
  /** Both inclusive, as the list of events takes them. */
  readonly days: { readonly from: CivilDate; readonly to: CivilDate };
  /** Counted in the list, and not here; reasons without an event are left out. */
  readonly excluded: readonly (SampledCount & { readonly reason: BeyondExclusion })[];
  /** Counted here, and not in the list. */
  readonly admitted: SampledCount;
}

/** Days of a week that lie in a neighbouring month, with the events of theirs. */
export interface ForeignUse {
  readonly days: ForeignDays;
  readonly uses: readonly UseGroup[];
}

/** Null where the list and the week count the same of what the criterion measures. */
export function beyondOf(
  { days, uses }: ForeignUse,
  criterion: Criterion,
  judging: MonthTerms,
  terms: CountingTerms,
): Beyond | null {
  const own = termsOf(terms, days.ownMonth);
  const measured = uses.filter((use) => isMeasured(use.action, criterion, judging));
  const listed = measured.filter((use) => exclusionBy(use, own) === null);
  const others = measured.filter((use) => exclusionBy(use, own) !== null);
  const admitted = together(others.filter((use) => exclusionBy(use, judging) === null));
  const excluded = BEYOND_EXCLUSIONS.map((reason) => ({
    reason,
    ...together(listed.filter((use) => exclusionBy(use, judging) === reason)),
  })).filter((group) => group.count > 0);
  if (excluded.length === 0 && admitted.count === 0) return null;
  return { days: { from: days.start, to: addDays(days.endExclusive, -1) }, excluded, admitted };
}

/** Whether an action is one that the criterion could count, in the version of any month. */
function isMeasured(action: string, criterion: Criterion, { version }: MonthTerms): boolean {
  if (criterion.metric === 'activeUsers') return true;
  if (criterion.metric === 'logins') return action === LOGIN;
  if (criterion.actions !== undefined) return criterion.actions.includes(action);
  return action !== LOGIN || interactionsOf(version).includes(LOGIN);
}
