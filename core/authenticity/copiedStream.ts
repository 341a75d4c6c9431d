import { type Alignment, bestAlignment, type Original, streamOf } from './copied.ts';
import { type Act, actsOf, type Doubt, eventsOf, PATTERN_OF_FIRMS_FROM, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

/** Of so few acts more another move, or another firm, is likely to be chance or a routine. */
const MORE_ACTS_MIN = 8;
/** Parts of one firm's use, each moved by another span. */
const MOVES_OF_FIRM_MAX = 4;

/**
 * Copied streams: moved by one span of time, the acts of the month fall on those of another firm,
 * far more often than the working day of both explains. A month may be put together of several.
 */
export function copiedStream(
  events: readonly UseEvent[],
  originals: readonly Original[],
): Doubt | null {
  const found = alignmentsOf(actsOf(events), originals);
  const [best] = found;
  if (best === undefined) return null;
  const doubted = withTheirPeople(eventsOf(found.flatMap((a) => [...a.alike])), events);
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
      ...(found.length === 1 ? {} : { streams: found.length }),
    },
  };
}

/** First that of most acts; then, in what it leaves, those of the same firm and of the others. */
function alignmentsOf(acts: readonly Act[], originals: readonly Original[]): Alignment[] {
  const stream = streamOf(acts, originals);
  const alike = originals
    .map((original) => ({ original, alignment: bestAlignment(stream, original) }))
    .filter(({ alignment }) => alignment !== null)
    .sort((a, b) => sizeOf(b.alignment) - sizeOf(a.alignment));
  const [best] = alike;
  const found = best === undefined || best.alignment === null ? [] : [best.alignment];
  let rest = without(acts, found);
  for (const { original, alignment } of alike) {
    if (sizeOf(alignment) < MORE_ACTS_MIN) break;
    for (let moves = 1; moves <= MOVES_OF_FIRM_MAX && rest.length >= MORE_ACTS_MIN; moves += 1) {
      const next = bestAlignment(streamOf(rest, originals), original);
      if (next === null || next.alike.size < MORE_ACTS_MIN) break;
      found.push(next);
      rest = without(rest, [next]);
    }
  }
  return found;
}

function without(acts: readonly Act[], alignments: readonly Alignment[]): readonly Act[] {
  return acts.filter((act) => alignments.every(({ alike }) => !alike.has(act)));
}

function sizeOf(alignment: Alignment | null): number {
  return alignment?.alike.size ?? 0;
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
