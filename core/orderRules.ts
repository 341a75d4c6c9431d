import { contractOf } from './contract.ts';
import { dayOverCeiling, lapsedPoints } from './firmPoints.ts';
import { programmeOf } from './programmes/index.ts';
import { fractionWords } from './programmes/share.ts';
import type { Programme } from './programmes/types.ts';
import type { Order, RegistryView } from './registry.ts';
import { isTaxId } from './taxId.ts';
import { addDays } from './time.ts';

/** What the registry refuses, and what it admits with a warning. */

export const REFUSAL_CODES = [
  'invalid_tax_id',
  'unknown_vendor',
  'unknown_solution',
  'unknown_sme',
  'unknown_case',
  'closure_and_termination',
  'early_end_before_start',
  'contract_length',
  'points_not_allowed',
  'points_over_half',
  'points_over_ceiling',
  'overlapping_order',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
  /** Source clause, such as `000 二(一)`; null where no document asks for it. */
  readonly source: string | null;
}

/**
 * Everything against an order, empty when it may be stored; the first is the answer. The order may
 * be in the registry already under its id: it never counts against itself.
 */
export function refuseOrder(order: Order, registry: RegistryView): Refusal[] {
  const programme = programmeOf(order.programme);
  const others = othersOf(order, registry).filter((o) => o.programme === order.programme);
  return [
    ...refuseUnknown(order, registry),
    ...refuseEarlyEnd(order),
    ...refuseLength(order, programme),
    ...refusePoints(order, programme, others, registry.order(order.orderId)),
    ...refuseOverlap(order, programme, others),
  ];
}

/** For the bodies of firms and vendors. */
export function refuseTaxId(taxId: string): Refusal[] {
  if (isTaxId(taxId)) return [];
  return [refusal('invalid_tax_id', null, `${taxId} is no valid unified business number`)];
}

/**
 * What is admitted, and said: contract dates outside the programme's period, what must still come
 * for the order to count, and what the firm's other orders speak against. Without a registry only
 * the order itself is looked at.
 */
export function orderWarnings(
  order: Order,
  registry?: Pick<RegistryView, 'sme' | 'ordersOfSme'>,
): string[] {
  const programme = programmeOf(order.programme);
  const warnings = periodWarnings(order, programme);
  if (programme.points === null && order.caseId === null) {
    warnings.push('the order names no case: it is in no roster until it does');
  }
  if (registry !== undefined && registry.sme(order.smeId) === undefined) {
    warnings.push(`the firm ${order.smeId} is not registered: its events are refused until it is`);
  }
  if (registry === undefined) return warnings;
  return [...warnings, ...lapsedWarnings(order, registry), ...exclusionWarnings(order, registry)];
}

/** The order may be in the registry already under its id. */
function othersOf(order: Order, registry: Pick<RegistryView, 'ordersOfSme'>): Order[] {
  return registry.ordersOfSme(order.smeId).filter((o) => o.orderId !== order.orderId);
}

/** Whatever the months: what a firm got elsewhere is not looked at by its days (decision). */
function exclusionWarnings(order: Order, registry: Pick<RegistryView, 'ordersOfSme'>): string[] {
  return othersOf(order, registry).flatMap(({ orderId, programme }) => {
    const clauses = [
      clauseExcluding(order.programme, programme),
      clauseExcluding(programme, order.programme),
    ];
    const sources = clauses.filter((c) => c !== null).sort();
    if (sources.length === 0) return [];
    const named = `(${sources.join('; ')})`;
    return [
      `the firm has order ${orderId} of ${programme}, which excludes ${order.programme} ${named}`,
    ];
  });
}

function clauseExcluding(id: Order['programme'], other: Order['programme']): string | null {
  const { excludes } = programmeOf(id);
  return excludes?.value.includes(other) === true ? excludes.source : null;
}

function lapsedWarnings(
  order: Order,
  registry: Pick<RegistryView, 'sme' | 'ordersOfSme'>,
): string[] {
  const rule = programmeOf(order.programme).points;
  if (rule === null) return [];
  const others = othersOf(order, registry).filter((o) => o.programme === order.programme);
  const sme = registry.sme(order.smeId) ?? { pointsIssuedOn: null };
  const lapsed = lapsedPoints(order, others, sme, rule.perSmeMax.value);
  return lapsed.map(
    ({ orderId, usableUntil, source }) =>
      `the contract starts after ${usableUntil}, the last day on which the points that order ` +
      `${orderId} returned may be used (${source})`,
  );
}

/**
 * Whether a change would alter sealed months. Closure, termination, attachments and caseId may come
 * at any time; money is no part of a month.
 */
export function sealedTermsChanged(before: Order, after: Order): boolean {
  return SEALED_TERMS.some((term) => before[term] !== after[term]);
}

const SEALED_TERMS = [
  'programme',
  'vendorId',
  'solutionId',
  'smeId',
  'contractStart',
  'contractMonths',
] as const satisfies readonly (keyof Order)[];

/** The firm may be registered after its order; a number that none can have never will be. */
function refuseUnknown(order: Order, registry: RegistryView): Refusal[] {
  const refusals: Refusal[] = [];
  if (registry.vendor(order.vendorId) === undefined) {
    refusals.push(refusal('unknown_vendor', null, `no vendor ${order.vendorId}`));
  }
  if (registry.solution(order.solutionId)?.vendorId !== order.vendorId) {
    const detail = `vendor ${order.vendorId} has no solution ${order.solutionId}`;
    refusals.push(refusal('unknown_solution', null, detail));
  }
  if (!isTaxId(order.smeId)) {
    const detail = `no firm ${order.smeId}: it is no valid unified business number`;
    refusals.push(refusal('unknown_sme', null, detail));
  }
  if (order.caseId !== null && registry.case(order.caseId) === undefined) {
    refusals.push(refusal('unknown_case', null, `no case ${order.caseId}`));
  }
  return refusals;
}

function refuseEarlyEnd(order: Order): Refusal[] {
  const refusals: Refusal[] = [];
  if (order.closure !== null && order.termination !== null) {
    const detail = "closure is the firm's own end; enter the vendor's as a termination alone";
    refusals.push(refusal('closure_and_termination', '000 八(六)3', detail));
  }
  for (const end of [order.closure?.date, order.termination?.date]) {
    if (end === undefined || end > order.contractStart) continue;
    const detail = `${end} is not after the start of the contract, ${order.contractStart}`;
    refusals.push(refusal('early_end_before_start', '001 七(六)', detail));
  }
  return refusals;
}

function refuseLength(order: Order, programme: Programme): Refusal[] {
  const { min, max, source } = programme.contractLength;
  const months = order.contractMonths;
  if (months >= min && (max === null || months <= max)) return [];
  const range = max === null ? `at least ${min}` : `${min} to ${max}`;
  const detail = `${months} months, ${programme.id} admits ${range}`;
  return [refusal('contract_length', source, detail)];
}

/** @param before the order as it was stored; undefined: it is new */
function refusePoints(
  order: Order,
  programme: Programme,
  others: readonly Order[],
  before: Order | undefined,
): Refusal[] {
  const rule = programme.points;
  if (rule === null) {
    if (order.pointsTwd === 0) return [];
    const source = programme.cases?.paymentSource ?? null;
    return [refusal('points_not_allowed', source, `${programme.id} pays no points per order`)];
  }
  const refusals: Refusal[] = [];
  const { value: part, source } = rule.ofPriceMax;
  if (order.pointsTwd * part.of > order.priceTwd * part.parts) {
    const detail = `${order.pointsTwd} points, more than ${fractionWords(part)} of ${order.priceTwd}`;
    refusals.push(refusal('points_over_half', source, detail));
  }
  const { value: ceiling, source: ceilingSource } = rule.perSmeMax;
  const over = dayOverCeiling(order, others, ceiling);
  // What comes to an order that was stored so, such as an attachment, may come at any time.
  const wasOver =
    before !== undefined &&
    takesTheSame(order, before) &&
    dayOverCeiling(before, others, ceiling) !== null;
  if (over !== null && !wasOver) {
    const detail = `the firm would use ${over.points} points on ${over.on}, at most ${ceiling}`;
    refusals.push(refusal('points_over_ceiling', ceilingSource, detail));
  }
  return refusals;
}

function takesTheSame(order: Order, before: Order): boolean {
  return (
    order.smeId === before.smeId &&
    order.programme === before.programme &&
    order.pointsTwd === before.pointsTwd &&
    order.contractStart === before.contractStart
  );
}

function refuseOverlap(order: Order, programme: Programme, others: readonly Order[]): Refusal[] {
  if (programme.overlap === 'admitted') return [];
  const span = contractOf(order);
  const clash = others.find((other) => {
    if (other.solutionId !== order.solutionId) return false;
    const taken = contractOf(other);
    return span.start < taken.endExclusive && taken.start < span.endExclusive;
  });
  if (clash === undefined) return [];
  const detail = `the firm has this solution by order ${clash.orderId} in that time`;
  return [refusal('overlapping_order', null, detail)];
}

function refusal(code: RefusalCode, source: string | null, detail: string): Refusal {
  return { code, detail, source };
}

function periodWarnings(order: Order, { id, period }: Programme): string[] {
  const lastDay = addDays(contractOf(order).endExclusive, -1);
  const warnings: string[] = [];
  if (period.start !== null && order.contractStart < period.start) {
    warnings.push(`the contract starts before ${id} does, on ${period.start}`);
  }
  if (period.ordersUntil !== null && order.contractStart > period.ordersUntil) {
    warnings.push(
      `the contract starts after ${period.ordersUntil}, the last day of orders of ${id}`,
    );
  }
  if (lastDay > period.endInclusive) {
    warnings.push(
      `the contract runs to ${lastDay}, past the end of ${id} on ${period.endInclusive}`,
    );
  }
  return warnings;
}
