import type { RegistryEntry } from './entries.ts';
import { withVersion } from './entries.ts';
import type { ErrorCode } from './errors.ts';
import { ruleFaults } from './normalFlow.ts';
import { refuseOrder, refuseTaxId, sealedTermsChanged } from './orderRules.ts';
import { orderOf, type RegistryView, versionInForce } from './registry.ts';
import type { CivilDate } from './time.ts';

/** Why an entry is not stored. */
export interface EntryRefusal {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** Everything that speaks against an entry but sealed months; empty = it may be stored. */
export function refuseEntry(entry: RegistryEntry, registry: RegistryView): EntryRefusal[] {
  switch (entry.kind) {
    case 'vendor':
      return refuseTaxId(entry.body.taxId);
    case 'sme':
      return refuseTaxId(entry.id);
    case 'solution':
      return refuseSolution(entry, registry);
    case 'order':
      return refuseOrder(orderOf(entry.id, entry.body), registry);
    case 'case':
      return entry.body.periodEnd > entry.body.periodStart
        ? []
        : [{ code: 'invalid_request', detail: 'periodEnd must be after periodStart.' }];
  }
}

/**
 * The sealed months of orders as days: their first, and those from which the versions are in force
 * that they name as their judges.
 */
export type SealedStarts = ReadonlyMap<string, readonly CivilDate[]>;

/** The orders whose sealed months an entry could alter; empty for most entries. */
export function ordersAtRisk(entry: RegistryEntry, registry: RegistryView): string[] {
  if (entry.kind === 'order') {
    const before = registry.order(entry.id);
    const changed = before && sealedTermsChanged(before, orderOf(entry.id, entry.body));
    return changed ? [entry.id] : [];
  }
  if (entry.kind !== 'solution' || registry.solution(entry.id) === undefined) return [];
  return [...registry.orders()].filter((o) => o.solutionId === entry.id).map((o) => o.orderId);
}

/** Whether an entry would change what a sealed month was judged by. */
export function altersSealed(
  entry: RegistryEntry,
  registry: RegistryView,
  sealed: SealedStarts,
): boolean {
  if (entry.kind === 'order') return (sealed.get(entry.id)?.length ?? 0) > 0;
  const before = entry.kind === 'solution' ? registry.solution(entry.id) : undefined;
  if (entry.kind !== 'solution' || before === undefined) return false;
  const after = withVersion(before, entry);
  return [...sealed.values()].flat().some((start) => {
    const [old, next] = [versionInForce(before, start), versionInForce(after, start)];
    return (
      JSON.stringify([old.normalFlow, old.interactions]) !==
      JSON.stringify([next.normalFlow, next.interactions])
    );
  });
}

function refuseSolution(
  entry: Extract<RegistryEntry, { kind: 'solution' }>,
  registry: RegistryView,
): EntryRefusal[] {
  const { body, id } = entry;
  const refusals: EntryRefusal[] = ruleFaults(body.normalFlow, body.interactions).map((fault) => ({
    code: 'rule_invalid',
    detail: fault,
  }));
  if (registry.vendor(body.vendorId) === undefined) {
    refusals.unshift({ code: 'unknown_vendor', detail: 'Register the vendor first.' });
  }
  const before = registry.solution(id);
  if (before !== undefined && before.vendorId !== body.vendorId) {
    const detail = 'The id belongs to a solution of another vendor.';
    refusals.unshift({ code: 'solution_of_another_vendor', detail });
  }
  return refusals;
}
