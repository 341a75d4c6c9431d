import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { CONTENT, contentColumn } from './content.ts';
import { EVENT_COLUMNS, IDENTITY_COLUMNS } from './events.ts';
import { storeFailure } from './failure.ts';
import { IDENTITY_HASH, wordsOf } from './identityHashes.ts';
import { insertSelected } from './insert.ts';
import { countColumn, defineQuery, readBinary } from './query.ts';
import { FEW_LINES, withRows } from './rowFiles.ts';
import { STAGED_COLUMNS, STAGED_STRUCTURE } from './stagedRow.ts';
import { literal } from './text.ts';

/** The events of one request, numbered one after the other. */
export interface StagedRows {
  readonly batchId: string;
  readonly firstSeq: number;
  readonly count: number;
  /** A line of `stagedRow` for each, with its end. */
  readonly text: Uint8Array;
}

/**
 * The events of a range, in the memory of the engine: their text is read once, asked for what is
 * known, and stored from there. Of the writer's session alone, and gone with it.
 */
export class Stage {
  readonly #db: Database;
  readonly #token: string;
  /** Of each event its number and the hash of its identity, 64 bits each, low half first. */
  readonly #rows: Uint32Array;

  private constructor(db: Database, token: string, rows: Uint32Array) {
    this.#db = db;
    this.#token = token;
    this.#rows = rows;
  }

  /** Null where it does not pay, or there is no session to keep it: rows are then sent as text. */
  static async fill(db: Database, range: readonly StagedRows[]): Promise<Stage | null> {
    const count = range.reduce((sum, rows) => sum + rows.count, 0);
    if (db.rowFiles === null || count <= FEW_LINES) return null;
    for (const query of [CREATE, TRUNCATE]) await commandOf(db, query);
    await db.rowFiles.hold(
      range.map((rows) => rows.text),
      (path) => commandOf(db, fillFrom(path)),
    );
    const rows = wordsOf(await readBinary(db.writer, 'stage.hashes', HASHES), 4 * count);
    const [first, last] = [range[0], range.at(-1)];
    const span = `${first?.batchId} ${first?.firstSeq} ${last?.batchId} ${last?.firstSeq}`;
    return new Stage(db, `${span} ${count}`, rows);
  }

  /** Of the identity of each event the low and the high 32 bits of its hash. */
  get hashes(): Uint32Array {
    const hashes = new Uint32Array(this.#rows.length / 2);
    for (let at = 0; at < hashes.length; at += 2) {
      hashes[at] = this.#rows[2 * at + 2] ?? 0;
      hashes[at + 1] = this.#rows[2 * at + 3] ?? 0;
    }
    return hashes;
  }

  /**
   * All events that share an identity with those, which are named by their places in `hashes`.
   * @returns their contents by their numbers
   */
  async sharing(places: readonly number[]): Promise<ReadonlyMap<number, string>> {
    if (places.length === 0) return new Map();
    const seqs = places.map((place) => String(this.#seqAt(place)));
    const rows = await withRows(this.#db, 'seq UInt64', seqs, (asked) =>
      sharingRows(onWriter(this.#db), { asked }),
    );
    const shared = new Map(rows.map((row) => [row.seq, row.content]));
    if (shared.size < places.length) {
      throw storeFailure(`stage.sharing answered ${shared.size} of ${places.length} rows`);
    }
    return shared;
  }

  #seqAt(place: number): number {
    return (this.#rows[4 * place] ?? 0) + (this.#rows[4 * place + 1] ?? 0) * 2 ** 32;
  }

  /** Durable when it resolves; where it throws, some months of the rows may be stored. */
  async insertEvents(leftOut: readonly number[]): Promise<void> {
    await this.#insert('events_v1', EVENT_COLUMNS, leftOut);
  }

  async insertIdentities(leftOut: readonly number[]): Promise<void> {
    await this.#insert('event_ids_v1', IDENTITY_COLUMNS, leftOut);
  }

  /** Gives its memory back; it holds nothing then. Where that fails, the next one does it. */
  async clear(): Promise<void> {
    await commandOf(this.#db, TRUNCATE).catch(() => undefined);
  }

  async #insert(
    table: string,
    columns: readonly string[],
    leftOut: readonly number[],
  ): Promise<void> {
    const token = `${this.#token} ${leftOut.length}`;
    const into = (from: string) => insertSelected(this.#db.writer, table, columns, from, token);
    if (leftOut.length === 0) return into(TABLE);
    await withRows(this.#db, 'seq UInt64', leftOut.map(String), (asked) =>
      into(`${TABLE} WHERE seq NOT IN (SELECT seq FROM ${asked})`),
    );
  }
}

const TABLE = 'range_rows';
const CREATE = `CREATE TEMPORARY TABLE IF NOT EXISTS ${TABLE} AS events_v1 ENGINE = Memory`;
const TRUNCATE = `TRUNCATE TABLE ${TABLE}`;
const HASHES = `SELECT seq, ${IDENTITY_HASH} FROM ${TABLE} FORMAT RowBinary`;

const sharingRows = defineQuery({
  name: 'stage.sharing',
  sql: (p: { asked: string }) =>
    `SELECT seq, toString(content) AS content FROM ${TABLE} WHERE (vendor_id, event_id) IN (
      SELECT vendor_id, event_id FROM ${TABLE} WHERE seq IN (SELECT seq FROM ${p.asked})
    )`,
  row: z.strictObject({ seq: countColumn, content: contentColumn }),
});

function fillFrom(path: string): string {
  const columns = STAGED_COLUMNS.join(', ');
  const file = `file(${literal(path)}, TabSeparated, ${literal(STAGED_STRUCTURE)})`;
  return `INSERT INTO ${TABLE} (${columns}, content) SELECT ${columns}, ${CONTENT} FROM ${file}`;
}

/** A temporary table is seen by its own session alone. */
function onWriter(db: Database): Database {
  return { ...db, reader: () => db.writer };
}

async function commandOf(db: Database, query: string): Promise<void> {
  try {
    await db.writer.command({ query, clickhouse_settings: { log_comment: 'stage' } });
  } catch (cause) {
    throw storeFailure('the stage of a range failed', cause);
  }
}
