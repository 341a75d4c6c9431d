import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical.ts';
import type { ChartWeek, UsageChart } from '../core/chart.ts';
import type { MonthTerms } from '../core/exclusion.ts';
import type { MonthDecision } from '../core/month.ts';
import type { NormalFlow } from '../core/normalFlow.ts';
import type { OrderMonths } from '../core/ports.ts';
import { type RegistryView, versionInForce } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { OrderPlan } from './plans.ts';

export interface ChartContext {
  readonly plan: OrderPlan;
  /** Of every contract month. */
  readonly terms: readonly MonthTerms[];
  readonly registry: RegistryView;
  readonly asOfMs: number;
  readonly simulated: boolean;
  /** The months to show, both inclusive; null = all. */
  readonly shown: { readonly from: number; readonly to: number } | null;
}

/** The usage record of an order from its months and weeks; its digest is over all the rest of it. */
export function usageChart(
  answer: OrderMonths,
  allWeeks: readonly ChartWeek[],
  context: ChartContext,
): UsageChart {
  const { plan, terms, registry, asOfMs, simulated, shown } = context;
  const { order, solution, contract } = plan;
  const months = answer.months.filter(
    (m) => shown === null || (m.month >= shown.from && m.month <= shown.to),
  );
  const chart = {
    orderId: order.orderId,
    vendorName: registry.vendor(order.vendorId)?.name ?? order.vendorId,
    solutionName: solution.name,
    smeName: registry.sme(order.smeId)?.name ?? order.smeId,
    smeId: order.smeId,
    usagePlan: versionInForce(solution, order.contractStart).usagePlan,
    contract: {
      start: contract.start,
      endExclusive: contract.endExclusive,
      contractMonths: contract.contractMonths,
    },
    months: months.map(({ findings: _findings, seal: _seal, review: _review, ...month }) => ({
      ...month,
      rule: ruleOf(month, terms),
    })),
    weeks: allWeeks.filter((week) => touches(week, months)),
    totals: {
      logins: sum(months, (m) => m.totals.logins),
      interactions: sum(months, (m) => m.totals.interactions),
      events: sum(months, (m) => m.totals.events),
    },
    claimableMonths: answer.claimableMonths,
    asOf: formatInstant(asOfMs),
    simulated,
  };
  return { ...chart, digest: createHash('sha256').update(canonicalJson(chart)).digest('hex') };
}

function ruleOf({ month }: Pick<MonthDecision, 'month'>, terms: readonly MonthTerms[]): NormalFlow {
  const ofMonth = terms[month - 1];
  if (ofMonth === undefined) throw new RangeError(`month ${month} has no terms`);
  return ofMonth.version.normalFlow;
}

function touches(week: ChartWeek, months: readonly MonthDecision[]): boolean {
  return months.some((m) => week.start < m.endExclusive && m.start < week.endExclusive);
}

function sum(months: readonly MonthDecision[], of: (m: MonthDecision) => number): number {
  return months.reduce((total, m) => total + of(m), 0);
}
