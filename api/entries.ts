import { caseWarnings } from '../core/cases.ts';
import { contractOf } from '../core/contract.ts';
import type { RegistryEntry } from '../core/entries.ts';
import { ruleWarnings } from '../core/normalFlow.ts';
import { orderWarnings } from '../core/orderRules.ts';
import { orderOf, type RegistryView } from '../core/registry.ts';
import {
  altersSealed,
  type EntryRefusal,
  ordersAtRisk,
  refuseEntry,
  type SealedStarts,
} from '../core/registryRules.ts';
import { type CivilDate, civilDate } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { sealedMonthsOf } from '../store/monthResults.ts';
import type { ApiDependencies } from './dependencies.ts';

/** What became of an entry. */
export type EntryOutcome =
  | {
      readonly status: 'stored' | 'unchanged';
      readonly warnings: readonly string[];
      readonly refusal?: never;
    }
  | { readonly status: 'refused'; readonly refusal: EntryRefusal; readonly warnings?: never };

/** Judges entries in order, each against the ones before it, and stores those not refused. */
export async function storeEntries(
  entries: readonly RegistryEntry[],
  change: { readonly atMs: number; readonly by: string },
  deps: Pick<ApiDependencies, 'db' | 'registry'>,
): Promise<EntryOutcome[]> {
  const outcomes: EntryOutcome[] = [];
  await deps.registry.append(change, async (staged) => {
    for (const entry of entries) {
      const outcome = await judge(entry, staged, deps.db);
      if (outcome.status === 'stored') staged.apply(entry);
      outcomes.push(outcome);
    }
  });
  return outcomes;
}

interface Staged extends RegistryView {
  repeats(entry: RegistryEntry): boolean;
}

async function judge(entry: RegistryEntry, staged: Staged, db: Database): Promise<EntryOutcome> {
  const warnings = warningsOf(entry, staged);
  if (staged.repeats(entry)) return { status: 'unchanged', warnings };
  const [refusal] = refuseEntry(entry, staged);
  if (refusal !== undefined) {
    return { status: 'refused', refusal: { code: refusal.code, detail: refusal.detail } };
  }
  const sealed = await sealedStarts(ordersAtRisk(entry, staged), staged, db);
  if (altersSealed(entry, staged, sealed)) {
    const detail = 'Months judged by this are sealed; a reviewer may reopen them.';
    return { status: 'refused', refusal: { code: 'sealed_month_would_change', detail } };
  }
  return { status: 'stored', warnings };
}

function warningsOf(entry: RegistryEntry, registry: RegistryView): string[] {
  if (entry.kind === 'solution') return ruleWarnings(entry.body.normalFlow);
  if (entry.kind === 'case') return caseWarnings(entry.body);
  return entry.kind === 'order' ? orderWarnings(orderOf(entry.id, entry.body), registry) : [];
}

async function sealedStarts(
  orderIds: readonly string[],
  registry: RegistryView,
  db: Database,
): Promise<SealedStarts> {
  const starts = new Map<string, CivilDate[]>();
  if (orderIds.length === 0) return starts;
  for (const { order_id: orderId, month, rules } of await sealedMonthsOf(db, { orderIds })) {
    const order = registry.order(orderId);
    const start = order && contractOf(order).months[month - 1]?.start;
    const days = [...(start === undefined ? [] : [start]), ...rules.map(civilDate)];
    if (days.length > 0) starts.set(orderId, [...(starts.get(orderId) ?? []), ...days]);
  }
  return starts;
}
