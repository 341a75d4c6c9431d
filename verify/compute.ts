import type { ContractMonth } from '../core/contract.ts';
import { decideMonth, type MonthPlan, type UsageCount } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import type { Per } from '../core/normalFlow.ts';
import { isClaimable } from '../core/review.ts';
import type { CivilDate } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { countAll } from './counting.ts';
import { MonthPlans, type OrderPlan } from './plans.ts';

/** A month of an order to be counted and decided. */
export interface MonthOfOrder {
  readonly plan: OrderPlan;
  readonly month: ContractMonth;
  /** Set where the month is reopened: events received before it count, late ones too. */
  readonly countedUntilMs?: number;
}

/** Counts and decides months from the log as of an instant; in the order asked, nothing written. */
export async function computeMonths(
  db: Database,
  asked: readonly MonthOfOrder[],
  asOfMs: number,
): Promise<MonthDecision[]> {
  const plans = new MonthPlans(asOfMs);
  const planned = asked.map(({ plan, month, countedUntilMs }) => ({
    plan,
    monthPlan: plans.of(plan, month.month, countedUntilMs),
  }));
  const counts = await countAll(
    db,
    planned.map(({ plan, monthPlan }) => ({ smeId: plan.order.smeId, ...monthPlan })),
  );
  return planned.map(({ plan, monthPlan }, i) => {
    const decided = decideMonth(
      monthPlan,
      plan.weeks,
      countOf(monthPlan, counts[i] ?? []),
      asOfMs,
      plan.programme.graceDays,
    );
    return {
      ...monthPlan.month,
      ...decided,
      claimable: isClaimable(decided.state, null),
      findings: [],
      seal: null,
      review: null,
    };
  });
}

function countOf({ windows }: MonthPlan, counts: readonly UsageCount[]) {
  return (kind: Per, start: CivilDate): UsageCount => {
    const at = windows.findIndex((w) => w.kind === kind && w.span.start === start);
    const count = counts[at];
    if (count === undefined) throw new RangeError(`${kind} ${start} was not counted`);
    return count;
  };
}
