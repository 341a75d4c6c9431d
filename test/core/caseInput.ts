import { contractOf } from '../../core/contract.ts';
import type { MonthTerms } from '../../core/exclusion.ts';
import { graceEnd } from '../../core/judge.ts';
import type { MonthDecision } from '../../core/month.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import {
  type Case,
  type Order,
  type Solution,
  type SolutionVersion,
  versionInForce,
} from '../../core/registry.ts';
import type { CaseOrder } from '../../core/rosterFlow.ts';
import { addDays, civilDate, daysBetween, startOfDay } from '../../core/time.ts';
import { anOrder } from './programmes/claimInput.ts';

/** Facts of a case for tests. */

/** 2023-04-10 to 2023-11-30; a target of 1,000 interactions. */
export function aCase(changes: Partial<Case> = {}): Case {
  return {
    caseId: 'c-1',
    name: '美髮普及案',
    kind: 'popular',
    periodStart: civilDate('2023-04-10'),
    periodEnd: civilDate('2023-11-30'),
    totalFlowTarget: { metric: 'interactions', count: 1_000 },
    ...changes,
  };
}

/** Four months from 2023-05-01. */
export function caseOrder(orderId: string, changes: Partial<Order> = {}): Order {
  return anOrder({
    orderId,
    programme: 'coprosperity-2023',
    contractStart: civilDate('2023-05-01'),
    contractMonths: 4,
    priceTwd: 0,
    pointsTwd: 0,
    caseId: 'c-1',
    ...changes,
  });
}

export const PER_MONTH: NormalFlow = {
  allOf: [{ metric: 'interactions', per: 'month', atLeast: 10 }],
};

export function aSolution(...rules: readonly (readonly [from: string, NormalFlow])[]): Solution {
  const versions = rules.map(
    ([from, normalFlow]): SolutionVersion => ({
      solutionId: 's-1',
      vendorId: 'v-1',
      name: '雲端預約',
      usagePlan: '',
      interactions: [],
      normalFlow,
      effectiveFrom: civilDate(from),
    }),
  );
  return { solutionId: 's-1', vendorId: 'v-1', name: '雲端預約', listedFrom: null, versions };
}

/** The months of an order, whose criteria have the cycles that are given, one list a criterion. */
export function monthsOf(
  order: Order,
  cyclesOf: (month: { month: number; start: string; endExclusive: string }) => readonly number[][],
): MonthDecision[] {
  return contractOf(order).months.map((month) => ({
    ...month,
    state: 'met',
    claimable: true,
    totals: { logins: 0, interactions: 0, activeUsers: 0, events: 0 },
    criteria: cyclesOf(month).map((values) => ({
      metric: 'interactions',
      per: 'month',
      atLeast: 1,
      in: null,
      cycles: values.map((value, i) => {
        const days = daysBetween(month.start, month.endExclusive);
        const [from, to] = [i, i + 1].map((n) => Math.floor((days * n) / values.length));
        const span = {
          start: addDays(month.start, from ?? 0),
          endExclusive: addDays(month.start, to ?? 0),
        };
        return { ...span, value, met: true };
      }),
      cyclesMet: 0,
      cyclesAsked: 0,
      met: true,
    })),
    findings: [],
    seal: null,
    review: null,
  }));
}

export function caseOrderOf(
  order: Order,
  solution: Solution = aSolution(['2020-01-01', PER_MONTH]),
): CaseOrder {
  const months = monthsOf(order, () => [[0]]);
  return { order, solution, months, terms: termsOf(solution, months) };
}

/** Of months that nothing has sealed: the version in force, and seven days of grace. */
export function termsOf(solution: Solution, months: readonly MonthDecision[]): MonthTerms[] {
  return months.map((month) => ({
    version: versionInForce(solution, month.start),
    countedUntilMs: graceEnd(month, 7),
  }));
}

/** The same months, one of them as it stands after an auditor's word, or held. */
export function monthsWith(
  months: readonly MonthDecision[],
  number: number,
  changes: Partial<MonthDecision>,
): MonthDecision[] {
  return months.map((m) => (m.month === number ? { ...m, ...changes } : m));
}

export const REJECTED: Partial<MonthDecision> = {
  claimable: false,
  review: { decision: 'reject', by: 'k', reason: '資料不實', at: '2023-10-01T00:00:00.000+08:00' },
};
export const HELD: Partial<MonthDecision> = { state: 'held', claimable: false };
export const ACCEPTED: Partial<MonthDecision> = {
  state: 'held',
  claimable: true,
  review: { decision: 'accept', by: 'k', reason: '已查', at: '2023-10-01T00:00:00.000+08:00' },
};

export function day(text: string): number {
  return startOfDay(civilDate(text));
}
