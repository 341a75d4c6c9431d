import { type Act, actsOf, type Doubt, eventsOf, PATTERN_OF_FIRMS_FROM, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

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

/**
 * Copied streams: moved by one span of time, the acts of the month fall on those of another firm,
 * far more often than the working day of both explains.
 */
export function copiedStream(
  events: readonly UseEvent[],
  originals: readonly Original[],
): Doubt | null {
  const stream = contentsOf(actsOf(events));
  let best: Alignment | null = null;
  for (const original of originals) {
    for (const widthS of WIDTHS_S) {
      const found = alignment(stream, original, widthS);
      if (found !== null && found.alike.size > (best?.alike.size ?? 0)) best = found;
    }
  }
  if (best === null) return null;
  const doubted = withTheirPeople(eventsOf(best.alike), events);
  return {
    code: 'copied_stream',
    patternFrom: PATTERN_OF_FIRMS_FROM,
    events: doubted,
    zh: '使用時間序列與同一廠商另一企業之紀錄相同，僅平移時間。',
    en: 'The times of use are those of another firm of the vendor, moved.',
    figures: {
      copiedEvents: doubted.size,
      shareOfEvents: percent(doubted.size, events.length),
      smeId: best.smeId,
      movedSeconds: best.movedS,
      actsAlike: best.alike.size,
      weight: best.weight,
      weightByChance: Math.round(best.expected * 10) / 10,
    },
  };
}

/** A person of whom half of the use is copied did not do the rest either. */
function withTheirPeople(alike: ReadonlySet<UseEvent>, events: readonly UseEvent[]): Set<UseEvent> {
  const people = new Map<string, { alike: number; all: number }>();
  for (const event of events) {
    const person = people.get(event.actor) ?? { alike: 0, all: 0 };
    person.all += 1;
    if (alike.has(event)) person.alike += 1;
    people.set(event.actor, person);
  }
  return new Set(
    events.filter((event) => {
      const person = people.get(event.actor);
      return alike.has(event) || (person !== undefined && person.alike * 2 >= person.all);
    }),
  );
}

interface Alignment {
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
const MOVED_MAX_S = 35 * 86_400;

/** Plain acts weigh 1; the more actions agree, the less it is chance: 1 more for each so many. */
const RICH_MIN = 4;

function alignment(
  stream: readonly Content[],
  original: Original,
  widthS: number,
): Alignment | null {
  const bins = new Map<number, Bin>();
  forPairs(stream, original, (_, movedS, weight) => {
    const at = Math.floor(movedS / widthS);
    const bin = bins.get(at);
    if (bin === undefined) bins.set(at, { weight, squares: weight * weight });
    else {
      bin.weight += weight;
      bin.squares += weight * weight;
    }
  });
  let top = { at: 0, weight: 0 };
  for (const [at, { weight }] of bins) {
    const both = weight + (bins.get(at + 1)?.weight ?? 0);
    if (both > top.weight || (both === top.weight && at < top.at)) top = { at, weight: both };
  }
  const { expected, variance } = chanceAround(bins, top.at, widthS);
  const needed = Math.max(
    WEIGHT_MIN,
    expected + OVER_CHANCE_MIN + DEVIATIONS_MIN * Math.sqrt(variance),
  );
  if (top.weight < needed) return null;
  // Each act once, by its best match, on both sides: one act beside many is no stream.
  const alike = new Map<Act, number>();
  const matched = new Map<OriginalAct, number>();
  const moves: number[] = [];
  forPairs(stream, original, (act, movedS, weight, other) => {
    if (movedS < top.at * widthS || movedS >= (top.at + 2) * widthS) return;
    alike.set(act, Math.max(weight, alike.get(act) ?? 0));
    matched.set(other, Math.max(weight, matched.get(other) ?? 0));
    moves.push(movedS);
  });
  const weight = Math.min(sumOf(alike.values()), sumOf(matched.values()));
  if (alike.size < ACTS_MIN || matched.size < ACTS_MIN || weight < needed) return null;
  moves.sort((a, b) => a - b);
  const movedS = moves[Math.floor(moves.length / 2)] ?? 0;
  return { smeId: original.smeId, movedS, alike: new Set(alike.keys()), weight, expected };
}

/** One act may be like any other one, moved as far as it takes. */
const ACTS_MIN = 2;

interface Bin {
  weight: number;
  squares: number;
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

function forPairs(
  stream: readonly Content[],
  original: Original,
  each: (act: Act, movedS: number, weight: number, other: OriginalAct) => void,
): void {
  for (const other of original.acts) {
    const actions = other.actions.length < RICH_MIN ? null : other.actions.join();
    const rich = 1 + Math.min(4, Math.floor(other.actions.length / RICH_MIN));
    for (const content of stream) {
      const movedS = content.act.second - other.second;
      if (Math.abs(movedS) > MOVED_MAX_S) continue;
      each(content.act, movedS, content.actions === actions ? rich : 1, other);
    }
  }
}

function chanceAround(
  bins: ReadonlyMap<number, Readonly<Bin>>,
  at: number,
  widthS: number,
): { expected: number; variance: number } {
  const reach = Math.max(6, Math.ceil(AROUND_S / widthS));
  let [weight, squares] = [0, 0];
  for (let d = 2; d <= reach; d += 1) {
    for (const beside of [bins.get(at - d + 1), bins.get(at + d)]) {
      weight += beside?.weight ?? 0;
      squares += beside?.squares ?? 0;
    }
  }
  return { expected: weight / (reach - 1), variance: squares / (reach - 1) };
}

function sumOf(weights: Iterable<number>): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
