import type { Contract } from './contract.ts';
import { COUNTED_ROLES } from './event.ts';
import { graceEnd } from './judge.ts';
import { interactionsOf, LOGIN } from './normalFlow.ts';
import { type Solution, versionInForce } from './registry.ts';
import { dateOf } from './time.ts';

/** Why an event that stands does not count in the month of its own day. */
export const EXCLUSIONS = ['outside', 'role', 'action', 'late'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

export interface LoggedUse {
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
}

/** Null where it counts. Late is said of the month of its own day. */
export function exclusionOf(
  event: LoggedUse,
  contract: Contract,
  solution: Solution,
  graceDays: number,
): Exclusion | null {
  const day = dateOf(event.occurredAtMs);
  const month = contract.months.find((m) => m.start <= day && day < m.endExclusive);
  if (month === undefined) return 'outside';
  if (!(COUNTED_ROLES as readonly string[]).includes(event.actorRole)) return 'role';
  const counted = interactionsOf(versionInForce(solution, month.start));
  if (event.action !== LOGIN && !counted.includes(event.action)) return 'action';
  return event.receivedAtMs >= graceEnd(month, graceDays) ? 'late' : null;
}
