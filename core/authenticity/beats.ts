import { Pairs } from './pairs.ts';
import { INTERVAL_MAX_S, INTERVAL_MIN_S } from './steady.ts';

/** The acts on chains of one period, of the period that holds most of them. */
export interface Beats {
  readonly periodS: number;
  /** How many acts. */
  readonly size: number;
  /** By the place of an act: 1 where it is on a chain. */
  readonly on: Uint8Array;
}

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
const CELL_S = 600;

/** @param seconds of acts, ascending, each once */
export function beatsOf(seconds: Int32Array): Beats {
  let best: Beats = { periodS: 0, size: 0, on: new Uint8Array(0) };
  if (seconds.length < CHAIN_MIN) return best;
  const likes = frequentLikes(seconds);
  if (likes === null) return best;
  const cells = cellsOf(seconds);
  const neededAt = (like: number) =>
    OVER_CHANCE * chanceOf(seconds.length, cells, PERIODS[like] ?? 0);
  const possible = possibleLikes(seconds, likes, neededAt);
  if (possible.size === 0) return best;
  const chains = new Chains(seconds);
  for (const like of candidates(likes)) {
    if (!possible.has(like)) continue;
    const periodS = PERIODS[like] ?? 0;
    const size = chains.find(periodS);
    if (size < neededAt(like)) continue;
    if (size > best.size) best = { periodS, size, on: chains.on.slice() };
  }
  return best;
}

/**
 * The periods at which there are pairs of acts enough for as many acts on chains as are needed: of
 * the others no chain is looked for. Most use has none.
 */
function possibleLikes(
  seconds: Int32Array,
  likes: Int32Array,
  neededAt: (like: number) => number,
): Set<number> {
  const possible = new Set<number>();
  // No more can be found than there are acts: in dense use the long periods fall away here.
  const mayBe = (like: number) =>
    (likes[like] ?? 0) >= LIKE_MIN && neededAt(like) <= seconds.length;
  let last = LIKE_MAX;
  while (last >= 0 && !mayBe(last)) last -= 1;
  if (last < 0) return possible;
  const pairs = new Pairs(seconds, mostOf(PERIODS[last] ?? 0));
  for (let like = 0; like <= last; like += 1) {
    if ((likes[like] ?? 0) < LIKE_MIN) continue;
    const periodS = PERIODS[like] ?? 0;
    const [leastS, mostS] = [leastOf(periodS), mostOf(periodS)];
    const linked = pairs.between(leastS, mostS);
    if (linked < CHAIN_MIN - 1) continue;
    // Each act on a chain leads to the next, save the last of five or more.
    if ((linked * CHAIN_MIN) / (CHAIN_MIN - 1) < neededAt(like)) continue;
    if (pairs.mayChain(leastS, mostS, CHAIN_MIN - 1)) possible.add(like);
  }
  return possible;
}

function cellsOf(seconds: Int32Array): number {
  let [cells, before] = [0, Number.NEGATIVE_INFINITY];
  for (const second of seconds) {
    const cell = Math.floor(second / CELL_S);
    if (cell !== before) cells += 1;
    before = cell;
  }
  return cells;
}

/** By an interval: of like length, so that a beat that is a little off adds to the same candidate. */
const LIKE = Int16Array.from({ length: INTERVAL_MAX_S + 1 }, (_, apart) =>
  apart < INTERVAL_MIN_S ? 0 : Math.round(Math.log(apart) / OFF_SHARE_MAX),
);
const LIKE_MAX = LIKE[INTERVAL_MAX_S] ?? 0;

/** By like length; a candidate is its length. */
const PERIODS = Float64Array.from({ length: LIKE_MAX + 1 }, (_, like) =>
  Math.exp(like * OFF_SHARE_MAX),
);
/** A chain has so many distances of its period. */
const LIKE_MIN = CHAIN_MIN - 1;

/**
 * How often distances of like length come between acts near each other; null where none comes as
 * often as on the shortest chain.
 */
function frequentLikes(seconds: Int32Array): Int32Array | null {
  const counts = new Int32Array(LIKE_MAX + 1);
  let most = 0;
  for (let i = 0; i < seconds.length; i += 1) {
    const until = Math.min(seconds.length - 1, i + AHEAD_ACTS_MAX);
    const second = seconds[i] ?? 0;
    for (let j = i + 1; j <= until; j += 1) {
      const apart = (seconds[j] ?? 0) - second;
      if (apart > INTERVAL_MAX_S) break;
      if (apart < INTERVAL_MIN_S) continue;
      const like = LIKE[apart] ?? 0;
      const count = (counts[like] ?? 0) + 1;
      counts[like] = count;
      if (count > most) most = count;
    }
  }
  return most >= LIKE_MIN ? counts : null;
}

/** Distances that come again and again, the most frequent first, and of equal ones the shortest. */
function candidates(likes: Int32Array): number[] {
  const found: number[] = [];
  for (let like = 0; like <= LIKE_MAX; like += 1) {
    if ((likes[like] ?? 0) >= LIKE_MIN) found.push(like);
  }
  return found.sort((a, b) => (likes[b] ?? 0) - (likes[a] ?? 0)).slice(0, CANDIDATES_MAX);
}

/** How many acts lie on a chain if each of as many ten minutes of use is as likely as another. */
function chanceOf(acts: number, cells: number, periodS: number): number {
  const next = 1 - Math.exp((-2 * offOf(periodS) * acts) / (cells * CELL_S));
  return acts * Math.min(1, CHAIN_MIN * next ** (CHAIN_MIN - 1));
}

/** The distances that are one period, in whole seconds. */
function leastOf(periodS: number): number {
  return Math.ceil(periodS - offOf(periodS));
}

function mostOf(periodS: number): number {
  return Math.floor(periodS + offOf(periodS));
}

function offOf(periodS: number): number {
  return Math.min(OFF_MAX_S, Math.max(1, periodS * OFF_SHARE_MAX * 1.5));
}

/** Acts that follow on each other at one period; looked for again and again in the same room. */
class Chains {
  readonly #seconds: Int32Array;
  readonly #lengths: Int32Array;
  readonly #next: Int32Array;
  /** Of the period looked for last. */
  readonly on: Uint8Array;

  constructor(seconds: Int32Array) {
    this.#seconds = seconds;
    this.#lengths = new Int32Array(seconds.length);
    this.#next = new Int32Array(seconds.length);
    this.on = new Uint8Array(seconds.length);
  }

  /** @returns how many acts are on chains */
  find(periodS: number): number {
    this.on.fill(0);
    return this.#link(periodS, offOf(periodS)) < CHAIN_MIN ? 0 : this.#mark();
  }

  /** @returns the length of the longest chain */
  #link(periodS: number, off: number): number {
    const seconds = this.#seconds;
    const lengths = this.#lengths;
    const next = this.#next;
    const [least, most] = [periodS - off, periodS + off];
    let longest = 0;
    // The first act that is no less than a period later: it goes back with the act looked at.
    let from = seconds.length;
    for (let i = seconds.length - 1; i >= 0; i -= 1) {
      const second = seconds[i] ?? 0;
      // The act itself is no period later: at the latest it ends there.
      while ((seconds[from - 1] ?? 0) - second >= least) from -= 1;
      let [length, after] = [1, -1];
      for (let j = from; j < seconds.length && (seconds[j] ?? 0) - second <= most; j += 1) {
        const longer = (lengths[j] ?? 0) + 1;
        if (longer > length) [length, after] = [longer, j];
      }
      lengths[i] = length;
      next[i] = after;
      if (length > longest) longest = length;
    }
    return longest;
  }

  #mark(): number {
    let size = 0;
    for (let i = 0; i < this.on.length; i += 1) {
      if ((this.#lengths[i] ?? 0) < CHAIN_MIN) continue;
      // What a marked act leads to is marked already.
      for (let at = i; at >= 0 && this.on[at] === 0; at = this.#next[at] ?? -1) {
        this.on[at] = 1;
        size += 1;
      }
    }
    return size;
  }
}
