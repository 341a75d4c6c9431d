import { actsOf, type Doubt, eventsOf, PATTERN_FROM, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

const HOUR_S = 3_600;
/**
 * Separate acts within one hour. People of the real logs reach it in few hours of years; the use of
 * a firm that does so every day is not carried by one such hour.
 */
const BURST_ACTS_MIN = 12;

/** Acts that begin an hour as full as a burst. @param seconds of acts, ascending, each once */
export function burstStarts(seconds: Int32Array): number {
  let starts = 0;
  for (let i = 0; i + BURST_ACTS_MIN <= seconds.length; i += 1) {
    if ((seconds[i + BURST_ACTS_MIN - 1] ?? 0) - (seconds[i] ?? 0) < HOUR_S) starts += 1;
  }
  return starts;
}

/** By the place of an act: 1 where it lies in an hour as full as a burst. @param seconds as above */
export function burstActs(seconds: Int32Array): Uint8Array {
  const on = new Uint8Array(seconds.length);
  let marked = 0;
  for (let last = BURST_ACTS_MIN - 1; last < seconds.length; last += 1) {
    const first = last - BURST_ACTS_MIN + 1;
    if ((seconds[last] ?? 0) - (seconds[first] ?? 0) >= HOUR_S) continue;
    marked = Math.max(marked, first);
    for (; marked <= last; marked += 1) on[marked] = 1;
  }
  return on;
}

/** Bursts: hours so full of separate acts that they alone may reach the threshold. */
export function bursts(events: readonly UseEvent[]): Doubt | null {
  const acts = actsOf(events);
  const on = burstActs(Int32Array.from(acts, (act) => act.second));
  const doubted = acts.filter((_, i) => on[i] === 1);
  if (doubted.length === 0) return null;
  let most = 0;
  let hours = 0;
  let counted = Number.NEGATIVE_INFINITY;
  let first = 0;
  for (let last = 0; last < acts.length; last += 1) {
    const until = acts[last]?.second ?? 0;
    while (until - (acts[first]?.second ?? 0) >= HOUR_S) first += 1;
    const size = last - first + 1;
    most = Math.max(most, size);
    if (size < BURST_ACTS_MIN) continue;
    if ((acts[first]?.second ?? 0) >= counted) {
      hours += 1;
      counted = until;
    }
  }
  const burst = eventsOf(doubted);
  return {
    code: 'burst',
    patternFrom: PATTERN_FROM,
    events: burst,
    zh: '使用集中於極短時間之大量操作。',
    en: 'Use is crowded into single hours.',
    figures: {
      burstEvents: burst.size,
      shareOfEvents: percent(burst.size, events.length),
      bursts: hours,
      mostActsInAnHour: most,
    },
  };
}
