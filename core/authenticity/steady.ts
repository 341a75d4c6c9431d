/** Times of use, ascending, and by whom: as numbers, since dozens of streams are made of them. */
export interface Times {
  /** Whole seconds. */
  readonly seconds: Int32Array;
  /** The person of each, numbered from 0 by their first use. */
  readonly people: Int32Array;
  readonly peopleCount: number;
}

/** Intervals that a working session has; shorter is one task, longer a pause or a night. */
export const INTERVAL_MIN_S = 30;
export const INTERVAL_MAX_S = 6 * 3_600;
/** Fewer intervals are even by chance. */
const STEADY_INTERVALS_MIN = 10;
/** Deviation over mean; the steadiest month of the real logs has 0.65. */
const STEADY_VARIATION_MAX = 0.35;
/** A timer may write under several names: one, two and three of the busiest people together. */
const NAMES_MAX = 8;

/**
 * The sets of people whose use together follows at intervals that hardly vary: of all, of each one,
 * and of two and three of the busiest.
 */
export function steadyPeople(times: Times): readonly (readonly number[])[] {
  const { members, ofPerson, last, acts, intervals, sums, squares } = streamsOf(times);
  const { seconds, people } = times;
  for (let i = 0; i < seconds.length; i += 1) {
    const second = seconds[i] ?? 0;
    const own = ofPerson[people[i] ?? 0];
    if (own === undefined) continue;
    for (let k = 0; k < own.length; k += 1) {
      const s = own[k] ?? 0;
      const apart = second - (last[s] ?? 0);
      if (apart === 0) continue;
      last[s] = second;
      acts[s] = (acts[s] ?? 0) + 1;
      if (apart < INTERVAL_MIN_S || apart > INTERVAL_MAX_S) continue;
      intervals[s] = (intervals[s] ?? 0) + 1;
      sums[s] = (sums[s] ?? 0) + apart;
      squares[s] = (squares[s] ?? 0) + apart * apart;
    }
  }
  return members.filter((_, s) => {
    const [count, sum] = [intervals[s] ?? 0, sums[s] ?? 0];
    if (count < STEADY_INTERVALS_MIN || count * 2 < (acts[s] ?? 0)) return false;
    // Whole numbers below 2^53: exact but for the last step.
    const variation = Math.sqrt(Math.max(0, count * (squares[s] ?? 0) - sum * sum)) / sum;
    return variation < STEADY_VARIATION_MAX;
  });
}

/** By stream: its people, and what was seen of it. */
function streamsOf({ people, peopleCount }: Times) {
  const members = setsOf(people, peopleCount);
  const ofPerson = Array.from({ length: peopleCount }, (): number[] => []);
  members.forEach((set, s) => {
    for (const person of set) ofPerson[person]?.push(s);
  });
  return {
    members,
    ofPerson,
    /** Before the first act: so long ago that it is no interval. */
    last: new Float64Array(members.length).fill(Number.NEGATIVE_INFINITY),
    acts: new Int32Array(members.length),
    intervals: new Int32Array(members.length),
    sums: new Float64Array(members.length),
    squares: new Float64Array(members.length),
  };
}

function setsOf(people: Int32Array, peopleCount: number): number[][] {
  const all = Array.from({ length: peopleCount }, (_, person) => person);
  if (peopleCount < 2) return [all];
  const counts = new Int32Array(peopleCount);
  for (const person of people) counts[person] = (counts[person] ?? 0) + 1;
  const busiest = [...all].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0)).slice(0, NAMES_MAX);
  const sets = [all, ...all.map((person) => [person])];
  busiest.forEach((a, i) => {
    busiest.slice(i + 1).forEach((b, j) => {
      sets.push([a, b], ...busiest.slice(i + j + 2).map((c) => [a, b, c]));
    });
  });
  return sets;
}
