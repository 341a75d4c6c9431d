import type { Finding } from '../core/month.ts';
import type { RegistryView } from '../core/registry.ts';
import type { OrderPlan } from './plans.ts';

/** What a finding may look at. */
export interface FindingContext {
  readonly plan: OrderPlan;
  readonly month: number;
  readonly registry: RegistryView;
}

/** An authenticity check: a finding, or null. It never decides alone; `high` asks for a person. */
export type FindingRule = (context: FindingContext) => Finding | null;

export function findingsOf(context: FindingContext): Finding[] {
  return RULES.flatMap((rule) => rule(context) ?? []);
}

/** A vendor may not use points on its own solution [000 八(一)]. */
const vendorIsCustomer: FindingRule = ({ plan, registry }) => {
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
const existingCustomer: FindingRule = ({ plan, registry }) => {
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

const RULES: readonly FindingRule[] = [vendorIsCustomer, existingCustomer];
