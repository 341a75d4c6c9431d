import { type Act, actsOf, type Doubt, eventsOf, PATTERN_FROM, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

/**
 * Machine-like regularity of intervals: a timer keeps its period, people do not. Two looks: whole
 * streams whose intervals hardly vary, and beats of one period inside a stream of other use.
 */
export function regularIntervals(events: readonly UseEvent[]): Doubt | null {
  const people = byActor(events);
  const steady = [events, ...together(people)].filter(isSteady).flatMap(actsOf);
  const beats = [events, ...people].map(actsOf).map(beatsOf);
  const best = beats.reduce<Beats>((a, b) => (b.acts.size > a.acts.size ? b : a), NO_BEATS);
  const doubted = eventsOf([...steady, ...beats.flatMap((b) => [...b.acts])]);
  if (doubted.size === 0) return null;
  const minutes = Math.round(best.periodS / 6) / 10;
  return {
    code: 'regular_intervals',
    patternFrom: PATTERN_FROM,
    events: doubted,
    zh: '使用的時間間隔規律如機器定時產生。',
    en: 'Use follows at intervals as even as those of a timer.',
    figures: {
      regularEvents: doubted.size,
      shareOfEvents: percent(doubted.size, events.length),
      beatMinutes: minutes,
      actsOnBeat: best.acts.size,
    },
  };
}

/** Intervals that a working session has; shorter is one task, longer a pause or a night. */
const INTERVAL_MIN_S = 30;
const INTERVAL_MAX_S = 6 * 3_600;
/** Fewer intervals are even by chance. */
const STEADY_INTERVALS_MIN = 10;
/** Deviation over mean; the steadiest month of the real logs has 0.65. */
const STEADY_VARIATION_MAX = 0.35;

function isSteady(events: readonly UseEvent[]): boolean {
  // Sorted as numbers, not as acts: dozens of streams are looked at for one that is steady.
  const seconds = Float64Array.from(events, (e) => Math.floor(e.atMs / 1_000)).sort();
  const intervals: number[] = [];
  let acts = 0;
  let before = Number.NEGATIVE_INFINITY;
  for (const second of seconds) {
    if (second === before) continue;
    const apart = second - before;
    if (apart >= INTERVAL_MIN_S && apart <= INTERVAL_MAX_S) intervals.push(apart);
    acts += 1;
    before = second;
  }
  if (intervals.length < STEADY_INTERVALS_MIN || intervals.length * 2 < acts) return false;
  const mean = intervals.reduce((sum, s) => sum + s, 0) / intervals.length;
  const variance = intervals.reduce((sum, s) => sum + (s - mean) ** 2, 0) / intervals.length;
  return Math.sqrt(variance) / mean < STEADY_VARIATION_MAX;
}

interface Beats {
  readonly periodS: number;
  readonly acts: ReadonlySet<Act>;
}
const NO_BEATS: Beats = { periodS: 0, acts: new Set() };

/** An act looks so many acts ahead for the next beat: other use may lie between. */
const AHEAD_ACTS_MAX = 6;
/** Beats in a row that are no chance. */
const CHAIN_MIN = 5;
/** A beat may be off by so much of its period, or one second. */
const OFF_SHARE_MAX = 0.015;
/** Of long periods the share alone would let chance in. */
const OFF_MAX_S = 240;
const CANDIDATES_MAX = 200;
/** Found must be so many times what chance puts on beats where use is dense. */
const OVER_CHANCE = 3;

/** The acts on chains of one period, of the period that holds most of them. */
function beatsOf(acts: readonly Act[]): Beats {
  if (acts.length < CHAIN_MIN) return NO_BEATS;
  let best = NO_BEATS;
  const cells = new Set(acts.map((a) => Math.floor(a.second / CELL_S))).size;
  for (const periodS of candidates(acts)) {
    const byChance = chanceOf(acts.length, cells, periodS);
    // No more can be found than there are acts.
    if (acts.length < OVER_CHANCE * byChance) continue;
    const found = chainsOf(acts, periodS);
    if (found.size < OVER_CHANCE * byChance) continue;
    if (found.size > best.acts.size) best = { periodS, acts: found };
  }
  return best;
}

/** Distances that come again and again between acts near each other, the most frequent first. */
function candidates(acts: readonly Act[]): number[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < acts.length; i += 1) {
    for (let j = i + 1; j <= i + AHEAD_ACTS_MAX && j < acts.length; j += 1) {
      const apart = secondAt(acts, j) - secondAt(acts, i);
      if (apart < INTERVAL_MIN_S || apart > INTERVAL_MAX_S) continue;
      // Of like length, so that a beat that is a little off adds to the same candidate.
      const like = Math.round(Math.log(apart) / OFF_SHARE_MAX);
      counts.set(like, (counts.get(like) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= CHAIN_MIN - 1)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, CANDIDATES_MAX)
    .map(([like]) => Math.exp(like * OFF_SHARE_MAX));
}

/** How many acts lie on a chain if each of as many ten minutes of use is as likely as another. */
function chanceOf(acts: number, cells: number, periodS: number): number {
  const next = 1 - Math.exp((-2 * offOf(periodS) * acts) / (cells * CELL_S));
  return acts * Math.min(1, CHAIN_MIN * next ** (CHAIN_MIN - 1));
}

const CELL_S = 600;

function offOf(periodS: number): number {
  return Math.min(OFF_MAX_S, Math.max(1, periodS * OFF_SHARE_MAX * 1.5));
}

function chainsOf(acts: readonly Act[], periodS: number): Set<Act> {
  const off = offOf(periodS);
  const lengths: number[] = acts.map(() => 1);
  const next: (number | null)[] = acts.map(() => null);
  // The first act that is no less than a period later: it goes back with the act looked at.
  let from = acts.length;
  for (let i = acts.length - 1; i >= 0; i -= 1) {
    const second = secondAt(acts, i);
    while (from - 1 > i && secondAt(acts, from - 1) - second >= periodS - off) from -= 1;
    for (let j = from; j < acts.length && secondAt(acts, j) - second <= periodS + off; j += 1) {
      const length = (lengths[j] ?? 0) + 1;
      if (length > (lengths[i] ?? 0)) {
        lengths[i] = length;
        next[i] = j;
      }
    }
  }
  const found = new Set<Act>();
  for (let i = 0; i < acts.length; i += 1) {
    if ((lengths[i] ?? 0) < CHAIN_MIN) continue;
    for (let at: number | null = i; at !== null; at = next[at] ?? null) {
      const act = acts[at];
      if (act !== undefined) found.add(act);
    }
  }
  return found;
}

function secondAt(acts: readonly Act[], i: number): number {
  return acts[i]?.second ?? 0;
}

/** The streams of each person, the busiest first. */
function byActor(events: readonly UseEvent[]): UseEvent[][] {
  const streams = new Map<string, UseEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.actor);
    if (stream === undefined) streams.set(event.actor, [event]);
    else stream.push(event);
  }
  if (streams.size < 2) return [];
  return [...streams.values()].sort((a, b) => b.length - a.length);
}

/** A timer may write under several names: one, two and three of the busiest people together. */
function together(people: readonly (readonly UseEvent[])[]): UseEvent[][] {
  const few = people.slice(0, NAMES_MAX);
  const sets: UseEvent[][] = people.map((p) => [...p]);
  for (let a = 0; a < few.length; a += 1) {
    for (let b = a + 1; b < few.length; b += 1) {
      const two = [...(few[a] ?? []), ...(few[b] ?? [])];
      sets.push(two);
      for (const third of few.slice(b + 1)) sets.push([...two, ...third]);
    }
  }
  return sets;
}

const NAMES_MAX = 8;
