import type { Database } from './clickhouse.ts';
import { EVENT_COLUMNS, type EventRow, eventLines } from './events.ts';
import { insertLines, insertSelected } from './insert.ts';
import { FEW_LINES, withRows } from './rowFiles.ts';

/**
 * The rows of a range, in the memory of the engine: their text is read once and then asked, stored
 * and made known from there. Of the writer's session alone, and gone with it.
 */
export class Stage {
  /** What to select from, on the writer. */
  readonly table = TABLE;
  readonly #db: Database;
  readonly #rows: readonly EventRow[];

  private constructor(db: Database, rows: readonly EventRow[]) {
    this.#db = db;
    this.#rows = rows;
  }

  /** Null where it would not pay or there is no session: then rows go as text each time. */
  static async fill(db: Database, rows: readonly EventRow[]): Promise<Stage | null> {
    if (db.rowFiles === null || rows.length <= FEW_LINES) return null;
    await db.writer.command({ query: CREATE });
    await db.writer.command({ query: `TRUNCATE TABLE ${TABLE}` });
    await insertLines(db, TABLE, EVENT_COLUMNS, eventLines(rows, NONE));
    return new Stage(db, rows);
  }

  /** Inserts these rows, which are of this range. */
  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly EventRow[],
    token: string,
  ): Promise<void> {
    const into = (from: string) => insertSelected(this.#db.writer, table, columns, from, token);
    if (rows.length === this.#rows.length) return into(TABLE);
    const seqs = rows.map((row) => String(row.seq));
    await withRows(this.#db, 'seq UInt64', seqs, (asked) =>
      into(`${TABLE} WHERE seq IN (SELECT seq FROM ${asked})`),
    );
  }
}

const TABLE = 'range_rows';
const CREATE = `CREATE TEMPORARY TABLE IF NOT EXISTS ${TABLE} AS events_v1 ENGINE = Memory`;
const NONE: ReadonlyMap<number, number> = new Map();
