import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';

/**
 * A query is declared once: its name (to a server the log_comment, which says who computed a number), its SQL and
 * the shape of its rows, which are parsed, never cast. A failed read throws; it is never a number.
 */
export interface QueryDefinition<P extends Record<string, unknown>, S extends z.ZodType> {
  readonly name: string;
  readonly sql: string | ((params: P) => string);
  readonly row: S;
}

export function defineQuery<P extends Record<string, unknown>, S extends z.ZodType>(
  definition: QueryDefinition<P, S>,
): (db: Database, params: P) => Promise<z.output<S>[]> {
  const rows = z.array(definition.row);
  return async (db, params) => {
    const { sql, bound } =
      typeof definition.sql === 'string'
        ? { sql: definition.sql, bound: params }
        : { sql: definition.sql(params), bound: undefined };
    const raw = await read(db.reader(), definition.name, sql, bound);
    const parsed = rows.safeParse(raw);
    if (parsed.success) return parsed.data;
    throw storeFailure(`${definition.name} answered ${z.prettifyError(parsed.error)}`);
  };
}

/** A count of ClickHouse, sent as text because a float would lose the last digits. */
export const countColumn = z
  .union([z.string().regex(/^\d{1,16}$/), z.int().min(0)])
  .transform(Number)
  .refine(Number.isSafeInteger, { message: 'beyond 2^53' });

/** A whole number that may be negative: money, or an instant in milliseconds. */
export const integerColumn = z
  .union([z.string().regex(/^-?\d{1,16}$/), z.int()])
  .transform(Number)
  .refine(Number.isSafeInteger, { message: 'beyond 2^53' });

/** The bytes of an answer in the binary format that the statement names; who asks knows its form. */
export async function readBinary(
  client: ClickHouseClient,
  name: string,
  sql: string,
): Promise<Buffer> {
  try {
    const { stream } = await client.exec({
      query: sql,
      // A failure in the middle of the answer is told before it: nobody could tell it from rows.
      clickhouse_settings: { log_comment: name, wait_end_of_query: 1 },
    });
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece);
    const [only] = pieces;
    // The embedded engine answers in one piece, which may be large.
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  } catch (cause) {
    throw storeFailure(`query ${name} failed`, cause);
  }
}

async function read(
  client: ClickHouseClient,
  name: string,
  sql: string,
  params: Record<string, unknown> | undefined,
): Promise<unknown> {
  try {
    const result = await client.query({
      query: sql,
      format: 'JSONEachRow',
      clickhouse_settings: { log_comment: name },
      ...(params === undefined ? {} : { query_params: params }),
    });
    return await result.json();
  } catch (cause) {
    throw storeFailure(`query ${name} failed`, cause);
  }
}
