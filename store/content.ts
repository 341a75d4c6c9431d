import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { TEXT_COLUMNS } from './eventText.ts';
import { storeFailure } from './failure.ts';
import { countColumn, defineQuery } from './query.ts';
import { withRows } from './rowFiles.ts';
import { STAGED_STRUCTURE } from './stagedRow.ts';

/**
 * 128 bits over everything the sender said of an event beside its id, made by the engine of the
 * columns of `eventText`: what differs in them under one identity is a conflict. Another form makes
 * every event that is sent again one.
 */
export const CONTENT = `reinterpretAsUInt128(sipHash128(${TEXT_COLUMNS.map(hashed).join(', ')}))`;

/** The contents of lines of `stagedRow`, by the numbers of their events. */
export async function contentsOf(
  db: Database,
  lines: readonly string[],
): Promise<ReadonlyMap<number, string>> {
  if (lines.length === 0) return new Map();
  const rows = await withRows(db, STAGED_STRUCTURE, lines, (asked) => contentRows(db, { asked }));
  const contents = new Map(rows.map((row) => [row.seq, row.content]));
  if (contents.size !== lines.length) {
    throw storeFailure(`content.of answered ${contents.size} of ${lines.length} rows`);
  }
  return contents;
}

/** A digest, decimal. */
export const contentColumn = z.string().regex(/^\d{1,39}$/);

const contentRows = defineQuery({
  name: 'content.of',
  sql: (p: { asked: string }) => `SELECT seq, toString(${CONTENT}) AS content FROM ${p.asked}`,
  row: z.strictObject({ seq: countColumn, content: contentColumn }),
});

function hashed(column: string): string {
  return column === 'source_seq' ? "ifNull(toString(source_seq), '')" : column;
}
