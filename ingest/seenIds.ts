import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../store/clickhouse.ts';
import { countIdentities, hashesOf, readIdentityHashes } from '../store/identityHashes.ts';
import { IdFilter } from './idFilter.ts';

/**
 * A screen before the table of identities, in the memory of this process: nearly every event is new,
 * and to look each up among all that its vendor ever sent costs the more, the more that is. Only what
 * may have been seen is asked for.
 */
export class SeenIds {
  readonly #db: Database;
  readonly #filter: IdFilter;

  private constructor(db: Database, filter: IdFilter) {
    this.#db = db;
    this.#filter = filter;
  }

  /**
   * Takes in all identities that are stored. Null where they are more than `idsMax`, or where the
   * engine is no part of this process: each event is then looked up.
   */
  static async read(db: Database, idsMax: number): Promise<SeenIds | null> {
    if (db.rowFiles === null) return null;
    const ids = await countIdentities(db);
    if (ids > idsMax) return null;
    const filter = new IdFilter(Math.ceil(ids * ROOM));
    const take = (hashes: Uint32Array) => {
      for (let at = 0; at < hashes.length; at += 2)
        filter.add(hashes[at] ?? 0, hashes[at + 1] ?? 0);
    };
    await readIdentityHashes(db, db.rowFiles, take);
    return new SeenIds(db, filter);
  }

  /** From now on they were seen, whether they get stored or not. */
  async add(identities: readonly { vendorId: string; eventId: string }[]): Promise<void> {
    await this.admit(await hashesOf(this.#db, identities));
  }

  /**
   * From now on they were seen, whether they get stored or not.
   * @param hashes of each identity its low and its high 32 bits
   * @returns the places of those that may have been seen before, also in the same list
   */
  async admit(hashes: Uint32Array): Promise<number[]> {
    const seen: number[] = [];
    for (let at = 0; at < hashes.length; at += 2) {
      if (at > 0 && at % STRETCH === 0) await nextTurn();
      if (this.#filter.add(hashes[at] ?? 0, hashes[at + 1] ?? 0)) seen.push(at / 2);
    }
    return seen;
  }
}

/** For those that come, before another layer is needed. */
const ROOM = 1.25;
/** Words looked at before others are served: a few milliseconds. */
const STRETCH = 2 * 16_384;
