import type { Contract, ContractMonth } from './contract.ts';
import { COUNTED_ROLES } from './event.ts';
import { interactionsOf, LOGIN } from './normalFlow.ts';
import type { SolutionVersion } from './registry.ts';
import { dateOf, LAST_MS, startOfDay } from './time.ts';

/** Why an event that stands does not count in the month of its own day. */
export const EXCLUSIONS = ['outside', 'role', 'action', 'late'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

export interface LoggedUse {
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
}

/** What an event of one contract month must be to count. */
export interface MonthTerms {
  /** Until when it must have been received. */
  readonly countedUntilMs: number;
  /** Declares the actions that count, and the rule that judges the month. */
  readonly version: SolutionVersion;
}

/** What decides whether an event of an order counts. */
export interface CountingTerms {
  readonly contract: Contract;
  /** Of every contract month, in order. */
  readonly months: readonly MonthTerms[];
}

/** Null where it counts. Late is said of the month of its own day. */
export function exclusionOf(event: LoggedUse, terms: CountingTerms): Exclusion | null {
  const { contract } = terms;
  const day = dateOf(event.occurredAtMs);
  const month = contract.months.find((m) => m.start <= day && day < m.endExclusive);
  return month === undefined ? 'outside' : exclusionBy(event, termsOf(terms, month.month));
}

/** Null where a month with these terms counts it: its own, or the one that judges its week. */
export function exclusionBy(
  event: LoggedUse,
  { version, countedUntilMs }: MonthTerms,
): Exclude<Exclusion, 'outside'> | null {
  if (!(COUNTED_ROLES as readonly string[]).includes(event.actorRole)) return 'role';
  const counted = interactionsOf(version);
  if (event.action !== LOGIN && !counted.includes(event.action)) return 'action';
  return event.receivedAtMs >= countedUntilMs ? 'late' : null;
}

/** @throws RangeError where the month has none */
export function termsOf({ months }: CountingTerms, month: number): MonthTerms {
  const ofMonth = months[month - 1];
  if (ofMonth === undefined) throw new RangeError(`month ${month} has no terms`);
  return ofMonth;
}

/** A month's days, and with the first and last month those before and after the contract. */
export interface ExplainedSpan {
  readonly fromMs: number;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  readonly untilMs: number;
}

/**
 * The events that the explanation of a month speaks of: every event of the firm in the solution is
 * told with exactly one month of an order. What lies before the contract is told with its first
 * month, what lies after it with its last (decision).
 */
export function explainedSpan(contract: Contract, month: ContractMonth): ExplainedSpan {
  const startMs = startOfDay(month.start);
  const endExclusiveMs = startOfDay(month.endExclusive);
  return {
    startMs,
    endExclusiveMs,
    fromMs: month === contract.months[0] ? 0 : startMs,
    untilMs: month === contract.months.at(-1) ? LAST_MS : endExclusiveMs,
  };
}

/** Events that are alike in all that decides whether they count; its fields are those of one. */
export interface UseGroup extends LoggedUse {
  readonly count: number;
  readonly sample: readonly SampledEvent[];
}

export interface SampledEvent {
  readonly id: string;
  readonly occurredAtMs: number;
  readonly seq: number;
}

/** Reasons of an explanation: also versions that were refused because their id stood already. */
export const EXPLAINED_EXCLUSIONS = [...EXCLUSIONS, 'conflict'] as const;
export type ExplainedExclusion = (typeof EXPLAINED_EXCLUSIONS)[number];

export interface SampledCount {
  readonly count: number;
  /** Ids of the first of them by time. */
  readonly sample: readonly string[];
}

export interface ExcludedGroup extends SampledCount {
  readonly reason: ExplainedExclusion;
}

/** So many ids show what a group is; the rest is in the events list. */
export const SAMPLE_MAX = 5;

/** What does not count, by reason, in the order of the reasons; reasons without an event are left out. */
export function excludedGroups(
  uses: readonly UseGroup[],
  terms: CountingTerms,
  conflicts: SampledCount,
): ExcludedGroup[] {
  const groups: ExcludedGroup[] = EXCLUSIONS.map((reason) => {
    return { reason, ...together(uses.filter((use) => exclusionOf(use, terms) === reason)) };
  });
  return [...groups, { reason: 'conflict' as const, ...conflicts }].filter((g) => g.count > 0);
}

/** How many events the groups have, and the first of all of them. */
export function together(uses: readonly UseGroup[]): SampledCount {
  const sample = uses
    .flatMap((use) => use.sample)
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs || a.seq - b.seq);
  return {
    count: uses.reduce((sum, use) => sum + use.count, 0),
    sample: sample.slice(0, SAMPLE_MAX).map((event) => event.id),
  };
}
