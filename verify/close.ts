import { graceEnd } from '../core/judge.ts';
import { ORDERS_PER_SEAL_MAX, SEAL_DELAY_MS } from '../core/limits.ts';
import type { MonthDecision, MonthState } from '../core/month.ts';
import type { Order, RegistryView } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { insertMonthResults, type MonthResult } from '../store/monthResults.ts';
import { computeMonths } from './compute.ts';
import { findingsOf } from './findings.ts';
import { type OrderPlan, planOrder } from './plans.ts';
import { type SealedMonth, toResult } from './sealed.ts';
import { Seals } from './seals.ts';

export interface Closing {
  readonly verificationId: string;
  /** Months whose grace ended at or before this instant are sealed. */
  readonly asOfMs: number;
  /** When the seals say they were made. */
  readonly sealedAtMs: number;
  readonly simulated: boolean;
  /** Everything received before this instant is in the store. */
  readonly loadedUntilMs: number;
}

export interface ClosingDependencies {
  readonly db: Database;
  readonly registry: RegistryView;
}

/**
 * Seals what is due of some orders: computes, finds, and writes each due month once. Asked again it
 * finds the months sealed and writes nothing; killed in the middle, the next asking does the rest.
 * @returns how many months were sealed
 */
export async function closeOrders(
  deps: ClosingDependencies,
  orders: readonly Order[],
  closing: Closing,
): Promise<number> {
  let sealed = 0;
  for (let i = 0; i < orders.length; i += ORDERS_PER_SEAL_MAX) {
    const results = await dueResults(deps, orders.slice(i, i + ORDERS_PER_SEAL_MAX), closing);
    await insertMonthResults(deps.db, results);
    sealed += results.length;
  }
  return sealed;
}

async function dueResults(
  deps: ClosingDependencies,
  orders: readonly Order[],
  closing: Closing,
): Promise<MonthResult[]> {
  const dueUntilMs = dueUntil(closing);
  const seals = await Seals.read(deps.db, orders);
  const due = orders
    .map((order) => planOrder(order, deps.registry))
    .flatMap((plan) =>
      plan.contract.months
        .filter((month) => graceEnd(month, plan.programme.graceDays) <= dueUntilMs)
        .filter((month) => seals.of(plan.order, month) === undefined)
        .map((month) => ({ plan, month })),
    );
  const decisions = await computeMonths(deps.db, due, closing.asOfMs);
  return due.flatMap(({ plan }, i) => {
    const decision = decisions[i];
    if (decision === undefined) throw new RangeError('a due month was not computed');
    const revision = seals.revisionOf(plan.order, decision.month) + 1;
    return toResult(sealedMonth(deps, plan, decision, revision, closing), closing);
  });
}

/** With the real clock the last moments of a grace must have been stored before it is sealed. */
function dueUntil({ asOfMs, sealedAtMs, simulated, loadedUntilMs }: Closing): number {
  return simulated ? asOfMs : Math.min(asOfMs, sealedAtMs - SEAL_DELAY_MS, loadedUntilMs);
}

function sealedMonth(
  deps: ClosingDependencies,
  plan: OrderPlan,
  decision: MonthDecision,
  revision: number,
  closing: Closing,
): SealedMonth {
  const { month, start, endExclusive, totals, criteria } = decision;
  const findings = findingsOf({ plan, month, registry: deps.registry });
  return {
    orderId: plan.order.orderId,
    month,
    start,
    endExclusive,
    revision,
    rulesVersion: plan.programme.rulesVersion,
    state: heldState(decision, findings),
    totals,
    criteria,
    findings,
    simulated: closing.simulated,
  };
}

/** A finding of high severity asks for a person before the month counts. */
function heldState(month: MonthDecision, findings: MonthDecision['findings']): MonthState {
  const high = findings.some((f) => f.severity === 'high');
  return month.state === 'met' && high ? 'held' : month.state;
}
