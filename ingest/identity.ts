import { identityKey, type KnownIdentity, type StoredEvent } from '../store/events.ts';
import { describeRow, type EventRow } from './rows.ts';

/**
 * Which of the offered rows stand. An event counts once, however often it is sent: its identity is
 * (vendor, id), without time, firm or solution, and the lowest (received, sequence) stands. Pure.
 */
export interface OfferedRow {
  readonly row: EventRow;
  /** Its place in the request, for the record of a conflict. */
  readonly index: number;
}

export interface IdConflict {
  readonly offered: OfferedRow;
  readonly event: string;
}

export interface Resolution {
  /** New rows to store. */
  readonly stored: readonly StoredEvent[];
  /** Other content came under an id that stands; recorded, never counted. */
  readonly conflicts: readonly IdConflict[];
  readonly repeats: number;
}

/**
 * @param known what stands under the offered identities
 * @param firstSeq the sequence number of the first offered row; each offered row uses one up
 */
export function resolveIdentities(
  offered: readonly OfferedRow[],
  known: ReadonlyMap<string, KnownIdentity>,
  firstSeq: number,
): Resolution {
  const standing = new Map(known);
  const stored = new Map<number, StoredEvent>();
  const conflicts: IdConflict[] = [];
  let repeats = 0;
  offered.forEach((item, i) => {
    const { row } = item;
    const seq = firstSeq + i;
    const key = identityKey(row.vendorId, row.eventId);
    const first = standing.get(key);
    if (first !== undefined && first.content !== row.content) {
      conflicts.push({ offered: item, event: describeRow(row) });
    }
    if (first !== undefined && first.receivedAtMs <= row.receivedAtMs) {
      if (first.content === row.content) repeats += 1;
      return;
    }
    const replaced = first === undefined ? undefined : stored.get(first.seq);
    if (first !== undefined && replaced !== undefined) stored.delete(first.seq);
    const supersedes = replaced === undefined ? (first?.seq ?? null) : replaced.supersedes;
    stored.set(seq, { ...row, seq, supersedes });
    standing.set(key, { seq, receivedAtMs: row.receivedAtMs, content: row.content });
  });
  return { stored: [...stored.values()], conflicts, repeats };
}
