import type { ContractMonth } from '../core/contract.ts';
import { decideMonth } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import type { Database } from '../store/clickhouse.ts';
import { countAll } from './counting.ts';
import { type OrderPlan, planMonthOf } from './plans.ts';

/** A month of an order to be counted and decided. */
export interface MonthOfOrder {
  readonly plan: OrderPlan;
  readonly month: ContractMonth;
}

/** Counts and decides months from the log as of an instant; in the order asked, nothing written. */
export async function computeMonths(
  db: Database,
  asked: readonly MonthOfOrder[],
  asOfMs: number,
): Promise<MonthDecision[]> {
  const planned = asked.map(({ plan, month }) => ({
    plan,
    monthPlan: planMonthOf(plan, month.month, asOfMs),
  }));
  const counted = await countAll(
    db,
    planned.map(({ plan, monthPlan }) => ({
      orderId: plan.order.orderId,
      smeId: plan.order.smeId,
      version: monthPlan.version,
      windows: monthPlan.windows,
    })),
  );
  return planned.map(({ plan, monthPlan }) => {
    const decided = decideMonth(
      monthPlan,
      plan.weeks,
      (kind, start) => counted(plan.order.orderId, kind, start),
      asOfMs,
      plan.programme.graceDays,
    );
    return {
      ...monthPlan.month,
      ...decided,
      claimable: decided.state === 'met',
      findings: [],
      seal: null,
      review: null,
    };
  });
}
