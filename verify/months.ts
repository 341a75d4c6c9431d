import type { ChartWeek, UsageChart } from '../core/chart.ts';
import type { ContractMonth } from '../core/contract.ts';
import type { MonthTerms } from '../core/exclusion.ts';
import { countsUntil, graceEnd } from '../core/judge.ts';
import type { MonthReader, MonthRevision, OrderMonths } from '../core/ports.ts';
import type { Order, RegistryView } from '../core/registry.ts';
import { withReview } from '../core/review.ts';
import type { Database } from '../store/clickhouse.ts';
import { usageChart } from './chart.ts';
import { computeMonths } from './compute.ts';
import { countAll } from './counting.ts';
import { type OrderPlan, planOrder } from './plans.ts';
import { Reviews } from './reviews.ts';
import { revisionsOf } from './revisions.ts';
import { decisionOf, Seals, versionOf } from './seals.ts';

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
    const untilMs = Math.max(asOfMs, sealedUntilMs);
    const plans = orders.map((order) => planOrder(order, this.#registry));
    const seals = await Seals.read(this.#db, orders, untilMs);
    const isOver = ({ programme }: OrderPlan, month: ContractMonth) =>
      graceEnd(month, programme.graceDays) <= asOfMs;
    const sealOf = (plan: OrderPlan, month: ContractMonth) =>
      isOver(plan, month) ? seals.of(plan.order, month) : undefined;
    const asked = allMonths(plans)
      .filter(({ plan, month }) => sealOf(plan, month) === undefined)
      .map((m) => ({ ...m, admittedMs: seals.admittedMs(m.plan, m.month) }));
    // Behind the seals: a reopening is known wherever its seal is.
    const [computed, reviews] = await Promise.all([
      computeMonths(this.#db, asked, asOfMs),
      Reviews.read(this.#db, orders, untilMs),
    ]);
    const reviewOf = (plan: OrderPlan, month: ContractMonth) => {
      const latest = isOver(plan, month) ? seals.latestOf(plan.order, month.month) : undefined;
      return reviews.standing(latest?.result, sealOf(plan, month) !== undefined);
    };
    const byMonth = new Map(
      asked.map(({ plan, month }, i) => [`${plan.order.orderId} ${month.month}`, computed[i]]),
    );
    return plans.map((plan) => {
      const { order } = plan;
      const months = plan.contract.months.map((month) => {
        const seal = sealOf(plan, month);
        const decided = seal ? decisionOf(seal) : byMonth.get(`${order.orderId} ${month.month}`);
        if (decided === undefined) throw new RangeError('a month was neither sealed nor computed');
        return withReview(decided, reviewOf(plan, month));
      });
      const claimableMonths = months.filter((m) => m.claimable).length;
      return { order, rulesVersion: plan.programme.rulesVersion, months, claimableMonths };
    });
  }

  async weeksOf(order: Order, asOfMs: number): Promise<ChartWeek[]> {
    return this.#weeksBy(order, asOfMs, await this.termsOf(order, asOfMs));
  }

  async #weeksBy(order: Order, asOfMs: number, terms: readonly MonthTerms[]): Promise<ChartWeek[]> {
    const plan = planOrder(order, this.#registry);
    const requests = plan.weeks.map((week) => {
      const ofMonth = terms[week.timedBy - 1];
      if (ofMonth === undefined) throw new RangeError(`month ${week.timedBy} has no terms`);
      const { countedUntilMs, version } = ofMonth;
      const receivedBeforeMs = Math.min(asOfMs, countedUntilMs);
      const window = { kind: 'week' as const, span: week.counted, receivedBeforeMs };
      return { smeId: order.smeId, version, windows: [window] };
    });
    const counts = await countAll(this.#db, requests);
    return plan.weeks.map(({ start, endExclusive, judgedIn }, i) => {
      const [count] = counts[i] ?? [];
      if (count === undefined) throw new RangeError(`the week of ${start} was not counted`);
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
    const terms = await this.termsOf(order, asOfMs);
    const weeks = await this.#weeksBy(order, asOfMs, terms);
    const plan = planOrder(order, this.#registry);
    const context = { plan, terms, registry: this.#registry, asOfMs, simulated: this.#simulated };
    return usageChart(answer, weeks, { ...context, shown });
  }

  async termsOf(order: Order, asOfMs: number): Promise<MonthTerms[]> {
    const [terms] = await this.termsOfAll([order], asOfMs);
    if (terms === undefined) throw new RangeError('an order had no terms');
    return terms;
  }

  async termsOfAll(orders: readonly Order[], asOfMs: number): Promise<MonthTerms[][]> {
    const seals = await Seals.read(this.#db, orders, asOfMs);
    return orders.map((order) => {
      const plan = planOrder(order, this.#registry);
      return plan.contract.months.map((month) => {
        const admittedMs = seals.admittedMs(plan, month);
        const countedUntilMs = countsUntil(month, plan.programme.graceDays, admittedMs);
        return { countedUntilMs, version: versionOf(month, plan.solution, seals.of(order, month)) };
      });
    });
  }

  revisionsOf(order: Order, month: number, untilMs: number): Promise<MonthRevision[]> {
    return revisionsOf(this.#db, order.orderId, month, untilMs);
  }
}

function allMonths(plans: readonly OrderPlan[]) {
  return plans.flatMap((plan) => plan.contract.months.map((month) => ({ plan, month })));
}
