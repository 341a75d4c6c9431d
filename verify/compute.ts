import type { ContractMonth } from '../core/contract.ts';
import type { CountedUse } from '../core/firmUse.ts';
import { countsOf, decideMonth, type MonthPlan, type UsageCount } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import { isClaimable } from '../core/review.ts';
import type { Database } from '../store/clickhouse.ts';
import { countAll } from './counting.ts';
import { MonthPlans, type OrderPlan } from './plans.ts';

/** A month of an order to be counted and decided. */
export interface MonthOfOrder {
  readonly plan: OrderPlan;
  readonly month: ContractMonth;
  /** By its seals, where beyond its grace: events received before it count, late ones too. */
  readonly admittedMs?: number | undefined;
}

/** Hears of a month that has use, with the use of its firm; there only while it is told. */
export type LookAtUse = (asked: number, decision: MonthDecision, of: CountedUse) => void;

/**
 * Counts and decides months from the log as of an instant; in the order asked, nothing written. The
 * log is read once: `look` sees what each month was decided by.
 */
export async function computeMonths(
  db: Database,
  asked: readonly MonthOfOrder[],
  asOfMs: number,
  look: LookAtUse = () => undefined,
): Promise<MonthDecision[]> {
  const plans = new MonthPlans(asOfMs);
  const planned = asked.map(({ plan, month, admittedMs }) => ({
    plan,
    monthPlan: plans.of(plan, month.month, admittedMs),
  }));
  const decisions = new Map<number, MonthDecision>();
  const counts = await countAll(
    db,
    planned.map(({ plan, monthPlan }) => ({ smeId: plan.order.smeId, ...monthPlan })),
    (i, counted, of) => {
      const month = planned[i];
      if (month === undefined) return;
      const decision = decisionOf(month, counted, asOfMs);
      decisions.set(i, decision);
      look(i, decision, of);
    },
  );
  return planned.map((p, i) => decisions.get(i) ?? decisionOf(p, counts[i] ?? [], asOfMs));
}

function decisionOf(
  { plan, monthPlan }: { readonly plan: OrderPlan; readonly monthPlan: MonthPlan },
  counts: readonly UsageCount[],
  asOfMs: number,
): MonthDecision {
  const { graceDays } = plan.programme;
  const decided = decideMonth(
    monthPlan,
    plan.weeks,
    countsOf(monthPlan, counts),
    asOfMs,
    graceDays,
  );
  return {
    ...monthPlan.month,
    ...decided,
    claimable: isClaimable(decided.state, null),
    findings: [],
    seal: null,
    review: null,
  };
}
