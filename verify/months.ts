import type { ChartWeek, UsageChart } from '../core/chart.ts';
import type { ContractMonth } from '../core/contract.ts';
import { graceEnd } from '../core/judge.ts';
import type { MonthDecision } from '../core/month.ts';
import type { MonthReader, OrderMonths } from '../core/ports.ts';
import type { Order, RegistryView } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { usageChart } from './chart.ts';
import { computeMonths } from './compute.ts';
import { countAll } from './counting.ts';
import { type OrderPlan, planMonthOf, planOrder } from './plans.ts';
import { type ReadSeal, Seals } from './seals.ts';

/**
 * The months of orders at any instant: sealed ones as they were sealed, the others counted from the
 * log. Nothing is written; a read that fails throws and is never a number.
 */
export class Months implements MonthReader {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #simulated: boolean;

  constructor(db: Database, registry: RegistryView, simulated: boolean) {
    this.#db = db;
    this.#registry = registry;
    this.#simulated = simulated;
  }

  async monthsOf(
    orders: readonly Order[],
    asOfMs: number,
    sealedUntilMs: number = asOfMs,
  ): Promise<OrderMonths[]> {
    const read = await Seals.read(this.#db, orders, Math.max(asOfMs, sealedUntilMs));
    const plans = orders.map((order) => planOrder(order, this.#registry));
    const sealOf = ({ order, programme }: OrderPlan, month: ContractMonth) =>
      graceEnd(month, programme.graceDays) <= asOfMs ? read.of(order, month) : undefined;
    const asked = plans.flatMap((plan) =>
      plan.contract.months
        .filter((month) => sealOf(plan, month) === undefined)
        .map((month) => ({ plan, month })),
    );
    const computed = await computeMonths(this.#db, asked, asOfMs);
    const byMonth = new Map(
      asked.map(({ plan, month }, i) => [`${plan.order.orderId} ${month.month}`, computed[i]]),
    );
    return plans.map((plan) => {
      const { order } = plan;
      const months = plan.contract.months.map((month) => {
        const seal = sealOf(plan, month);
        const decided = seal ? decisionOf(seal) : byMonth.get(`${order.orderId} ${month.month}`);
        if (decided === undefined) throw new RangeError('a month was neither sealed nor computed');
        return decided;
      });
      const claimableMonths = months.filter((m) => m.claimable).length;
      return { order, rulesVersion: plan.programme.rulesVersion, months, claimableMonths };
    });
  }

  async weeksOf(order: Order, asOfMs: number): Promise<ChartWeek[]> {
    const plan = planOrder(order, this.#registry);
    const requests = plan.weeks.map((week) => {
      const { windows, version } = planMonthOf(plan, week.timedBy, asOfMs);
      const receivedBeforeMs = windows[0]?.receivedBeforeMs ?? asOfMs;
      const window = { kind: 'week' as const, span: week.counted, receivedBeforeMs };
      return { orderId: order.orderId, smeId: order.smeId, version, windows: [window] };
    });
    const counted = await countAll(this.#db, requests);
    return plan.weeks.map(({ start, endExclusive, judgedIn, counted: span }) => {
      const count = counted(order.orderId, 'week', span.start);
      const { logins, interactions, activeUsers, events } = count;
      return {
        start,
        endExclusive,
        judgedIn,
        totals: { logins, interactions, activeUsers, events },
      };
    });
  }

  async chartOf(
    order: Order,
    asOfMs: number,
    shown: { readonly from: number; readonly to: number } | null,
  ): Promise<UsageChart> {
    const [answer] = await this.monthsOf([order], asOfMs);
    if (answer === undefined) throw new RangeError('an order had no answer');
    const weeks = await this.weeksOf(order, asOfMs);
    const plan = planOrder(order, this.#registry);
    const simulated = this.#simulated;
    return usageChart(answer, weeks, { plan, registry: this.#registry, asOfMs, simulated, shown });
  }
}

function decisionOf({ sealed, result }: ReadSeal): MonthDecision {
  const { month, start, endExclusive, state, totals, criteria, findings } = sealed;
  const { sealedAtMs, digest, revision } = result;
  return {
    month,
    start,
    endExclusive,
    state,
    claimable: state === 'met',
    totals,
    criteria,
    findings,
    seal: { sealedAt: formatInstant(sealedAtMs), digest, revision },
    review: null,
  };
}
