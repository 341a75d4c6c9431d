import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { EVENT_COLUMNS, IDENTITY_COLUMNS } from './events.ts';
import { storeFailure } from './failure.ts';
import { insertSelected, insertStaged } from './insert.ts';
import { countColumn, defineQuery } from './query.ts';
import { FEW_LINES, withRows } from './rowFiles.ts';
import { STAGED_COLUMNS } from './stagedRow.ts';

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

  private constructor(db: Database, token: string) {
    this.#db = db;
    this.#token = token;
  }

  /** Null where it does not pay, or there is no session to keep it: rows are then sent as text. */
  static async fill(db: Database, range: readonly StagedRows[]): Promise<Stage | null> {
    const count = range.reduce((sum, rows) => sum + rows.count, 0);
    if (db.rowFiles === null || count <= FEW_LINES) return null;
    for (const query of [CREATE, `TRUNCATE TABLE ${TABLE}`]) await commandOf(db, query);
    const text = range.map((rows) => rows.text);
    await insertStaged(db.writer, db.rowFiles, TABLE, STAGED_COLUMNS, text);
    const [staged] = await stagedRows(onWriter(db), {});
    if (staged?.rows !== count) throw storeFailure(`${staged?.rows} of ${count} rows are staged`);
    const [first, last] = [range[0], range.at(-1)];
    const span = `${first?.batchId} ${first?.firstSeq} ${last?.batchId} ${last?.firstSeq}`;
    return new Stage(db, `${span} ${count}`);
  }

  /** The numbers of the events whose identity is known, or that came more than once. */
  async notNew(): Promise<ReadonlySet<number>> {
    return new Set((await notNewRows(onWriter(this.#db), {})).map((row) => row.seq));
  }

  /** Durable when it resolves; where it throws, some months of the rows may be stored. */
  async insertEvents(leftOut: readonly number[]): Promise<void> {
    await this.#insert('events_v1', EVENT_COLUMNS, leftOut);
  }

  async insertIdentities(leftOut: readonly number[]): Promise<void> {
    await this.#insert('event_ids_v1', IDENTITY_COLUMNS, leftOut);
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

const stagedRows = defineQuery({
  name: 'stage.rows',
  sql: `SELECT count() AS rows FROM ${TABLE}`,
  row: z.strictObject({ rows: countColumn }),
});

const notNewRows = defineQuery({
  name: 'stage.notNew',
  sql: `SELECT seq FROM ${TABLE} WHERE (vendor_id, event_id) IN (
      SELECT vendor_id, event_id FROM event_ids_v1
      WHERE (vendor_id, event_id) IN (SELECT vendor_id, event_id FROM ${TABLE})
      UNION ALL
      SELECT vendor_id, event_id FROM ${TABLE} GROUP BY vendor_id, event_id HAVING count() > 1
    )`,
  row: z.strictObject({ seq: countColumn }),
});

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
