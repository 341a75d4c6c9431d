import { setImmediate } from 'node:timers/promises';
import { existingCustomer, idConflicts } from '../core/authenticity/beside.ts';
import { findingsOfUse } from '../core/authenticity/find.ts';
import { countsUntil } from '../core/judge.ts';
import { OLDEST_EVENT_DATE } from '../core/limits.ts';
import type { Finding } from '../core/month.ts';
import type { RegistryView } from '../core/registry.ts';
import { civilDate, startOfDay } from '../core/time.ts';
import { countConflicts, type FirmSpan, readSpanUses } from '../store/besideUse.ts';
import type { Database } from '../store/clickhouse.ts';
import type { MonthOfOrder } from './compute.ts';
import { EvidenceReader, type Screen } from './evidence.ts';
import type { DecidedMonth } from './looked.ts';
import type { OrderPlan } from './plans.ts';

/** A month that was decided; the screen said whether a look at its events is worth it. */
export interface ScreenedMonth extends DecidedMonth {
  readonly isWorthALook: boolean;
}

/**
 * The findings of months. What firms of one vendor share is read once, however many months are
 * asked for; make one for each closing.
 */
export class MonthFinder {
  readonly #db: Database;
  readonly #registry: RegistryView;
  readonly #evidence: EvidenceReader;

  constructor({ db, registry }: { readonly db: Database; readonly registry: RegistryView }) {
    this.#db = db;
    this.#registry = registry;
    this.#evidence = new EvidenceReader(db, registry);
  }

  /** Before months are decided: the screen that says of which the events are read. */
  prepare(months: readonly MonthOfOrder[]): Promise<Screen> {
    return this.#evidence.prepare(months);
  }

  /** In the order asked; each by the events that its decision was made by. */
  async findingsOf(
    months: readonly ScreenedMonth[],
    screen: Screen,
    asOfMs: number,
  ): Promise<Finding[][]> {
    const found = new Map<DecidedMonth, Finding[]>();
    const looked = months.filter((month) => month.isWorthALook);
    const spans = months.map((month) => ownSpan(month, asOfMs));
    const [conflicts, usesBefore] = await Promise.all([
      countConflicts(this.#db, spans),
      readSpanUses(
        this.#db,
        spans.map((span, i) => ({ ...span, ...beforeContract(months[i]) })),
      ),
      this.#evidence.read(looked, screen, asOfMs, async (month, evidence) => {
        found.set(month, findingsOfUse(evidence));
        // Requests are answered between, and the queue hears that the job is not dead.
        await setImmediate();
      }),
    ]);
    return months.map((month, i) => {
      const { events = 0, firstMs = null } = usesBefore[i] ?? {};
      const earlierOrders = earlierOrdersOf(month.plan, this.#registry);
      return [
        vendorIsCustomer(month.plan, this.#registry),
        existingCustomer({ earlierOrders, uses: events, firstUseMs: firstMs }),
        idConflicts(conflicts[i] ?? 0),
        ...(found.get(month) ?? []),
      ].flatMap((finding) => finding ?? []);
    });
  }
}

/** A vendor may not use points on its own solution [000 八(一)]. */
function vendorIsCustomer({ order }: OrderPlan, registry: RegistryView): Finding | null {
  const vendor = registry.vendor(order.vendorId);
  if (vendor === undefined || vendor.taxId !== order.smeId) return null;
  return {
    code: 'vendor_is_customer',
    severity: 'high',
    explanation:
      '企業與方案廠商為同一統一編號。 The firm and the vendor of the solution have the same unified business number.',
    figures: { taxId: vendor.taxId },
  };
}

function earlierOrdersOf({ order }: OrderPlan, registry: RegistryView): number {
  return registry
    .ordersOfSme(order.smeId)
    .filter((o) => o.solutionId === order.solutionId && o.contractStart < order.contractStart)
    .length;
}

function ownSpan({ plan, decision, admittedMs }: DecidedMonth, asOfMs: number): FirmSpan {
  const { vendorId, solutionId, smeId } = plan.order;
  return {
    vendorId,
    solutionId,
    smeId,
    startMs: startOfDay(decision.start),
    endExclusiveMs: startOfDay(decision.endExclusive),
    receivedBeforeMs: Math.min(asOfMs, countsUntil(decision, plan.programme.graceDays, admittedMs)),
  };
}

function beforeContract(month: DecidedMonth | undefined) {
  if (month === undefined) throw new RangeError('a span without its month');
  return {
    startMs: startOfDay(civilDate(OLDEST_EVENT_DATE)),
    endExclusiveMs: startOfDay(month.plan.order.contractStart),
  };
}
