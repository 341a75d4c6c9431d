import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../store/clickhouse.ts';
import {
  countIdentities,
  hashesOf,
  hasRoomForHashes,
  readIdentityHashes,
} from '../store/identityHashes.ts';
import { IdFilter } from './idFilter.ts';

/**
 * A screen before the table of identities, in the memory of this process: nearly every event is new,
 * and to look each up among all that its vendor ever sent costs the more, the more that is. Only what
 * may have been seen is asked for.
 */
export class SeenIds {
  readonly #db: Database;
  readonly #filter: IdFilter;
  readonly #idsMax: number;
  #count = 0;

  private constructor(db: Database, filter: IdFilter, idsMax: number) {
    this.#db = db;
    this.#filter = filter;
    this.#idsMax = idsMax;
  }

  /**
   * Takes in all identities that are stored. Null where they are more than `idsMax`, where the disk
   * has no room for their hashes, or where the engine is no part of this process: each event is then
   * looked up.
   */
  static async read(db: Database, idsMax: number): Promise<SeenIds | null> {
    if (db.rowFiles === null) return null;
    const ids = await countIdentities(db);
    if (ids > idsMax || !(await hasRoomForHashes(db.rowFiles, ids))) return null;
    const seen = new SeenIds(db, new IdFilter(Math.ceil(ids * ROOM)), idsMax);
    await readIdentityHashes(db, db.rowFiles, ids, (hashes) => {
      for (let at = 0; at < hashes.length; at += 2) seen.#add(hashes, at);
    });
    seen.#count = ids;
    return seen;
  }

  /** More than are kept: from here on each event is looked up. */
  get isFull(): boolean {
    return this.#count > this.#idsMax;
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
      if (this.#add(hashes, at)) seen.push(at / 2);
    }
    return seen;
  }

  #add(hashes: Uint32Array, at: number): boolean {
    const isSeen = this.#filter.add(hashes[at] ?? 0, hashes[at + 1] ?? 0);
    if (!isSeen) this.#count += 1;
    return isSeen;
  }
}

/** For those that come, before another layer is needed. */
const ROOM = 1.25;
/** Words looked at before others are served: a few milliseconds. */
const STRETCH = 2 * 16_384;
