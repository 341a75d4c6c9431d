import type { ClickHouseClient } from '@clickhouse/client';
import { storeFailure } from './failure.ts';
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
  await insertLines(client, table, columns, lines);
}

/**
 * The same for rows already written as TabSeparated lines.
 * @param token a further insert with it is left out, where the table remembers
 */
export async function insertLines(
  client: ClickHouseClient,
  table: string,
  columns: readonly string[],
  lines: readonly string[],
  token: string | null = null,
): Promise<void> {
  if (TRIMMED.test(lines.at(-1) ?? '')) {
    throw new RangeError(
      `the last column of ${table} must be one that is never empty or free text`,
    );
  }
  const settings = [
    DURABLE_INSERT,
    `log_comment = ${literal(`insert ${table}`)}`,
    ...(token === null ? [] : [`insert_deduplication_token = ${literal(token)}`]),
  ];
  const head = `INSERT INTO ${table} (${columns.join(', ')}) SETTINGS ${settings.join(', ')}`;
  try {
    await client.command({ query: `${head} FORMAT TabSeparated\n${lines.join('\n')}\n` });
  } catch (cause) {
    throw storeFailure(`insert ${table} failed`, cause);
  }
}
