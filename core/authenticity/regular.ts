import { distinct } from '../growing.ts';
import { type Beats, beatsOf } from './beats.ts';
import { type Act, actsOf, type Doubt, eventsOf, PATTERN_FROM, percent } from './doubt.ts';
import { steadyPeople, type Times } from './steady.ts';
import type { UseEvent } from './use.ts';

/**
 * Machine-like regularity of intervals: a timer keeps its period, people do not. Two looks: whole
 * streams whose intervals hardly vary, and beats of one period inside a stream of other use.
 * @param events ascending by time
 */
export function regularIntervals(events: readonly UseEvent[]): Doubt | null {
  const streams = [events, ...byActor(events)];
  const steady = steadyEvents(events);
  const beats = streams.flatMap(beatsOfStream);
  const best = beats.reduce((a, b) => (b.acts.length > a.acts.length ? b : a), NO_BEATS);
  const doubted = eventsOf(beats.flatMap((b) => b.acts));
  for (const event of steady) doubted.add(event);
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
      actsOnBeat: best.acts.length,
    },
  };
}

/**
 * Whether there is any such interval: as `regularIntervals`, without saying where.
 * @param times with the seconds of its acts, each once
 */
export function isRegular(times: Times & { readonly acts: Int32Array }): boolean {
  if (steadyPeople(times).length > 0) return true;
  if (beatsOf(times.acts).size > 0) return true;
  if (times.peopleCount < 2) return false;
  return secondsByPerson(times).some((seconds) => beatsOf(distinct(seconds)).size > 0);
}

const NO_BEATS: ActsOnBeat = { periodS: 0, acts: [] };

interface ActsOnBeat extends Pick<Beats, 'periodS'> {
  readonly acts: readonly Act[];
}

/** Of a smaller part of a stream there is no look at what else it may be made of. */
const PART_MIN = 0.1;

/** The acts of the best beat, and while that is a part of the stream, of the best one of the rest. */
function beatsOfStream(events: readonly UseEvent[]): ActsOnBeat[] {
  const found: ActsOnBeat[] = [];
  const all = actsOf(events);
  let rest = all;
  for (;;) {
    const { periodS, size, on } = beatsOf(Int32Array.from(rest, (a) => a.second));
    if (size === 0) return found;
    found.push({ periodS, acts: rest.filter((_, i) => on[i] === 1) });
    if (size < all.length * PART_MIN) return found;
    rest = rest.filter((_, i) => on[i] !== 1);
  }
}

function steadyEvents(events: readonly UseEvent[]): UseEvent[] {
  const numbers = new Map<string, number>();
  const people = Int32Array.from(events, ({ actor }) => {
    const person = numbers.get(actor) ?? numbers.size;
    numbers.set(actor, person);
    return person;
  });
  const seconds = Int32Array.from(events, (e) => Math.floor(e.atMs / 1_000));
  const steady = new Set(steadyPeople({ seconds, people, peopleCount: numbers.size }).flat());
  return events.filter((_, i) => steady.has(people[i] ?? -1));
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

function secondsByPerson({ seconds, people, peopleCount }: Times): Int32Array[] {
  const sizes = new Int32Array(peopleCount);
  for (const person of people) sizes[person] = (sizes[person] ?? 0) + 1;
  const streams = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (let i = 0; i < seconds.length; i += 1) {
    const person = people[i] ?? 0;
    const at = sizes[person] ?? 0;
    const stream = streams[person];
    if (stream !== undefined) stream[at] = seconds[i] ?? 0;
    sizes[person] = at + 1;
  }
  return streams;
}
