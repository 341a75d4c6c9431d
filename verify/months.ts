import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical.ts';
import type { ChartWeek, UsageChart } from '../core/chart.ts';
import type { MonthDecision } from '../core/month.ts';
import type { MonthReader, OrderMonths } from '../core/ports.ts';
import { type Order, type RegistryView, versionInForce } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { computeMonths } from './compute.ts';
import { countAll } from './counting.ts';
import { planMonthOf, planOrder } from './plans.ts';
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

  async monthsOf(orders: readonly Order[], asOfMs: number): Promise<OrderMonths[]> {
    const seals = await Seals.read(this.#db, orders, asOfMs);
    const plans = orders.map((order) => planOrder(order, this.#registry));
    const asked = plans.flatMap((plan) =>
      plan.contract.months
        .filter((month) => seals.of(plan.order, month) === undefined)
        .map((month) => ({ plan, month })),
    );
    const computed = await computeMonths(this.#db, asked, asOfMs);
    const byMonth = new Map(
      asked.map(({ plan, month }, i) => [`${plan.order.orderId} ${month.month}`, computed[i]]),
    );
    return plans.map((plan) => {
      const { order } = plan;
      const months = plan.contract.months.map((month) => {
        const seal = seals.of(order, month);
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
    const plan = planOrder(order, this.#registry);
    const [answer] = await this.monthsOf([order], asOfMs);
    const inRange = (m: MonthDecision) =>
      shown === null || (m.month >= shown.from && m.month <= shown.to);
    const months = (answer?.months ?? []).filter(inRange);
    const [first, last] = [months[0], months.at(-1)];
    const allWeeks = await this.weeksOf(order, asOfMs);
    const weeks = allWeeks.filter(
      (w) =>
        first !== undefined &&
        last !== undefined &&
        w.endExclusive > first.start &&
        w.start < last.endExclusive,
    );
    const version = versionInForce(plan.solution, order.contractStart);
    const chart = {
      orderId: order.orderId,
      vendorName: this.#registry.vendor(order.vendorId)?.name ?? order.vendorId,
      solutionName: plan.solution.name,
      smeName: this.#registry.sme(order.smeId)?.name ?? order.smeId,
      smeId: order.smeId,
      usagePlan: version.usagePlan,
      contract: {
        start: plan.contract.start,
        endExclusive: plan.contract.endExclusive,
        contractMonths: plan.contract.contractMonths,
      },
      months: months.map((m) => ({
        month: m.month,
        start: m.start,
        endExclusive: m.endExclusive,
        state: m.state,
        claimable: m.claimable,
        totals: m.totals,
        criteria: m.criteria,
        rule: versionInForce(plan.solution, m.start).normalFlow,
      })),
      weeks,
      totals: {
        logins: sum(months, (m) => m.totals.logins),
        interactions: sum(months, (m) => m.totals.interactions),
        events: sum(months, (m) => m.totals.events),
      },
      claimableMonths: months.filter((m) => m.claimable).length,
      asOf: formatInstant(asOfMs),
      simulated: this.#simulated,
    };
    return { ...chart, digest: createHash('sha256').update(canonicalJson(chart)).digest('hex') };
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

function sum(months: readonly MonthDecision[], of: (m: MonthDecision) => number): number {
  return months.reduce((total, m) => total + of(m), 0);
}
