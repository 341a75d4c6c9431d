import { firstFrom } from '../search.ts';
import type { Act } from './doubt.ts';
import { heaviestBin } from './moveBins.ts';

/** The use of another firm of the vendor that a stream may be a copy of. */
export interface Original {
  readonly smeId: string;
  readonly acts: readonly OriginalAct[];
}

export interface OriginalAct {
  /** Whole seconds since the epoch. */
  readonly second: number;
  readonly receivedAtMs: number;
  /** The actions of it, ascending, each as often as it was done. */
  readonly actions: readonly string[];
}

/** Moved by one span of time, acts of a month fall on those of another firm. */
export interface Alignment {
  readonly smeId: string;
  readonly movedS: number;
  readonly alike: ReadonlySet<Act>;
  readonly weight: number;
  readonly expected: number;
}

/** Two acts are alike within so much: copied to the second, or with some minutes of noise. */
const WIDTHS_S = [2, 600] as const;
/** Six plain acts, or two rich ones with the same actions. */
const WEIGHT_MIN = 6;
/** How far above chance, in its standard deviations, the best of some thousand moves must be. */
const DEVIATIONS_MIN = 5;
/** Where chance gives almost nothing, its deviations say little: so much more in any case. */
const OVER_CHANCE_MIN = 3;
/** The moves around one tell what chance gives there: both firms keep the same hours. */
const AROUND_S = 2 * 3_600;
/** A stream is looked for in another firm's log so far back and, within the month, so far ahead. */
export const MOVED_MAX_S = 35 * 86_400;

/** Plain acts weigh 1; the more actions agree, the less it is chance: 1 more for each so many. */
const RICH_MIN = 4;
/** Below `WEIGHT_MIN` with the 1: one act may be like any other one, moved as far as it takes. */
const RICH_MORE_MAX = 4;

/**
 * Pairs of acts looked at for one month, at each width: the work is all by all, and meanwhile no
 * request is answered.
 */
const PAIRS_MAX = 2_000_000;

/** The acts of a month, ascending. */
export interface Stream {
  readonly acts: readonly Content[];
  /** Those by which the move is looked for: all, or every n-th where that is too much work. */
  readonly sought: readonly Content[];
  /** Pairs of one original that may be looked at. */
  readonly pairsMax: number;
}

/** Only one side is thinned: of both, two acts that are alike would seldom be left together. */
export function streamOf(all: readonly Act[], originals: readonly Original[]): Stream {
  const acts = contentsOf(all);
  const others = sumOf(originals.map((o) => o.acts.length));
  const step = Math.ceil((acts.length * others) / PAIRS_MAX);
  return {
    acts,
    sought: acts.filter((_, i) => i % step === 0),
    pairsMax: PAIRS_MAX / originals.length,
  };
}

/** That of most acts, far more than the working day of both explains. */
export function bestAlignment(stream: Stream, original: Original): Alignment | null {
  let best: Alignment | null = null;
  for (const widthS of WIDTHS_S) {
    const found = alignment(stream, original, widthS);
    if (found !== null && found.alike.size > (best?.alike.size ?? 0)) best = found;
  }
  return best;
}

function alignment(stream: Stream, original: Original, widthS: number): Alignment | null {
  const streams = {
    seconds: secondsOf(stream.sought),
    others: Int32Array.from(original.acts, (act) => act.second),
    widthS,
    movedMaxS: MOVED_MAX_S,
    weightOf: weigher(stream.sought, original.acts),
  };
  const top = heaviestBin(streams, WEIGHT_MIN);
  if (top === null) return null;
  const chance = chanceAround(stream.sought, original, top.at, widthS);
  if (top.weight < neededOf(chance)) return null;
  const moves = { fromS: top.at * widthS, toExclusiveS: (top.at + 2) * widthS };
  const found = alignmentOf(stream.sought, original, moves, chance);
  const times = stream.acts.length / stream.sought.length;
  if (found === null || times === 1 || !fits(stream, original, moves)) return found;
  // At the move that was found all acts are in question, and chance gives more among more.
  const { expected, variance } = chance;
  const more = { expected: expected * times, variance: variance * times };
  return alignmentOf(stream.acts, original, moves, more);
}

function alignmentOf(
  acts: readonly Content[],
  original: Original,
  moves: Moves,
  chance: Chance,
): Alignment | null {
  const { alike, weight, movedS } = matchOf(acts, original, moves);
  if (weight < neededOf(chance)) return null;
  const { expected } = chance;
  return { smeId: original.smeId, movedS, alike: new Set(alike.keys()), weight, expected };
}

/** What chance gives at one move. */
interface Chance {
  readonly expected: number;
  readonly variance: number;
}

function neededOf({ expected, variance }: Chance): number {
  const overChance = OVER_CHANCE_MIN + DEVIATIONS_MIN * Math.sqrt(variance);
  return Math.max(WEIGHT_MIN, expected + overChance);
}

interface Match {
  readonly alike: ReadonlyMap<Act, number>;
  readonly weight: number;
  readonly movedS: number;
}

/** Each act once, by its best match, on both sides: one act beside many is no stream. */
function matchOf(acts: readonly Content[], original: Original, within: Moves): Match {
  const alike = new Map<Act, number>();
  const matched = new Map<OriginalAct, number>();
  const moves: number[] = [];
  forPairs(acts, original, within, (act, movedS, weight, other) => {
    alike.set(act, Math.max(weight, alike.get(act) ?? 0));
    matched.set(other, Math.max(weight, matched.get(other) ?? 0));
    moves.push(movedS);
  });
  const weight = Math.min(sumOf(alike.values()), sumOf(matched.values()));
  moves.sort((a, b) => a - b);
  return { alike, weight, movedS: moves[Math.floor(moves.length / 2)] ?? 0 };
}

function fits({ acts, pairsMax }: Stream, { acts: others }: Original, moves: Moves): boolean {
  const seconds = secondsOf(acts);
  let pairs = 0;
  for (const { second } of others) {
    pairs +=
      firstFrom(seconds, second + moves.toExclusiveS) - firstFrom(seconds, second + moves.fromS);
  }
  return pairs <= pairsMax;
}

interface Content {
  readonly act: Act;
  /** As `OriginalAct` has it, as text. */
  readonly actions: string;
}

function contentsOf(acts: readonly Act[]): Content[] {
  return acts.map((act) => ({
    act,
    actions: act.events
      .map((e) => e.action)
      .sort()
      .join(),
  }));
}

function secondsOf(acts: readonly Content[]): Int32Array {
  return Int32Array.from(acts, (content) => content.act.second);
}

/** Moves from the first on, up to the second. */
interface Moves {
  readonly fromS: number;
  readonly toExclusiveS: number;
}

const MOVES: Moves = { fromS: -MOVED_MAX_S, toExclusiveS: MOVED_MAX_S + 1 };

function forPairs(
  acts: readonly Content[],
  original: Original,
  { fromS, toExclusiveS }: Moves,
  each: (act: Act, movedS: number, weight: number, other: OriginalAct) => void,
): void {
  const weightOf = weigher(acts, original.acts);
  const seconds = secondsOf(acts);
  original.acts.forEach((other, j) => {
    for (let i = firstFrom(seconds, other.second + fromS); i < acts.length; i += 1) {
      const content = acts[i];
      if (content === undefined) break;
      const movedS = content.act.second - other.second;
      if (movedS >= toExclusiveS) break;
      each(content.act, movedS, weightOf?.(i, j) ?? 1, other);
    }
  });
}

/** What a pair weighs, by their places; null where no act is rich. */
function weigher(acts: readonly Content[], others: readonly OriginalAct[]) {
  const rich = others.map(({ actions }) =>
    actions.length < RICH_MIN
      ? null
      : {
          actions: actions.join(),
          weight: 1 + Math.min(RICH_MORE_MAX, Math.floor(actions.length / RICH_MIN)),
        },
  );
  if (rich.every((r) => r === null)) return null;
  return (act: number, other: number): number => {
    const of = rich[other];
    return of && acts[act]?.actions === of.actions ? of.weight : 1;
  };
}

function chanceAround(
  acts: readonly Content[],
  original: Original,
  at: number,
  widthS: number,
): Chance {
  const reach = Math.ceil(AROUND_S / widthS);
  let [weight, squares] = [0, 0];
  for (const [from, until] of [
    [at - reach + 1, at],
    [at + 2, at + reach + 1],
  ] as const) {
    const fromS = Math.max(from * widthS, MOVES.fromS);
    const toExclusiveS = Math.min(until * widthS, MOVES.toExclusiveS);
    forPairs(acts, original, { fromS, toExclusiveS }, (_, __, one) => {
      weight += one;
      squares += one * one;
    });
  }
  return { expected: weight / (reach - 1), variance: squares / (reach - 1) };
}

function sumOf(weights: Iterable<number>): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
