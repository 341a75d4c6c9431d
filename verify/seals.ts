import type { ContractMonth } from '../core/contract.ts';
import type { MonthDecision } from '../core/month.ts';
import {
  type Order,
  type Solution,
  type SolutionVersion,
  versionInForce,
} from '../core/registry.ts';
import { isClaimable } from '../core/review.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { storeFailure } from '../store/failure.ts';
import { type LatestResult, type MonthResult, readMonthResults } from '../store/monthResults.ts';
import type { OrderPlan } from './plans.ts';
import { admittedMsOf, fromResult, type SealedMonth, sealsSpan } from './sealed.ts';

export interface ReadSeal {
  readonly sealed: SealedMonth;
  readonly result: MonthResult;
}

interface LatestSeal extends ReadSeal {
  readonly result: LatestResult;
}

/** The latest seals of orders' months, read once. */
export class Seals {
  readonly #seals = new Map<string, LatestSeal>();

  private constructor(results: readonly LatestResult[]) {
    for (const result of results) {
      this.#seals.set(key(result.orderId, result.month), { sealed: fromResult(result), result });
    }
  }

  /** @param sealedUntilMs seals made later do not exist yet */
  static async read(
    db: Database,
    orders: readonly Order[],
    sealedUntilMs: number = FOREVER_MS,
  ): Promise<Seals> {
    const ids = orders.map((o) => o.orderId);
    return new Seals(await readMonthResults(db, ids, sealedUntilMs));
  }

  /** The seal of this very month: one of a span that an early end has cut since is none. */
  of(order: Order, month: ContractMonth): ReadSeal | undefined {
    const seal = this.latestOf(order, month.month);
    return seal !== undefined && sealsSpan(seal.sealed, month) ? seal : undefined;
  }

  /** The latest seal of a month under any span: what a person said of it, and admitted, stands on. */
  latestOf(order: Order, month: number): LatestSeal | undefined {
    return this.#seals.get(key(order.orderId, month));
  }

  /** What was received before it counts in the month, by its latest seal: see `admittedMsOf`. */
  admittedMs({ order, programme }: OrderPlan, month: ContractMonth): number | undefined {
    const latest = this.latestOf(order, month.month);
    return latest && admittedMsOf(latest.sealed, month, programme.graceDays);
  }

  /** What the next seal of the month follows on, under any span. */
  nextOf(order: Order, month: number): { readonly revision: number; readonly previous?: string } {
    const result = this.latestOf(order, month)?.result;
    return result === undefined
      ? { revision: 1 }
      : { revision: result.revision + 1, previous: result.digest };
  }
}

/** The answer of a sealed month, before anything was said of it. */
export function decisionOf({ sealed, result }: ReadSeal): MonthDecision {
  const { month, start, endExclusive, state, totals, criteria, findings } = sealed;
  const { sealedAtMs, digest, revision } = result;
  return {
    month,
    start,
    endExclusive,
    state,
    claimable: isClaimable(state, null),
    totals,
    criteria,
    findings,
    seal: { sealedAt: formatInstant(sealedAtMs), digest, revision },
    review: null,
  };
}

/** The version that judged a month: the one that its seal names, else the one in force. */
export function versionOf(
  month: ContractMonth,
  solution: Solution,
  seal: ReadSeal | undefined,
): SolutionVersion {
  const from = seal?.sealed.ruleFrom;
  if (from === undefined) return versionInForce(solution, month.start);
  const version = solution.versions.find((v) => v.effectiveFrom === from);
  if (version !== undefined) return version;
  throw storeFailure(`solution ${solution.solutionId} has no version of ${from}`);
}

/** 9999-12-31: later than every seal. */
const FOREVER_MS = Date.UTC(9999, 11, 31);

function key(orderId: string, month: number): string {
  return `${orderId} ${month}`;
}
