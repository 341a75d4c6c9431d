import type { ContractMonth } from '../core/contract.ts';
import type { NormalFlow } from '../core/normalFlow.ts';
import type { SilentFirm, WarningReader } from '../core/ports.ts';
import { type Order, type RegistryView, versionInForce } from '../core/registry.ts';
import { DAY_MS, startOfDay } from '../core/time.ts';
import { runningMonthOf, silenceOf, silentDaysAsked } from '../core/warning.ts';
import type { Database } from '../store/clickhouse.ts';
import { lastUses } from '../store/lastUse.ts';
import { computeMonths } from './compute.ts';
import { type OrderPlan, planOrder } from './plans.ts';

/** An order inside a contract month, and the rule that judges it. */
interface Running {
  readonly plan: OrderPlan;
  readonly month: ContractMonth;
  readonly rule: NormalFlow;
}

/** Finds the firms that go silent inside a running month. Nothing is written. */
export class Warnings implements WarningReader {
  readonly #db: Database;
  readonly #registry: RegistryView;

  constructor(db: Database, registry: RegistryView) {
    this.#db = db;
    this.#registry = registry;
  }

  async silentAmong(orders: readonly Order[], asOfMs: number): Promise<SilentFirm[]> {
    const running = orders.flatMap((order) => {
      const plan = planOrder(order, this.#registry);
      const month = runningMonthOf(plan.contract.months, asOfMs);
      if (month === undefined) return [];
      return [{ plan, month, rule: versionInForce(plan.solution, month.start).normalFlow }];
    });
    const quiet = await this.#quietOf(running, asOfMs);
    const decisions = await computeMonths(this.#db, quiet, asOfMs);
    return quiet.flatMap(({ plan, rule, lastUseMs }, i) => {
      const decision = decisions[i];
      if (decision === undefined) throw new RangeError('a running month was not computed');
      const { contract, order } = plan;
      const contractStart = contract.start;
      const silence = silenceOf({ decision, rule, contractStart, lastUseMs }, asOfMs);
      const { totals, criteria } = decision;
      return silence === null ? [] : [{ order, ...silence, totals, criteria }];
    });
  }

  /** Who had no use lately: few enough that their months are worth counting. */
  async #quietOf(running: readonly Running[], asOfMs: number) {
    const spans = running.map(({ plan }) => ({
      solutionId: plan.order.solutionId,
      smeId: plan.order.smeId,
      startMs: startOfDay(plan.contract.start),
      endExclusiveMs: asOfMs,
    }));
    const last = await lastUses(this.#db, spans, asOfMs);
    return running
      .map((r, i) => ({ ...r, lastUseMs: last[i] ?? null }))
      .filter((r) => (r.lastUseMs ?? 0) <= asOfMs - silentDaysAsked(r.rule, asOfMs) * DAY_MS);
  }
}
