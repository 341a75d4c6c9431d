import { identityKey, type KnownIdentity } from '../store/events.ts';
import type { EventRow } from '../store/stagedRow.ts';

/**
 * Which of the offered rows stand. An event counts once, however often it is sent: its identity is
 * (vendor, id), without time, firm or solution, and the lowest (received, sequence) stands. Pure.
 */
export interface OfferedRow extends EventRow {
  /** Its place in the request, for the record of a conflict. */
  readonly index: number;
}

/** Other content came under an id that stands; recorded, never counted. */
export type IdConflict =
  | { readonly lost: OfferedRow }
  /** What was stored lost its place to an event that was received earlier. */
  | { readonly lostSeq: number };

export interface Resolution {
  /** New rows to store. */
  readonly stored: readonly OfferedRow[];
  /** The stored event whose place a row takes, by the row's sequence number. */
  readonly supersedes: ReadonlyMap<number, number>;
  readonly conflicts: readonly IdConflict[];
  readonly repeats: number;
}

/**
 * @param offered in the order of their numbers; offered again, they resolve to the same
 * @param known what stands under the offered identities
 */
export function resolveIdentities(
  offered: readonly OfferedRow[],
  known: ReadonlyMap<string, KnownIdentity>,
): Resolution {
  const standing = new Map<string, KnownIdentity>(known);
  const stored = new Map<number, OfferedRow>();
  const supersedes = new Map<number, number>();
  const conflicts: IdConflict[] = [];
  let repeats = 0;
  for (const row of offered) {
    const key = identityKey(row.vendorId, row.eventId);
    const first = standing.get(key);
    if (first === undefined) {
      standing.set(key, row);
      stored.set(row.seq, row);
      continue;
    }
    // It is what stands: stored before, in a range that is loaded again.
    if (first.seq === row.seq) continue;
    const replaced = stored.get(first.seq);
    const isEarlier = row.receivedAtMs < first.receivedAtMs;
    if (first.content !== row.content) {
      const loser = isEarlier ? replaced : row;
      conflicts.push(loser === undefined ? { lostSeq: first.seq } : { lost: loser });
    } else if (!isEarlier) repeats += 1;
    if (!isEarlier) continue;
    const before = replaced === undefined ? first.seq : supersedes.get(first.seq);
    if (replaced !== undefined) stored.delete(first.seq);
    supersedes.delete(first.seq);
    if (before !== undefined) supersedes.set(row.seq, before);
    standing.set(key, row);
    stored.set(row.seq, row);
  }
  return { stored: [...stored.values()], supersedes, conflicts, repeats };
}
