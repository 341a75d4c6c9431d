import type { RegistryEntry } from '../../core/entries.ts';
import { registryEntrySchema } from '../../core/entries.ts';
import type { NormalFlow } from '../../core/normalFlow.ts';
import { isTaxId } from '../../core/taxId.ts';
import { addDays, addMonths, type CivilDate, civilDate } from '../../core/time.ts';

/**
 * The shape of a national month, the same at every run: a few solutions with very many firms and a
 * long tail of small ones, contracts that begin on any of 28 days, and exactly one month of each
 * order that is due.
 */
export interface National {
  readonly orders: readonly NationalOrder[];
  readonly entries: readonly RegistryEntry[];
}

export interface NationalOrder {
  readonly orderId: string;
  readonly vendorId: string;
  readonly solutionId: string;
  readonly smeId: string;
  /** The due month. */
  readonly start: CivilDate;
  readonly endExclusive: CivilDate;
}

/** Every order's first month is due then, and no other month of any. */
export const AS_OF = civilDate('2023-06-06');
/** What every solution declares beside the standard interactions. */
export const DECLARED_INTERACTIONS = ['print'];
const FIRST_START = civilDate('2023-04-01');
const START_DAYS = 28;
/** A prime, so that orders asked one after the other lie far apart. */
const STEP_BETWEEN_ORDERS = 104_729;
const ORDERS_PER_SOLUTION = 400;
const SOLUTIONS_PER_VENDOR = 2;

/** So many of the orders' ids, from all over the table. */
export function ordersNamed(count: number, orders: number): string[] {
  return Array.from({ length: count }, (_, i) => `order-${(i * STEP_BETWEEN_ORDERS) % orders}`);
}

export function nationalOf(orderCount: number): National {
  const sizes = solutionSizes(orderCount);
  const taxIds = taxIdsFrom(10_000_000);
  const entries: RegistryEntry[] = [];
  const orders: NationalOrder[] = [];
  sizes.forEach((size, k) => {
    const vendorId = `vendor-${Math.floor(k / SOLUTIONS_PER_VENDOR)}`;
    const solutionId = `solution-${k}`;
    if (k % SOLUTIONS_PER_VENDOR === 0) entries.push(vendorEntry(vendorId, nextOf(taxIds)));
    entries.push(solutionEntry(solutionId, vendorId, RULES[k % RULES.length] ?? WEEKLY));
    for (let i = 0; i < size; i += 1) {
      const order = orderOf(orders.length, { vendorId, solutionId, smeId: nextOf(taxIds) });
      entries.push(smeEntry(order.smeId), orderEntry(order));
      orders.push(order);
    }
  });
  return { orders, entries };
}

function orderOf(
  n: number,
  of: Pick<NationalOrder, 'vendorId' | 'solutionId' | 'smeId'>,
): NationalOrder {
  const start = addDays(FIRST_START, (n * 11) % START_DAYS);
  return { ...of, orderId: `order-${n}`, start, endExclusive: addMonths(start, 1) };
}

/** By the harmonic law: of 500 solutions the first has 15% of the orders, the last a few dozen. */
function solutionSizes(orderCount: number): number[] {
  const count = Math.max(1, Math.round(orderCount / ORDERS_PER_SOLUTION));
  const weights = Array.from({ length: count }, (_, k) => 1 / (k + 1));
  const whole = weights.reduce((sum, w) => sum + w, 0);
  const sizes = weights.map((w) => Math.max(1, Math.floor((orderCount * w) / whole)));
  const given = sizes.slice(1).reduce((sum, n) => sum + n, 0);
  return [Math.max(0, orderCount - given), ...sizes.slice(1)];
}

/** Unified business numbers, each once. */
function* taxIdsFrom(first: number): Generator<string, never> {
  for (let n = first; ; n += 1) if (isTaxId(String(n))) yield String(n);
}

function nextOf(taxIds: Generator<string, never>): string {
  return taxIds.next().value;
}

const WEEKLY: NormalFlow = { allOf: [{ metric: 'interactions', per: 'week', atLeast: 20 }] };
/** Of five solutions: three weekly, one monthly, one of two criteria with actions of its own. */
const RULES: readonly NormalFlow[] = [
  WEEKLY,
  { allOf: [{ metric: 'logins', per: 'week', atLeast: 3, in: 3 }] },
  { allOf: [{ metric: 'interactions', per: 'month', atLeast: 100 }] },
  WEEKLY,
  {
    anyOf: [
      { metric: 'activeUsers', per: 'week', atLeast: 2 },
      { metric: 'interactions', actions: ['create', 'print'], per: 'month', atLeast: 40 },
    ],
  },
];

function vendorEntry(id: string, taxId: string): RegistryEntry {
  return registryEntrySchema.parse({ kind: 'vendor', id, body: { name: `Vendor ${id}`, taxId } });
}

function smeEntry(id: string): RegistryEntry {
  return { kind: 'sme', id, body: { name: `企業 ${id}` } };
}

function solutionEntry(id: string, vendorId: string, normalFlow: NormalFlow): RegistryEntry {
  const body = {
    vendorId,
    name: `Solution ${id}`,
    usagePlan: '主要使用：新增、列印',
    interactions: [...DECLARED_INTERACTIONS],
    normalFlow,
    effectiveFrom: '2020-01-01',
  };
  return registryEntrySchema.parse({ kind: 'solution', id, body });
}

function orderEntry(order: NationalOrder): RegistryEntry {
  const { orderId, vendorId, solutionId, smeId, start } = order;
  return {
    kind: 'order',
    id: orderId,
    body: {
      programme: 'tcloud-2023',
      vendorId,
      solutionId,
      smeId,
      contractStart: start,
      contractMonths: 6,
      priceTwd: 24_000,
      pointsTwd: 12_000,
    },
  };
}
