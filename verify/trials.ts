import { type Calibration, calibrate, type TrialMonth } from '../core/calibration.ts';
import { graceEnd } from '../core/judge.ts';
import type { MonthReader, RuleTrials } from '../core/ports.ts';
import {
  type Order,
  type RegistryView,
  type Solution,
  type SolutionVersion,
  versionInForce,
} from '../core/registry.ts';
import { dateOf } from '../core/time.ts';
import { compareRules, proposedVersion, type RuleProposal, type WhatIf } from '../core/whatIf.ts';
import type { Database } from '../store/clickhouse.ts';
import { computeMonths } from './compute.ts';
import { type OrderPlan, planOrder } from './plans.ts';
import { Seals, versionOf } from './seals.ts';

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
    const trials = await this.#judge(this.#ordersOf(solution), () => version, asOfMs);
    return { version, calibration: calibrate(version.normalFlow, trials) };
  }

  async whatIf(solution: Solution, proposal: RuleProposal, asOfMs: number): Promise<WhatIf> {
    const proposed = new Map<SolutionVersion, SolutionVersion>();
    const versionFor = (own: SolutionVersion) => {
      const version = proposed.get(own) ?? proposedVersion(own, proposal);
      // One for all months of a version: what counts is then looked at once.
      proposed.set(own, version);
      return version;
    };
    const orders = this.#ordersOf(solution);
    const trials = await this.#judge(orders, versionFor, asOfMs);
    const answers = await this.#months.monthsOf(orders, asOfMs);
    const standing = answers.flatMap(({ order, months }) =>
      months
        .filter((m) => m.state !== 'open' && m.state !== 'pending')
        .map((m) => ({ orderId: order.orderId, ...m })),
    );
    return compareRules(standing, trials);
  }

  /**
   * A reopened month by the same events as it stands by, late ones too.
   * @param versionFor what judges a month in place of the version that judged it
   */
  async #judge(
    orders: readonly Order[],
    versionFor: (own: SolutionVersion) => SolutionVersion,
    asOfMs: number,
  ): Promise<TrialMonth[]> {
    const seals = await Seals.read(this.#db, orders, asOfMs);
    const asked = orders
      .map((order) => planOrder(order, this.#registry))
      .flatMap((plan) =>
        plan.contract.months
          .filter((month) => graceEnd(month, plan.programme.graceDays) <= asOfMs)
          .map((month) => {
            const version = versionFor(
              versionOf(month, plan.solution, seals.of(plan.order, month)),
            );
            const admittedMs = seals.admittedMs(plan, month);
            return { plan: planUnder(plan, version), month, admittedMs };
          }),
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

  #ordersOf(solution: Solution): Order[] {
    return [...this.#registry.orders()]
      .filter((o) => o.solutionId === solution.solutionId)
      .sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  }
}

function planUnder(plan: OrderPlan, version: SolutionVersion): OrderPlan {
  return { ...plan, solution: { ...plan.solution, versions: [version] } };
}
