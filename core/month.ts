import type { Metric, Per } from './normalFlow.ts';
import type { CivilDate } from './time.ts';

/** What is said of one contract month: the shape of answers, stored results and seals alike. */

export const MONTH_STATES = ['open', 'pending', 'met', 'short', 'silent', 'held'] as const;
export type MonthState = (typeof MONTH_STATES)[number];

/**
 * Use in the month's own days, by the firm's own people, in time. `events` is all of it; an action
 * that the version in force lacks is in `events` alone (decision).
 */
export interface Totals {
  readonly logins: number;
  readonly interactions: number;
  readonly activeUsers: number;
  readonly events: number;
}

export interface CycleResult {
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
  readonly value: number;
  readonly met: boolean;
}

export interface CriterionResult {
  readonly metric: Metric;
  readonly per: Per;
  readonly atLeast: number;
  readonly in: number | null;
  readonly cycles: readonly CycleResult[];
  readonly cyclesMet: number;
  readonly cyclesAsked: number;
  readonly met: boolean;
}

export interface Finding {
  readonly code: string;
  readonly severity: 'info' | 'low' | 'high';
  readonly explanation: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface Seal {
  /** RFC 3339, Taipei. */
  readonly sealedAt: string;
  readonly digest: string;
  readonly revision: number;
}

export interface Review {
  readonly decision: 'accept' | 'reject';
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

export interface MonthDecision {
  readonly month: number;
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
  readonly state: MonthState;
  readonly claimable: boolean;
  readonly totals: Totals;
  readonly criteria: readonly CriterionResult[];
  readonly findings: readonly Finding[];
  readonly seal: Seal | null;
  readonly review: Review | null;
}
