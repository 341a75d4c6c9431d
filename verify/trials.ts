import { type Calibration, calibrate, type TrialMonth } from '../core/calibration.ts';
import { graceEnd } from '../core/judge.ts';
import type { NormalFlow } from '../core/normalFlow.ts';
import type { MonthReader, RuleTrials } from '../core/ports.ts';
import {
  type Order,
  type RegistryView,
  type Solution,
  type SolutionVersion,
  versionInForce,
} from '../core/registry.ts';
import { dateOf } from '../core/time.ts';
import { compareRules, type WhatIf } from '../core/whatIf.ts';
import type { Database } from '../store/clickhouse.ts';
import { computeMonths } from './compute.ts';
import { type OrderPlan, planOrder } from './plans.ts';
import { Seals } from './seals.ts';

/** Past months of a solution judged under one rule, whatever was in force: read, never written. */
export class Trials implements RuleTrials {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #months: MonthReader;

  constructor(db: Database, registry: RegistryView, months: MonthReader) {
    this.#db = db;
    this.#registry = registry;
    this.#months = months;
  }

  async calibrationOf(
    solution: Solution,
    asOfMs: number,
  ): Promise<{ readonly version: SolutionVersion; readonly calibration: Calibration }> {
    const version = versionInForce(solution, dateOf(asOfMs));
    const trials = await this.#judge(this.#ordersOf(solution), version, asOfMs);
    return { version, calibration: calibrate(version.normalFlow, trials) };
  }

  async whatIf(
    solution: Solution,
    proposal: { readonly normalFlow: NormalFlow; readonly interactions: readonly string[] | null },
    asOfMs: number,
  ): Promise<WhatIf> {
    const inForce = versionInForce(solution, dateOf(asOfMs));
    const version = {
      ...inForce,
      normalFlow: proposal.normalFlow,
      interactions: [...(proposal.interactions ?? inForce.interactions)],
    };
    const orders = this.#ordersOf(solution);
    const trials = await this.#judge(orders, version, asOfMs);
    const answers = await this.#months.monthsOf(orders, asOfMs);
    const standing = answers.flatMap(({ order, months }) =>
      months
        .filter((m) => m.state !== 'open' && m.state !== 'pending')
        .map((m) => ({ orderId: order.orderId, ...m })),
    );
    return compareRules(standing, trials);
  }

  /** A reopened month by the same events as it stands by, late ones too. */
  async #judge(
    orders: readonly Order[],
    version: SolutionVersion,
    asOfMs: number,
  ): Promise<TrialMonth[]> {
    const seals = await Seals.read(this.#db, orders, asOfMs);
    const asked = orders
      .map((order) => this.#planUnder(order, version))
      .flatMap((plan) =>
        plan.contract.months
          .filter((month) => graceEnd(month, plan.programme.graceDays) <= asOfMs)
          .map((month) => ({ plan, month, countedUntilMs: seals.countedUntilMs(plan, month) })),
      );
    const decided = await computeMonths(this.#db, asked, asOfMs);
    return decided.map(({ month, state, totals, criteria }, i) => {
      const orderId = asked[i]?.plan.order.orderId ?? '';
      if (state !== 'met' && state !== 'short' && state !== 'silent') {
        throw new RangeError('a month that ended with its grace was not decided');
      }
      return { orderId, month, state, totals, criteria };
    });
  }

  #planUnder(order: Order, version: SolutionVersion): OrderPlan {
    const plan = planOrder(order, this.#registry);
    return { ...plan, solution: { ...plan.solution, versions: [version] } };
  }

  #ordersOf(solution: Solution): Order[] {
    return [...this.#registry.orders()]
      .filter((o) => o.solutionId === solution.solutionId)
      .sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  }
}
