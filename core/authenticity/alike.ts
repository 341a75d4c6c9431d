import { GrowingInts, sortedByKey } from '../growing.ts';

/**
 * Which firms of a vendor are worth comparing act by act: those whose use has, in part, one rhythm.
 *
 * The rhythm of a stream: the gaps between neighbouring ten minutes of use. It is the same however
 * the stream is moved, and survives a little noise; one ten minutes may be skipped, so that other
 * use between does not hide it. Work and memory grow with the firms, not with their pairs: a rhythm
 * that many have in a week says nothing, and of a dense week a part of the rhythms is enough, the
 * same part in every firm. Each week is judged by itself and those before it: what else is looked at
 * changes nothing.
 */

/** The ten minutes in which a firm has use, since the epoch; ascending, each once. */
export interface FirmCells {
  readonly smeId: string;
  readonly cells: Int32Array;
}

/** In one week, parts of the use of two firms have the same rhythm: worth comparing act by act. */
export interface LikeFirms {
  readonly smeId: string;
  readonly week: number;
  /** Its part lies in the same week, or up to `weeksBack` before. */
  readonly otherSmeId: string;
}

/** Rhythms alike in one week that make two firms worth comparing; one is alike by chance. */
const RHYTHMS_MIN = 2;
/** Of dense use more are alike by chance: so much of the week's must be. */
const RHYTHMS_SHARE_MIN = 0.25;
/** The firms most alike in a week; each is compared act by act. */
const FIRMS_ALIKE_MAX = 3;
/** A rhythm that more firms have in one week is one by chance: all with all would be compared. */
const RHYTHM_FIRMS_MAX = 12;
/** With twice as many in a week every second rhythm is looked at, and so on. */
const DENSE_RHYTHMS = 36;
/** A rhythm so short is every firm's; one longer than a week would reach beyond what is read. */
const RHYTHM_CELLS_MIN = 6;
const WEEK_CELLS = 1_008;
/** Cells of ten minutes before the first Monday in Taipei. */
const FIRST_CELLS = 528;

/** Two gaps as one number, below `RHYTHMS`. */
export const RHYTHM_FACTOR = WEEK_CELLS + 1;
export const RHYTHMS = RHYTHM_FACTOR * RHYTHM_FACTOR;

/** Work in steps of some milliseconds each, so that others are served between. */
export type Steps<T> = Generator<void, T>;

/**
 * @param firms ascending by number
 * @param thinning of each rhythm a number by chance, always the same: says which part is looked at
 */
export function* likeFirms(
  firms: readonly FirmCells[],
  thinning: Uint16Array,
  weeksBack: number,
): Steps<LikeFirms[]> {
  const weeks = weeksOf(firms);
  const found = yield* gather(firms, thinning, weeks);
  const kept = yield* withFew(found, firms.length);
  const pairs = yield* pairsOf(kept, found.needed, {
    firms: firms.length,
    weeksBack,
    weeks: weeks.count,
  });
  return pairs.map(({ firm, week, other }) => ({
    smeId: firms[firm]?.smeId ?? '',
    week: week + weeks.first,
    otherSmeId: firms[other]?.smeId ?? '',
  }));
}

interface Weeks {
  readonly first: number;
  readonly count: number;
}

function weekOf(cell: number): number {
  return Math.floor((cell - FIRST_CELLS) / WEEK_CELLS);
}

function weeksOf(firms: readonly FirmCells[]): Weeks {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { cells } of firms) {
    if (cells.length === 0) continue;
    first = Math.min(first, weekOf(cells[0] ?? 0));
    last = Math.max(last, weekOf(cells[cells.length - 1] ?? 0));
  }
  return first > last ? { first: 0, count: 0 } : { first, count: last - first + 1 };
}

interface Rhythms {
  /** Each rhythm that is looked at, and its week times the number of firms plus its firm. */
  readonly rhythms: Int32Array;
  readonly owners: Int32Array;
  /** By owner: how many rhythms of the week must be alike. */
  readonly needed: Int32Array;
}

function* gather(firms: readonly FirmCells[], thinning: Uint16Array, weeks: Weeks): Steps<Rhythms> {
  if (weeks.count * firms.length > OWNERS_MAX) {
    throw new RangeError(`${firms.length} firms over ${weeks.count} weeks are too many`);
  }
  const [rhythms, owners] = [new GrowingInts(), new GrowingInts()];
  const needed = new Int32Array(weeks.count * firms.length);
  const inWeek = new Int32Array(weeks.count);
  const parts = new Int32Array(weeks.count);
  const most = firms.reduce((longest, { cells }) => Math.max(longest, cells.length), 0);
  const [found, weekOfEach] = [new Int32Array(3 * most), new Int32Array(3 * most)];
  for (const [firm, { cells }] of firms.entries()) {
    if (firm % FIRMS_A_STEP === 0) yield;
    inWeek.fill(0);
    const size = rhythmsOf(cells, found, weekOfEach);
    for (let r = 0; r < size; r += 1) {
      const week = weekOf(weekOfEach[r] ?? 0) - weeks.first;
      weekOfEach[r] = week;
      inWeek[week] = (inWeek[week] ?? 0) + 1;
    }
    for (let week = 0; week < weeks.count; week += 1) {
      const count = inWeek[week] ?? 0;
      let part = 1;
      while (count >= 2 * part * DENSE_RHYTHMS) part *= 2;
      parts[week] = part - 1;
      const share = Math.floor((count / part) * RHYTHMS_SHARE_MIN);
      needed[week * firms.length + firm] = Math.max(RHYTHMS_MIN, share);
    }
    for (let r = 0; r < size; r += 1) {
      const [rhythm, week] = [found[r] ?? 0, weekOfEach[r] ?? 0];
      if (((thinning[rhythm] ?? 0) & (parts[week] ?? 0)) !== 0) continue;
      rhythms.add(rhythm);
      owners.add(week * firms.length + firm);
    }
  }
  return { rhythms: rhythms.values(), owners: owners.values(), needed };
}

const FIRMS_A_STEP = 200;
/** Rhythms, or firms and weeks. */
const PLACES_A_STEP = 20_000;
/** Numbers of 31 bits hold them. */
const OWNERS_MAX = 2 ** 31 - 1;

/** Each rhythm, and the cell of its end; @returns how many: three a cell at most. */
function rhythmsOf(cells: Int32Array, rhythms: Int32Array, ends: Int32Array): number {
  let size = 0;
  for (let i = 0; i + 2 < cells.length; i += 1) {
    const [a, b, c] = [cells[i] ?? 0, cells[i + 1] ?? 0, cells[i + 2] ?? 0];
    if (isRhythm(c - a)) {
      rhythms[size] = (b - a) * RHYTHM_FACTOR + c - b;
      ends[size] = c;
      size += 1;
    }
    if (i + 3 === cells.length) break;
    const d = cells[i + 3] ?? 0;
    if (!isRhythm(d - a)) continue;
    rhythms[size] = (b - a) * RHYTHM_FACTOR + d - b;
    rhythms[size + 1] = (c - a) * RHYTHM_FACTOR + d - c;
    ends[size] = d;
    ends[size + 1] = d;
    size += 2;
  }
  return size;
}

function isRhythm(length: number): boolean {
  return length >= RHYTHM_CELLS_MIN && length <= WEEK_CELLS;
}

interface KeptRhythms {
  /** Owners, ascending and each once within their rhythm. */
  readonly owners: Int32Array;
  /** By place: where the owners of the same rhythm begin and end. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Of each rhythm the weeks in which few firms have it, where there are two owners at least. */
function* withFew({ rhythms, owners }: Rhythms, firms: number): Steps<KeptRhythms> {
  const sorted = sortedByKey(rhythms, RHYTHMS);
  const [kept, starts, ends] = [new GrowingInts(), new GrowingInts(), new GrowingInts()];
  for (let rhythm = 0; rhythm < RHYTHMS; rhythm += 1) {
    if (rhythm % PLACES_A_STEP === 0) yield;
    const [from, until] = [sorted.starts[rhythm] ?? 0, sorted.starts[rhythm + 1] ?? 0];
    if (until - from < 2) continue;
    const few = fewOf(sorted.places.subarray(from, until), owners, firms);
    if (few.length < 2) continue;
    const start = kept.size;
    for (const owner of few) {
      kept.add(owner);
      starts.add(start);
      ends.add(start + few.length);
    }
  }
  return { owners: kept.values(), starts: starts.values(), ends: ends.values() };
}

function fewOf(places: Int32Array, owners: Int32Array, firms: number): number[] {
  const sorted = places.map((place) => owners[place] ?? 0).sort();
  const few: number[] = [];
  let from = 0;
  while (from < sorted.length) {
    const end = (Math.floor((sorted[from] ?? 0) / firms) + 1) * firms;
    const begun = few.length;
    let last = -1;
    for (; from < sorted.length && (sorted[from] ?? 0) < end; from += 1) {
      const owner = sorted[from] ?? 0;
      if (owner !== last) few.push(owner);
      last = owner;
    }
    if (few.length - begun > RHYTHM_FIRMS_MAX) few.length = begun;
  }
  return few;
}

interface Pair {
  readonly firm: number;
  readonly week: number;
  readonly other: number;
}

/** Of each firm and week, the firms that have most of its rhythms in it or in the weeks before. */
function* pairsOf(
  { owners, starts, ends }: KeptRhythms,
  needed: Int32Array,
  of: { readonly firms: number; readonly weeks: number; readonly weeksBack: number },
): Steps<Pair[]> {
  const byOwner = sortedByKey(owners, of.firms * of.weeks);
  const alike = new Int32Array(of.firms);
  const seen = new Int32Array(of.firms).fill(-1);
  const pairs: Pair[] = [];
  for (let owner = 0; owner < of.firms * of.weeks; owner += 1) {
    if (owner % PLACES_A_STEP === 0) yield;
    const [from, until] = [byOwner.starts[owner] ?? 0, byOwner.starts[owner + 1] ?? 0];
    const least = needed[owner] ?? RHYTHMS_MIN;
    // Each rhythm is alike once: with fewer of them there are never enough.
    if (until - from < least) continue;
    const week = Math.floor(owner / of.firms);
    const firm = owner - week * of.firms;
    const oldest = Math.max(0, week - of.weeksBack) * of.firms;
    const enough: number[] = [];
    const touched: number[] = [];
    for (let p = from; p < until; p += 1) {
      const place = byOwner.places[p] ?? 0;
      for (let k = starts[place] ?? 0; k < (ends[place] ?? 0); k += 1) {
        const beside = owners[k] ?? 0;
        if (beside < oldest) continue;
        if (beside >= (week + 1) * of.firms) break;
        const other = beside % of.firms;
        if (other === firm || seen[other] === place) continue;
        seen[other] = place;
        const count = (alike[other] ?? 0) + 1;
        alike[other] = count;
        if (count === 1) touched.push(other);
        if (count === least) enough.push(other);
      }
    }
    enough.sort((a, b) => (alike[b] ?? 0) - (alike[a] ?? 0) || a - b);
    for (const other of enough.slice(0, FIRMS_ALIKE_MAX)) pairs.push({ firm, week, other });
    for (const other of touched) alike[other] = 0;
  }
  return pairs;
}
