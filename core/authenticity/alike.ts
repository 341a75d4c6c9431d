import { pairsOf } from './alikePairs.ts';
import { holdersOf } from './rhythmHolders.ts';
import { type FirmCells, gatherRhythms, type Steps, weeksOf } from './rhythms.ts';

/**
 * Which firms of a vendor are worth comparing act by act: those whose use has, in part, one rhythm.
 *
 * The rhythm of a stream: the gaps between neighbouring ten minutes of use. It is the same however
 * the stream is moved, and survives a little noise; one ten minutes may be skipped, so that other
 * use between does not hide it. Work and memory grow with the firms, not with their pairs: of a
 * rhythm that many have in a week some firms stand for all, and of a dense week a part of the
 * rhythms is enough, the same part in every firm. Each week is judged by itself and those before
 * it: what else is looked at changes nothing.
 */

/** In one week, parts of the use of two firms have the same rhythm: worth comparing act by act. */
export interface LikeFirms {
  readonly smeId: string;
  readonly week: number;
  /** Its part lies in the same week, or up to `weeksBack` before. */
  readonly otherSmeId: string;
}

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
  const found = yield* gatherRhythms(firms, thinning, weeks);
  const of = { firms: firms.length, weeksBack, weeks: weeks.count };
  const holders = yield* holdersOf(found, of);
  const pairs = yield* pairsOf(found, holders, of);
  return pairs.map(({ firm, week, other }) => ({
    smeId: firms[firm]?.smeId ?? '',
    week: week + weeks.first,
    otherSmeId: firms[other]?.smeId ?? '',
  }));
}
