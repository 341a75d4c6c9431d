import type { ContractWeek } from '../contract.ts';
import { type FirmUse, keyText, Numbering } from '../firmUse.ts';
import { decideMonth, type MonthPlan, subsetsOf, type UsageCount } from '../judge.ts';
import type { CriterionResult } from '../month.ts';
import { interactionsOf, LOGIN } from '../normalFlow.ts';
import { startOfDay } from '../time.ts';

/**
 * The counted use that one month is judged on, event by event, and what would be left of the month
 * without some of it. Only months that a look is worth are read so.
 */
export interface UseEvent {
  readonly atMs: number;
  readonly receivedAtMs: number;
  /** Pseudonym; the same person has the same one at every firm of the vendor. */
  readonly actor: string;
  /** Pseudonym; null where none was sent. */
  readonly address: string | null;
  readonly action: string;
}

/** The events of a firm's use that were received before an instant, ascending by time. */
export function useEventsOf(use: FirmUse, receivedBeforeMs: number): UseEvent[] {
  const numbering = new Numbering();
  const textsOf = (keys: Uint32Array) => {
    const { numbers, firsts } = numbering.of(keys);
    const texts = Array.from(firsts, (row) => keyText(keys, row));
    return (row: number) => texts[numbers[row] ?? 0] ?? '';
  };
  const [actorOf, addressOf] = [textsOf(use.actors), textsOf(use.addresses)];
  const events: UseEvent[] = [];
  for (let row = 0; row < use.atMs.length; row += 1) {
    const receivedAtMs = use.receivedAtMs[row] ?? receivedBeforeMs;
    if (receivedAtMs >= receivedBeforeMs) continue;
    const address = addressOf(row);
    events.push({
      atMs: use.atMs[row] ?? 0,
      receivedAtMs,
      actor: actorOf(row),
      address: address === '0' ? null : address,
      action: use.names[(use.actions[row] ?? 0) - 1] ?? '',
    });
  }
  return events;
}

/** A month with the counted, on-time events of all its windows, ascending by time. */
export interface MonthUse {
  readonly plan: MonthPlan;
  readonly weeks: readonly ContractWeek[];
  readonly events: readonly UseEvent[];
  /** What is received from this instant on comes after the month: its end as the vendor knew it. */
  readonly endMs: number;
}

/** Whether the month meets its rule by these of its events alone. */
function isMetBy(use: MonthUse, events: readonly UseEvent[]): boolean {
  const { plan, weeks } = use;
  const countOf = counterOf(plan, events);
  return decideMonth(plan, weeks, countOf, Number.POSITIVE_INFINITY, 0).state === 'met';
}

/** Whether the month would fall below its rule without the events that are in doubt. */
export function dependsOn(use: MonthUse, doubted: ReadonlySet<UseEvent>): boolean {
  return !isMetBy(
    use,
    use.events.filter((event) => !doubted.has(event)),
  );
}

/**
 * How many times over a met month meets its rule: 1 is just met. Of each criterion it is the last
 * cycle needed; of `anyOf` the best criterion, of `allOf` the worst.
 */
export function marginOf(criteria: readonly CriterionResult[], isAnyOf: boolean): number {
  const margins = criteria.map((c) => {
    const values = c.cycles.map((cycle) => cycle.value).sort((a, b) => b - a);
    return (values[c.cyclesAsked - 1] ?? 0) / c.atLeast;
  });
  return isAnyOf ? Math.max(...margins) : Math.min(...margins);
}

function counterOf(plan: MonthPlan, events: readonly UseEvent[]) {
  const interactions = new Set(interactionsOf(plan.version));
  const subsets = subsetsOf(plan.version.normalFlow).map((s) => new Set(s));
  return (kind: string, start: string): UsageCount => {
    const window = plan.windows.find((w) => w.kind === kind && w.span.start === start);
    if (window === undefined) throw new RangeError('a window that the month does not have');
    const [from, to] = [startOfDay(window.span.start), startOfDay(window.span.endExclusive)];
    const within = events.filter((e) => e.atMs >= from && e.atMs < to);
    const measured = within.filter((e) => e.action === LOGIN || interactions.has(e.action));
    return {
      logins: within.filter((e) => e.action === LOGIN).length,
      interactions: within.filter((e) => interactions.has(e.action)).length,
      activeUsers: new Set(measured.map((e) => e.actor)).size,
      events: within.length,
      subsets: subsets.map((s) => within.filter((e) => s.has(e.action)).length),
    };
  };
}
