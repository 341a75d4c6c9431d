import {
  type Contract,
  type ContractMonth,
  type ContractWeek,
  contractOf,
  earlyEndOf,
  weeksOf,
} from '../core/contract.ts';
import { FlowproofError } from '../core/errors.ts';
import { countsUntil, type MonthPlan, planMonth } from '../core/judge.ts';
import { programmeOf } from '../core/programmes/index.ts';
import type { Programme } from '../core/programmes/types.ts';
import {
  type Order,
  type RegistryView,
  type Solution,
  type SolutionVersion,
  versionInForce,
} from '../core/registry.ts';

/** An order with all that its months are judged by. */
export interface OrderPlan {
  readonly order: Order;
  readonly programme: Programme;
  readonly solution: Solution;
  readonly contract: Contract;
  readonly weeks: readonly ContractWeek[];
}

export function planOrder(order: Order, registry: RegistryView): OrderPlan {
  const solution = registry.solution(order.solutionId);
  if (solution === undefined) {
    throw new FlowproofError('internal_error', 'An order names a solution that is not registered.');
  }
  return { order, programme: programmeOf(order.programme), solution, ...calendarOf(order) };
}

/** A contract with its weeks. */
type Calendar = Pick<OrderPlan, 'contract' | 'weeks'>;

/** Of a national registry's orders most share their terms with thousands of others. */
const CALENDARS_MAX = 10_000;
const calendars = new Map<string, Calendar>();

/** The same for the same terms. */
function calendarOf(order: Order): Calendar {
  const key = `${order.contractStart} ${order.contractMonths} ${earlyEndOf(order)}`;
  const known = calendars.get(key);
  if (known !== undefined) return known;
  const contract = contractOf(order);
  const calendar = { contract, weeks: weeksOf(contract) };
  if (calendars.size >= CALENDARS_MAX) calendars.clear();
  calendars.set(key, calendar);
  return calendar;
}

/** The plans of months as of one instant, the same for orders of the same terms and version. */
export class MonthPlans {
  readonly #asOfMs: number;
  readonly #plans = new Map<Contract, Map<SolutionVersion, Map<string, MonthPlan>>>();

  constructor(asOfMs: number) {
    this.#asOfMs = asOfMs;
  }

  /** @param admittedMs see `planMonthOf` */
  of(plan: OrderPlan, month: number, admittedMs?: number): MonthPlan {
    const contractMonth = contractMonthOf(plan, month);
    const version = versionInForce(plan.solution, contractMonth.start);
    const ofContract = this.#plans.get(plan.contract) ?? new Map();
    const ofVersion = ofContract.get(version) ?? new Map<string, MonthPlan>();
    const key = `${month} ${plan.programme.graceDays} ${admittedMs}`;
    const known = ofVersion.get(key);
    if (known !== undefined) return known;
    const made = planMonthOf(plan, month, this.#asOfMs, admittedMs);
    this.#plans.set(plan.contract, ofContract.set(version, ofVersion.set(key, made)));
    return made;
  }
}

/**
 * What one month is judged on, from the events received before asOf and its grace's end.
 * @param admittedMs late events that were received before it count: see `admittedMsOf`
 */
export function planMonthOf(
  plan: OrderPlan,
  month: number,
  asOfMs: number,
  admittedMs?: number,
): MonthPlan {
  const contractMonth = contractMonthOf(plan, month);
  const untilMs = countsUntil(contractMonth, plan.programme.graceDays, admittedMs);
  const receivedBeforeMs = Math.min(asOfMs, untilMs);
  const version = versionInForce(plan.solution, contractMonth.start);
  return planMonth(contractMonth, plan.weeks, version, receivedBeforeMs);
}

function contractMonthOf(plan: OrderPlan, month: number): ContractMonth {
  const contractMonth = plan.contract.months[month - 1];
  if (contractMonth === undefined) throw new RangeError(`the contract has no month ${month}`);
  return contractMonth;
}
