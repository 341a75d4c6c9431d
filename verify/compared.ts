import type { FirmWeek } from '../store/firmWeeks.ts';
import { weekNumber } from '../store/vendorUse.ts';
import { type SharedUse, WEEKS_BACK } from './sharedUse.ts';

/** A month, and the firms whose acts it is compared with. */
export interface Compared<M> {
  readonly month: M;
  readonly others: readonly string[];
}

interface Span {
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

/**
 * Months in parts, in their order, so that the acts of the firms compared with a part are few enough
 * to be held at once. A month is compared with the firms of least use first, up to so much: among
 * the acts of a denser firm every stream has its like by chance.
 */
export async function comparedParts<M extends { readonly own: Span }>(
  months: readonly M[],
  othersOf: (month: M) => readonly string[],
  shared: Pick<SharedUse, 'countUses'>,
  usesMax: number = USES_AT_ONCE_MAX,
): Promise<Compared<M>[][]> {
  const all = months.map((month) => ({ month, others: othersOf(month) }));
  const firms = [...new Set(all.flatMap((c) => c.others))];
  if (firms.length === 0) return months.length === 0 ? [] : [all];
  const from = months.reduce((least, m) => Math.min(least, m.own.startMs), Infinity);
  const to = months.reduce((most, m) => Math.max(most, m.own.endExclusiveMs), -Infinity);
  const weeks = await shared.countUses(firms, from, to);
  const bounded = all.map(({ month, others }) => ({
    month,
    others: leastFirst(others, (smeId) => promptUses(weeks.get(smeId), month.own), usesMax),
  }));
  return partsOf(bounded, (smeId) => sumOf(weeks.get(smeId), (w) => w.uses), usesMax);
}

/** Uses of other firms held in memory at once; an act is one or several of them. */
const USES_AT_ONCE_MAX = 1_000_000;

/** What had come in good time, in whole weeks that ended with the month: the same whenever asked. */
function promptUses(weeks: readonly FirmWeek[] | undefined, own: Span): number {
  const from = weekNumber(own.startMs) - WEEKS_BACK;
  const to = weekNumber(own.endExclusiveMs);
  return sumOf(weeks, (w) => (w.week >= from && w.week < to ? w.prompt : 0));
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
function partsOf<M>(
  months: readonly Compared<M>[],
  usesOf: (smeId: string) => number,
  usesMax: number,
): Compared<M>[][] {
  const parts: Compared<M>[][] = [];
  let firms = new Set<string>();
  let held = 0;
  for (const month of months) {
    const more = month.others.filter((smeId) => !firms.has(smeId));
    const size = more.reduce((sum, smeId) => sum + usesOf(smeId), 0);
    if (parts.length === 0 || held + size > usesMax) {
      parts.push([]);
      firms = new Set();
      held = 0;
      for (const smeId of month.others) held += usesOf(smeId);
    } else {
      held += size;
    }
    for (const smeId of month.others) firms.add(smeId);
    parts.at(-1)?.push(month);
  }
  return parts;
}

function sumOf(weeks: readonly FirmWeek[] | undefined, of: (week: FirmWeek) => number): number {
  return (weeks ?? []).reduce((sum, week) => sum + of(week), 0);
}
