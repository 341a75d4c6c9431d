import { findingsOfUse } from '../core/authenticity/find.ts';
import type { Finding } from '../core/month.ts';
import type { RegistryView } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { type DecidedMonth, EvidenceReader } from './evidence.ts';
import type { OrderPlan } from './plans.ts';

/**
 * The findings of months. What firms of one vendor share is read once, however many months are
 * asked for; make one for each closing.
 */
export class MonthFinder {
  readonly #registry: RegistryView;
  readonly #evidence: EvidenceReader;

  constructor({ db, registry }: { readonly db: Database; readonly registry: RegistryView }) {
    this.#registry = registry;
    this.#evidence = new EvidenceReader(db, registry);
  }

  /** In the order asked; each by the events that its decision was made by. */
  async findingsOf(months: readonly DecidedMonth[], asOfMs: number): Promise<Finding[][]> {
    const evidence = await this.#evidence.read(months, asOfMs);
    return months.map((month) => {
      const registered = RULES.flatMap((rule) => rule(month.plan, this.#registry) ?? []);
      const of = evidence.get(month);
      return [...registered, ...(of === undefined ? [] : findingsOfUse(of))];
    });
  }
}

/** A check of the registry: a finding, or null. It never decides alone; `high` asks for a person. */
type RegistryRule = (plan: OrderPlan, registry: RegistryView) => Finding | null;

/** A vendor may not use points on its own solution [000 八(一)]. */
const vendorIsCustomer: RegistryRule = (plan, registry) => {
  const vendor = registry.vendor(plan.order.vendorId);
  if (vendor === undefined || vendor.taxId !== plan.order.smeId) return null;
  return {
    code: 'vendor_is_customer',
    severity: 'high',
    explanation: 'The firm and the vendor of the solution have the same unified business number.',
    figures: { taxId: vendor.taxId },
  };
};

/** Points are for new customers [000 八(一); 001 八(二); 002 捌 四(三)1]; shown, never held. */
const existingCustomer: RegistryRule = (plan, registry) => {
  const { order } = plan;
  const before = registry
    .ordersOfSme(order.smeId)
    .filter((o) => o.solutionId === order.solutionId && o.contractStart < order.contractStart);
  if (before.length === 0) return null;
  return {
    code: 'existing_customer',
    severity: 'low',
    explanation: 'The firm had an earlier order for the solution.',
    figures: { earlierOrders: before.length },
  };
};

const RULES: readonly RegistryRule[] = [vendorIsCustomer, existingCustomer];
