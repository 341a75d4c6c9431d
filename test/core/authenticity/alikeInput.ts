import {
  type FirmCells,
  RHYTHM_FACTOR,
  RHYTHMS,
  type Steps,
} from '../../../core/authenticity/rhythms.ts';

/** All of them are looked at. */
export const ALL = new Uint16Array(RHYTHMS);
/** The first cell of a week of 2023, Monday 00:00 in Taipei. */
export const MONDAY = 528 + 1_008 * 2_780;
export const WEEKS_BACK = 5;

interface Rhythm {
  readonly rhythm: number;
  readonly week: number;
  readonly end: number;
}

/** The same in plain code: each rhythm of a firm, and its week. */
export function rhythmsOf({ cells }: FirmCells): Rhythm[] {
  const found: Rhythm[] = [];
  const add = (x: number, y: number, z: number) => {
    if (z - x < 6 || z - x > 1_008) return;
    const rhythm = (y - x) * RHYTHM_FACTOR + z - y;
    found.push({ rhythm, week: Math.floor((z - 528) / 1_008), end: z });
  };
  const at = (i: number) => cells[i] ?? Number.NaN;
  for (let i = 0; i < cells.length; i += 1) {
    if (i + 2 < cells.length) add(at(i), at(i + 1), at(i + 2));
    if (i + 3 < cells.length) add(at(i), at(i + 1), at(i + 3));
    if (i + 3 < cells.length) add(at(i), at(i + 2), at(i + 3));
  }
  return found;
}

export function ended<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
