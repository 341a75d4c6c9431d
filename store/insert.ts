import type { ClickHouseClient } from '@clickhouse/client';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { FEW_BYTES, FEW_LINES, type RowFiles, textOf } from './rowFiles.ts';
import { cell, literal } from './text.ts';

type Cell = string | number | bigint | null;

/** The client cuts white space and a semicolon off a statement's end: they must not be data. */
const TRIMMED = /[\s;]$/;

/** What makes an insert durable before it is answered; repeated on every one, default or not. */
const DURABLE_INSERT = 'async_insert = 0, fsync_metadata = 1';

/**
 * Inserts rows as one durable block. When it resolves, the rows are on disk; when it throws, some
 * partitions of them may be there and others not.
 */
export async function insertRows(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const lines = rows.map((row) => row.map(cell).join('\t'));
  await insertText(client, statementOf(table, columns, null), lines);
}

/**
 * The same for many rows, already written as TabSeparated lines.
 * @param token a further insert with it is left out, where the table remembers
 */
export async function insertLines(
  db: Database,
  table: string,
  columns: readonly string[],
  lines: readonly string[],
  token: string | null = null,
): Promise<void> {
  const { writer, rowFiles } = db;
  if (rowFiles === null || lines.length <= FEW_LINES) {
    return insertText(writer, statementOf(table, columns, token), lines);
  }
  await insertFile(writer, rowFiles, statementOf(table, columns, token), textOf(lines));
}

/** The same for rows that are bytes already: TabSeparated lines with their ends, in pieces. */
export async function insertBytes(
  { writer, rowFiles }: Database,
  table: string,
  columns: readonly string[],
  pieces: readonly Uint8Array[],
): Promise<void> {
  const statement = statementOf(table, columns, null);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (rowFiles !== null && bytes > FEW_BYTES) {
    return insertFile(writer, rowFiles, statement, pieces);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  await insertText(writer, statement, text.slice(0, -1).split('\n'));
}

/** The same for rows that the engine has; `from` is what stands behind FROM. */
export async function insertSelected(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  from: string,
  token: string,
): Promise<void> {
  const { head, settings } = statementOf(table, columns, token);
  const query = `${head} SETTINGS ${settings} SELECT ${columns.join(', ')} FROM ${from}`;
  await run(client, table, query);
}

interface InsertStatement {
  readonly table: string;
  readonly head: string;
  readonly settings: string;
}

function statementOf(
  table: string,
  columns: readonly string[],
  token: string | null,
): InsertStatement {
  const settings = [
    DURABLE_INSERT,
    `log_comment = ${literal(`insert ${table}`)}`,
    ...(token === null ? [] : [`insert_deduplication_token = ${literal(token)}`]),
  ];
  const head = `INSERT INTO ${table} (${columns.join(', ')})`;
  return { table, head, settings: settings.join(', ') };
}

async function insertText(
  client: ClickHouseClient,
  { table, head, settings }: InsertStatement,
  lines: readonly string[],
): Promise<void> {
  if (TRIMMED.test(lines.at(-1) ?? '')) {
    throw new RangeError(
      `the last column of ${table} must be one that is never empty or free text`,
    );
  }
  const rows = `${lines.join('\n')}\n`;
  await run(client, table, `${head} SETTINGS ${settings} FORMAT TabSeparated\n${rows}`);
}

async function insertFile(
  client: ClickHouseClient,
  rowFiles: RowFiles,
  { table, head, settings }: InsertStatement,
  text: Iterable<Uint8Array>,
): Promise<void> {
  await rowFiles.hold(text, (path) => {
    const source = `FROM INFILE ${literal(path)} SETTINGS ${settings} FORMAT TabSeparated`;
    return run(client, table, `${head} ${source}`);
  });
}

async function run(client: ClickHouseClient, table: string, query: string): Promise<void> {
  try {
    await client.command({ query });
  } catch (cause) {
    throw storeFailure(`insert ${table} failed`, cause);
  }
}
