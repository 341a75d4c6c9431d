import { GrowingInts } from '../growing.ts';

/** The ten minutes in which a firm has use, since the epoch; ascending, each once. */
export interface FirmCells {
  readonly smeId: string;
  readonly cells: Int32Array;
}

/** Rhythms alike in one week that make two firms worth comparing; one is alike by chance. */
export const RHYTHMS_MIN = 2;
/** Of dense use more are alike by chance: so much of the week's must be. */
const RHYTHMS_SHARE_MIN = 0.25;
/** With twice as many in a week every second rhythm is looked at, and so on. */
const DENSE_RHYTHMS = 36;
/** A rhythm so short is every firm's; one longer than a week would reach beyond what is read. */
const RHYTHM_CELLS_MIN = 6;
export const WEEK_CELLS = 1_008;
/** Cells of ten minutes before the first Monday in Taipei. */
const FIRST_CELLS = 528;

/** Two gaps as one number, below `RHYTHMS`. */
export const RHYTHM_FACTOR = WEEK_CELLS + 1;
export const RHYTHMS = RHYTHM_FACTOR * RHYTHM_FACTOR;

/** Work in steps of some milliseconds each, so that others are served between. */
export type Steps<T> = Generator<void, T>;

interface Weeks {
  readonly first: number;
  readonly count: number;
}

function weekOf(cell: number): number {
  return Math.floor((cell - FIRST_CELLS) / WEEK_CELLS);
}

export function weeksOf(firms: readonly FirmCells[]): Weeks {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { cells } of firms) {
    if (cells.length === 0) continue;
    first = Math.min(first, weekOf(cells[0] ?? 0));
    last = Math.max(last, weekOf(cells[cells.length - 1] ?? 0));
  }
  return first > last ? { first: 0, count: 0 } : { first, count: last - first + 1 };
}

export interface Rhythms {
  /** Each rhythm that is looked at, the cell of its end, and its owner; firm by firm, week by week. */
  readonly rhythms: Int32Array;
  readonly ends: Int32Array;
  /** A firm in a week: the week times the number of firms plus the firm. */
  readonly owners: Int32Array;
  /** By owner: how many rhythms of the week must be alike. */
  readonly needed: Int32Array;
}

export function* gatherRhythms(
  firms: readonly FirmCells[],
  thinning: Uint16Array,
  weeks: Weeks,
): Steps<Rhythms> {
  if (weeks.count * firms.length > OWNERS_MAX) {
    throw new RangeError(`${firms.length} firms over ${weeks.count} weeks are too many`);
  }
  const [rhythms, ends, owners] = [new GrowingInts(), new GrowingInts(), new GrowingInts()];
  const needed = new Int32Array(weeks.count * firms.length);
  const inWeek = new Int32Array(weeks.count);
  const parts = new Int32Array(weeks.count);
  const most = firms.reduce((longest, { cells }) => Math.max(longest, cells.length), 0);
  const [found, endOfEach] = [new Int32Array(3 * most), new Int32Array(3 * most)];
  for (const [firm, { cells }] of firms.entries()) {
    if (firm % FIRMS_A_STEP === 0) yield;
    inWeek.fill(0);
    const size = rhythmsOf(cells, found, endOfEach);
    for (let r = 0; r < size; r += 1) {
      const week = weekOf(endOfEach[r] ?? 0) - weeks.first;
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
      const [rhythm, end] = [found[r] ?? 0, endOfEach[r] ?? 0];
      const week = weekOf(end) - weeks.first;
      if (((thinning[rhythm] ?? 0) & (parts[week] ?? 0)) !== 0) continue;
      rhythms.add(rhythm);
      ends.add(end);
      owners.add(week * firms.length + firm);
    }
  }
  return { rhythms: rhythms.values(), ends: ends.values(), owners: owners.values(), needed };
}

const FIRMS_A_STEP = 200;
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
