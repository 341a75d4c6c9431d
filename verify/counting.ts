import { subsetsOf, type UsageCount, type UsageWindow } from '../core/judge.ts';
import { MONTHS_PER_QUERY_MAX } from '../core/limits.ts';
import { interactionsOf, type Per } from '../core/normalFlow.ts';
import type { SolutionVersion } from '../core/registry.ts';
import { type CivilDate, startOfDay } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { countWindows } from '../store/counts.ts';

/** Windows of one order that one version of its solution says how to count. */
export interface CountRequest {
  readonly orderId: string;
  readonly smeId: string;
  readonly version: SolutionVersion;
  readonly windows: readonly UsageWindow[];
}

/** The count of a window of an order that was asked for, by its kind and first counted day. */
export type Counted = (orderId: string, kind: Per, start: CivilDate) => UsageCount;

/** Counts all that is asked, one query for each version of a solution and bounded piece. */
export async function countAll(db: Database, requests: readonly CountRequest[]): Promise<Counted> {
  const counts = new Map<string, UsageCount>();
  for (const group of groupByVersion(requests)) {
    for (let i = 0; i < group.length; i += MONTHS_PER_QUERY_MAX) {
      await countGroup(db, group.slice(i, i + MONTHS_PER_QUERY_MAX), counts);
    }
  }
  return (orderId, kind, start) => {
    const count = counts.get(`${orderId} ${kind} ${start}`);
    if (count === undefined) throw new RangeError(`${kind} ${start} of ${orderId} was not counted`);
    return count;
  };
}

async function countGroup(
  db: Database,
  group: readonly CountRequest[],
  into: Map<string, UsageCount>,
): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { version } = first;
  const asked = group.flatMap((r) => r.windows.map((w) => ({ ...w, ...r })));
  const counts = await countWindows(
    db,
    {
      solutionId: version.solutionId,
      interactions: interactionsOf(version),
      subsets: subsetsOf(version.normalFlow),
    },
    asked.map((w) => ({
      smeId: w.smeId,
      kind: w.kind,
      startMs: startOfDay(w.span.start),
      endExclusiveMs: startOfDay(w.span.endExclusive),
      receivedBeforeMs: w.receivedBeforeMs,
    })),
  );
  asked.forEach((w, i) => {
    const count = counts[i];
    if (count !== undefined) into.set(`${w.orderId} ${w.kind} ${w.span.start}`, count);
  });
}

function groupByVersion(requests: readonly CountRequest[]): CountRequest[][] {
  const groups = new Map<string, CountRequest[]>();
  for (const request of requests) {
    const key = `${request.version.solutionId} ${request.version.effectiveFrom}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [request]);
    else group.push(request);
  }
  return [...groups.values()];
}
