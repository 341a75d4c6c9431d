import { type CountedUse, keyText, type Numbered } from '../firmUse.ts';
import { distinct } from '../growing.ts';
import { firstFrom } from '../search.ts';
import { isLate } from './backDated.ts';
import { isAhead } from './futureDated.ts';
import type { Times } from './steady.ts';

/** The counted, on-time use of one month's windows, ascending by time, as far as a screen asks. */
export interface MonthRows extends Times {
  /** Of its acts, each once. */
  readonly acts: Int32Array;
  readonly lateEvents: number;
  /** Received before the time that they claim. */
  readonly aheadEvents: number;
  /** By an actor or from an address that several firms have. */
  readonly markedEvents: number;
}

export interface RowSpan {
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the span. */
  readonly receivedBeforeMs: number;
}

/** @param marks actors and addresses of several firms, decimal */
export function monthRows(
  { use, people, addresses }: CountedUse,
  span: RowSpan,
  marks: ReadonlySet<string>,
): MonthRows {
  const { atMs, receivedAtMs } = use;
  const [start, end] = [firstFrom(atMs, span.startMs), firstFrom(atMs, span.endExclusiveMs)];
  const seconds = new Int32Array(end - start);
  const persons = new Int32Array(end - start);
  const own = new Int32Array(people.count).fill(-1);
  const isMarked = markedRow({ use, people, addresses }, marks);
  let [size, peopleCount, lateEvents, aheadEvents, markedEvents] = [0, 0, 0, 0, 0];
  for (let i = start; i < end; i += 1) {
    const [at, received] = [atMs[i] ?? 0, receivedAtMs[i] ?? 0];
    if (received >= span.receivedBeforeMs) continue;
    if (isLate(at, received)) lateEvents += 1;
    if (isAhead(at, received)) aheadEvents += 1;
    if (isMarked?.(i)) markedEvents += 1;
    const number = people.numbers[i] ?? 0;
    let person = own[number] ?? -1;
    if (person < 0) {
      person = peopleCount;
      own[number] = person;
      peopleCount += 1;
    }
    seconds[size] = Math.floor(at / 1_000);
    persons[size] = person;
    size += 1;
  }
  const found = seconds.subarray(0, size);
  return {
    seconds: found,
    people: persons.subarray(0, size),
    peopleCount,
    acts: distinct(found),
    lateEvents,
    aheadEvents,
    markedEvents,
  };
}

/** Of a row; null where nothing is marked. */
export function markedRow(
  { use, people, addresses }: CountedUse,
  marks: ReadonlySet<string>,
): ((row: number) => boolean) | null {
  if (marks.size === 0) return null;
  const actors = markedOf(use.actors, people, marks);
  const numbered = addresses();
  const places = markedOf(use.addresses, numbered, marks);
  return (row) =>
    actors[people.numbers[row] ?? 0] === 1 || places[numbered.numbers[row] ?? 0] === 1;
}

/** By number: 1 where the pseudonym is a mark. */
function markedOf(keys: Uint32Array, { firsts }: Numbered, marks: ReadonlySet<string>) {
  return Uint8Array.from(firsts, (row) => (marks.has(keyText(keys, row)) ? 1 : 0));
}
