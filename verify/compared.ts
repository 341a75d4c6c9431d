import { weekNumber } from '../store/vendorUse.ts';
import type { Span } from './looked.ts';
import { type SharedUse, WEEKS_BACK } from './sharedUse.ts';

/** A month, and the firms whose acts it is compared with. */
export interface Compared<M> {
  readonly month: M;
  readonly others: readonly string[];
}

/** A month, and what is known of the firms of its vendor. */
export interface MonthOfVendor {
  readonly own: Span;
  readonly shared: VendorUses;
}

type VendorUses = Pick<SharedUse, 'usesAtMost' | 'countWeeks'>;

/**
 * Months in parts, in their order, so that the acts of the firms compared with a part are few enough
 * to be held at once. A month is compared with the firms of least use first, up to so much: among
 * the acts of a denser firm every stream has its like by chance.
 */
export async function comparedParts<M extends MonthOfVendor>(
  months: readonly M[],
  othersOf: (month: M) => readonly string[],
  usesMax: number = USES_AT_ONCE_MAX,
): Promise<Compared<M>[][]> {
  const all: Compared<M>[] = [];
  for (const month of months) {
    const others = othersOf(month);
    const { shared } = month;
    const isDense = sumOf(others, (smeId) => shared.usesAtMost(smeId)) > usesMax;
    all.push({
      month,
      others: isDense ? await leastOf(others, month.own, shared, usesMax) : others,
    });
  }
  return partsOf(all, usesMax);
}

/** Uses of other firms held in memory at once; an act is one or several of them. */
const USES_AT_ONCE_MAX = 2_000_000;

/** By what came in good time, in whole weeks that ended with the month: the same whenever asked. */
async function leastOf(
  others: readonly string[],
  own: Span,
  shared: Pick<SharedUse, 'countWeeks'>,
  usesMax: number,
): Promise<string[]> {
  const counted = await shared.countWeeks(others, own.startMs, own.endExclusiveMs);
  const from = weekNumber(own.startMs) - WEEKS_BACK;
  const to = weekNumber(own.endExclusiveMs);
  const usesOf = (smeId: string) =>
    sumOf(counted.get(smeId) ?? [], ({ week, uses }) => (week >= from && week < to ? uses : 0));
  return leastFirst(others, usesOf, usesMax);
}

/** In the order given. */
function leastFirst(
  firms: readonly string[],
  usesOf: (smeId: string) => number,
  usesMax: number,
): string[] {
  const sized = firms.map((smeId) => ({ smeId, uses: usesOf(smeId) }));
  sized.sort((a, b) => a.uses - b.uses || (a.smeId < b.smeId ? -1 : 1));
  let sum = 0;
  const within = sized.filter(({ uses }) => {
    sum += uses;
    return sum <= usesMax;
  });
  const taken = new Set(within.map((firm) => firm.smeId));
  return firms.filter((smeId) => taken.has(smeId));
}

/** A month whose firms have more goes alone: what came late for it is read and left out. */
function partsOf<M extends MonthOfVendor>(
  months: readonly Compared<M>[],
  usesMax: number,
): Compared<M>[][] {
  const parts: Compared<M>[][] = [];
  let firms = new Map<VendorUses, Set<string>>();
  let held = 0;
  for (const month of months) {
    const { shared } = month.month;
    const usesOf = (smeId: string) => shared.usesAtMost(smeId);
    const more = month.others.filter((smeId) => firms.get(shared)?.has(smeId) !== true);
    const size = sumOf(more, usesOf);
    if (parts.length === 0 || held + size > usesMax) {
      parts.push([]);
      firms = new Map();
      held = sumOf(month.others, usesOf);
    } else {
      held += size;
    }
    const known = firms.get(shared) ?? new Set<string>();
    firms.set(shared, known);
    for (const smeId of month.others) known.add(smeId);
    parts.at(-1)?.push(month);
  }
  return parts;
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
