import { graceEnd } from '../core/judge.ts';
import { BROKEN_ORDERS_NAMED_MAX, ORDERS_PER_SEAL_MAX, SEAL_DELAY_MS } from '../core/limits.ts';
import type { Finding, MonthDecision, MonthState } from '../core/month.ts';
import { type Order, versionInForce } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { MonthResult } from '../store/monthResults.ts';
import { PartlyDone } from '../store/queues.ts';
import { computeMonths, type MonthOfOrder } from './compute.ts';
import { MonthFinder } from './findings.ts';
import { Looks } from './looked.ts';
import { planOrder } from './plans.ts';
import { type SealedMonth, toResult } from './sealed.ts';
import { type SealingDependencies, sealInTurn } from './sealInTurn.ts';
import { SealSpans } from './sealSpans.ts';

export interface Closing {
  readonly verificationId: string;
  /** Months whose grace ended at or before this instant are sealed. */
  readonly asOfMs: number;
  /** When the seals say they were made. */
  readonly sealedAtMs: number;
  readonly simulated: boolean;
  /** Everything received before this instant is in the store. */
  readonly loadedUntilMs: number;
}

/**
 * Seals what is due of some orders: computes, finds, and writes each due month once. Asked again it
 * finds the months sealed and writes nothing; killed in the middle, the next asking does the rest.
 * An order with a seal that differs from its digest is left out, and told when all others are done.
 * @param finder the same for all jobs of a verification: what a vendor's firms share is read once
 * @returns how many months were sealed
 * @throws PartlyDone names the orders that were left out
 */
export async function closeOrders(
  deps: SealingDependencies,
  orders: readonly Order[],
  closing: Closing,
  finder: MonthFinder = new MonthFinder(deps),
): Promise<number> {
  const broken: BrokenOrders = new Map();
  let sealed = 0;
  let next = 0;
  const lane = async () => {
    while (next < orders.length) {
      const step = orders.slice(next, next + ORDERS_PER_SEAL_MAX);
      next += ORDERS_PER_SEAL_MAX;
      try {
        // Added when it has ended: the other lane adds meanwhile.
        const ofStep = await sealInTurn(deps, step, (asked) =>
          dueResults(deps, asked, { closing, finder, broken }),
        );
        sealed += ofStep;
      } catch (error) {
        next = orders.length;
        throw error;
      }
    }
  };
  // One step is counted while another is judged. All have ended before a failure is told: what is
  // tried again meets no insert that still runs.
  const lanes = await Promise.allSettled(Array.from({ length: STEPS_AT_ONCE }, lane));
  const failed = lanes.find((l) => l.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (broken.size > 0) throw new PartlyDone(textOf(broken), orders.length - broken.size);
  return sealed;
}

/** The month of each whose seal differs from its digest. */
type BrokenOrders = Map<string, number>;

function textOf(broken: BrokenOrders): string {
  const texts = [...broken].map(([id, month]) => `month ${month} of ${id} differs from its digest`);
  const named = texts.sort().slice(0, BROKEN_ORDERS_NAMED_MAX);
  const more = texts.length - named.length;
  return `left unsealed: ${named.join(', ')}${more === 0 ? '' : `, and ${more} more`}`;
}

/** The engine counts and this process judges: two keep both at work. */
const STEPS_AT_ONCE = 2;

interface DueAsked {
  readonly closing: Closing;
  readonly finder: MonthFinder;
  /** Takes in what is left out. */
  readonly broken: BrokenOrders;
}

async function dueResults(
  deps: SealingDependencies,
  orders: readonly Order[],
  { closing, finder, broken }: DueAsked,
): Promise<MonthResult[]> {
  const dueUntilMs = dueUntil(closing);
  const seals = await SealSpans.read(deps.db, orders);
  for (const order of orders) {
    const month = seals.brokenMonthOf(order);
    if (month !== undefined) broken.set(order.orderId, month);
  }
  const due = orders
    .filter((order) => !broken.has(order.orderId))
    .map((order) => planOrder(order, deps.registry))
    .flatMap((plan) =>
      plan.contract.months
        .filter((month) => graceEnd(month, plan.programme.graceDays) <= dueUntilMs)
        .filter((month) => !seals.has(plan.order, month))
        .map((month) => ({ plan, month, ...seals.nextOf(plan, month) })),
    )
    // As of a day before late events were admitted, the seal would leave them out.
    .filter(({ admittedMs = 0 }) => admittedMs <= dueUntilMs);
  return sealedResults(deps, due, closing, finder);
}

/** A month to be sealed, and the seal before it. */
export interface MonthToSeal extends MonthOfOrder {
  readonly revision: number;
  /** The digest of the revision before. */
  readonly previous?: string;
}

/** Computes, finds and seals; the one way to a seal, of a closing and of a reopening. */
export async function sealedResults(
  deps: SealingDependencies,
  asked: readonly MonthToSeal[],
  closing: Omit<Closing, 'loadedUntilMs'>,
  finder: MonthFinder = new MonthFinder(deps),
): Promise<MonthResult[]> {
  const screen = await finder.prepare(asked);
  const looked = new Set<number>();
  const { asOfMs } = closing;
  const looks = new Looks(asOfMs);
  const decisions = await computeMonths(deps.db, asked, asOfMs, (i, decision, of) => {
    const month = asked[i];
    if (month !== undefined && screen.isWorthALook({ ...month, decision }, looks, of)) {
      looked.add(i);
    }
  });
  const decided = asked.map((month, i) => {
    const decision = decisions[i];
    if (decision === undefined) throw new RangeError('a due month was not computed');
    return { ...month, decision, isWorthALook: looked.has(i) };
  });
  const findings = await finder.findingsOf(decided, screen, asOfMs);
  return decided.map((month, i) =>
    toResult(sealedMonth(month, month.decision, findings[i] ?? [], closing), closing),
  );
}

/** With the real clock the last moments of a grace must have been stored before it is sealed. */
function dueUntil({ asOfMs, sealedAtMs, simulated, loadedUntilMs }: Closing): number {
  return simulated ? asOfMs : Math.min(asOfMs, sealedAtMs - SEAL_DELAY_MS, loadedUntilMs);
}

function sealedMonth(
  { plan, revision, previous, admittedMs }: MonthToSeal,
  decision: MonthDecision,
  findings: readonly Finding[],
  closing: Pick<Closing, 'simulated'>,
): SealedMonth {
  const { month, start, endExclusive, totals, criteria } = decision;
  return {
    orderId: plan.order.orderId,
    month,
    start,
    endExclusive,
    revision,
    rulesVersion: plan.programme.rulesVersion,
    ruleFrom: versionInForce(plan.solution, start).effectiveFrom,
    state: heldState(decision, findings),
    totals,
    criteria,
    findings,
    simulated: closing.simulated,
    ...(previous === undefined ? {} : { previous }),
    ...(admittedMs === undefined ? {} : { countedUntil: formatInstant(admittedMs) }),
  };
}

/** A finding of high severity asks for a person before the month counts. */
function heldState(month: MonthDecision, findings: MonthDecision['findings']): MonthState {
  const high = findings.some((f) => f.severity === 'high');
  return month.state === 'met' && high ? 'held' : month.state;
}
