import { type Contract, type ContractWeek, contractOf, weeksOf } from '../core/contract.ts';
import { FlowproofError } from '../core/errors.ts';
import { graceEnd, type MonthPlan, planMonth } from '../core/judge.ts';
import { programmeOf } from '../core/programmes/index.ts';
import type { Programme } from '../core/programmes/types.ts';
import { type Order, type RegistryView, type Solution, versionInForce } from '../core/registry.ts';

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
  const contract = contractOf(order);
  return {
    order,
    programme: programmeOf(order.programme),
    solution,
    contract,
    weeks: weeksOf(contract),
  };
}

/** What one month is judged on, from the events received before asOf and its grace's end. */
export function planMonthOf(plan: OrderPlan, month: number, asOfMs: number): MonthPlan {
  const contractMonth = plan.contract.months[month - 1];
  if (contractMonth === undefined) throw new RangeError(`the contract has no month ${month}`);
  const receivedBeforeMs = Math.min(asOfMs, graceEnd(contractMonth, plan.programme.graceDays));
  const version = versionInForce(plan.solution, contractMonth.start);
  return planMonth(contractMonth, plan.weeks, version, receivedBeforeMs);
}
