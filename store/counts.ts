import { setImmediate } from 'node:timers/promises';
import { type CountedActions, type CountWindow, countWindows, flagsOf } from '../core/countUse.ts';
import { type CountedUse, type FirmUse, Numbering } from '../core/firmUse.ts';
import type { UsageCount } from '../core/judge.ts';
import { PAGE_ROWS_MAX } from '../core/limits.ts';
import { LOGIN } from '../core/normalFlow.ts';
import type { FirmOfSolution } from '../core/orderedFirms.ts';
import type { Database } from './clickhouse.ts';
import { type FirmUseQuestion, readFirmUse } from './firmUse.ts';

/** Counting: how much counted use lies in each window of time of each firm. */
export interface CountRequest extends FirmOfSolution {
  /** Requests that are counted alike share the object: it is told apart by identity. */
  readonly actions: CountedActions;
  readonly windows: readonly CountWindow[];
}

/** The use that a request was counted by; there only while it is told. */
export type TellUse = (request: number, counts: readonly UsageCount[], of: CountedUse) => void;

/**
 * The counts of every request's windows, in the order asked. Windows without use are zero because
 * the query answered, never because it failed: a failure throws. The log is read once, but for a firm
 * with more than a page of use: of it one request after the other is read, so that no more is held
 * than that needs. `tell` hears of each request whose firm has use, with that use, or as much of it
 * as lies between the request's first and last day.
 * @param pageRowsMax see `PAGE_ROWS_MAX`; smaller in tests
 */
export async function countUse(
  db: Database,
  requests: readonly CountRequest[],
  tell: TellUse = () => undefined,
  pageRowsMax: number = PAGE_ROWS_MAX,
): Promise<(readonly UsageCount[])[]> {
  const counts = requests.map(({ windows, actions }): readonly UsageCount[] => {
    const zero = { ...NONE, subsets: actions.subsets.map(() => 0) };
    return windows.map((): UsageCount => zero);
  });
  const asked = firmsOf(requests);
  if (asked.length === 0) return counts;
  const counter = new UseCounter(requests, (r, found, of) => {
    counts[r] = found;
    tell(r, found, of);
  });
  const large: RequestedFirm[] = [];
  const onLarge = (firm: number) => large.push(...asked.slice(firm, firm + 1));
  await counter.read(db, asked, { pageRowsMax, onLarge });
  for (const firm of large) {
    for (const r of firm.requests) {
      await counter.read(db, [{ ...firm, requests: [r] }], { pageRowsMax });
    }
  }
  return counts;
}

/** Counts requests by the use of their firms, as it is read. */
class UseCounter {
  readonly #requests: readonly CountRequest[];
  readonly #say: TellUse;
  readonly #profiles: Profiles;
  readonly #numbering = new Numbering();

  constructor(requests: readonly CountRequest[], say: TellUse) {
    this.#requests = requests;
    this.#say = say;
    this.#profiles = new Profiles(requests);
  }

  /** Reads the days from the first to the last of their requests, for all of them. */
  async read(
    db: Database,
    firms: readonly RequestedFirm[],
    paging: Pick<FirmUseQuestion, 'pageRowsMax' | 'onLarge'>,
  ): Promise<void> {
    const of = firms.flatMap((f) => f.requests.flatMap((r) => this.#requests[r] ?? []));
    const question = { firms, ...spanOf(of), actions: this.#profiles.names, ...paging };
    for await (const page of readFirmUse(db, question)) {
      let rows = 0;
      for (const { firm, use } of page) {
        rows += use.atMs.length;
        if (rows > ROWS_AT_A_STRETCH) {
          rows = 0;
          // Requests are answered between, and the queue hears that the job is not dead.
          await setImmediate();
        }
        this.#count(use, firms[firm]?.requests ?? []);
      }
    }
  }

  #count(use: FirmUse, of: readonly number[]): void {
    const people = this.#numbering.of(use.actors);
    const addresses = () => this.#numbering.of(use.addresses);
    for (const r of of) {
      const request = this.#requests[r];
      if (request === undefined) continue;
      const { actions, windows } = request;
      const flags = this.#profiles.flagsOf(actions);
      const found = countWindows(use, people, flags, windows, actions.subsets.length);
      this.#say(r, found, { use, people, addresses });
    }
  }
}

/** Some ten milliseconds of work, where each month is looked at. */
const ROWS_AT_A_STRETCH = 10_000;
const NONE = { logins: 0, interactions: 0, activeUsers: 0, events: 0 };

interface RequestedFirm extends FirmOfSolution {
  readonly requests: number[];
}

/** One entry a firm and solution, whatever number of months is asked of it. */
function firmsOf(requests: readonly CountRequest[]): RequestedFirm[] {
  const firms = new Map<string, RequestedFirm>();
  requests.forEach(({ solutionId, smeId, windows }, r) => {
    if (windows.every((w) => w.startMs >= w.endExclusiveMs)) return;
    const key = `${smeId} ${solutionId}`;
    const known = firms.get(key);
    if (known === undefined) firms.set(key, { solutionId, smeId, requests: [r] });
    else known.requests.push(r);
  });
  return [...firms.values()];
}

function spanOf(requests: readonly CountRequest[]) {
  let [startMs, endExclusiveMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // Most requests share their lists of windows.
  for (const windows of new Set(requests.map((r) => r.windows))) {
    for (const window of windows) {
      startMs = Math.min(startMs, window.startMs);
      endExclusiveMs = Math.max(endExclusiveMs, window.endExclusiveMs);
    }
  }
  return { startMs, endExclusiveMs };
}

/** The ways of counting that are asked for, over the names of all of them. */
class Profiles {
  readonly names: readonly string[];
  readonly #flags: ReadonlyMap<CountedActions, Uint32Array>;

  constructor(requests: readonly CountRequest[]) {
    const profiles = [...new Set(requests.map((r) => r.actions))];
    const named = profiles.flatMap((p) => [...p.interactions, ...p.subsets.flat()]);
    this.names = [...new Set([LOGIN, ...named])];
    this.#flags = new Map(profiles.map((p) => [p, flagsOf(p, this.names)]));
  }

  flagsOf(actions: CountedActions): Uint32Array {
    return this.#flags.get(actions) ?? new Uint32Array(1);
  }
}
