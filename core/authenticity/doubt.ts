import type { UseEvent } from './use.ts';

/**
 * What a detector answers: events that look made rather than done, why, and in what figures. It
 * says nothing of the month's claim; `findingsOfUse` asks what the month would be without them.
 */
export interface Doubt {
  readonly code: string;
  /**
   * With fewer events in doubt they are a habit, no pattern. Null: shown with its figures, and never
   * reason enough to hold the month.
   */
  readonly patternFrom: number | null;
  readonly events: ReadonlySet<UseEvent>;
  readonly zh: string;
  readonly en: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** Of events that are odd by themselves: a rule that fewer meet asks too little to hold it. */
export const PATTERN_FROM = 8;
/**
 * Of events that are odd only beside those of other firms: a routine, or a bookkeeper, does the same
 * few things at several. Three uses a week make 15 in five weeks.
 */
export const PATTERN_OF_FIRMS_FROM = 16;

/** One thing done: all that one person's click wrote within one second. */
export interface Act {
  /** Whole seconds since the epoch. */
  readonly second: number;
  readonly events: readonly UseEvent[];
}

/**
 * Events of one second are one act: saving one form may write a hundred records, and intervals of
 * zero say nothing of a rhythm.
 */
export function actsOf(events: readonly UseEvent[]): Act[] {
  const bySecond = new Map<number, UseEvent[]>();
  for (const event of events) {
    const second = Math.floor(event.atMs / 1_000);
    const act = bySecond.get(second);
    if (act === undefined) bySecond.set(second, [event]);
    else act.push(event);
  }
  return [...bySecond]
    .map(([second, of]) => ({ second, events: of }))
    .sort((a, b) => a.second - b.second);
}

export function eventsOf(acts: Iterable<Act>): Set<UseEvent> {
  const events = new Set<UseEvent>();
  for (const act of acts) for (const event of act.events) events.add(event);
  return events;
}

/** A share as a whole percentage. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((100 * part) / whole);
}
