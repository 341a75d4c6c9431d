import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { Session } from 'chdb';
import { createChdbConnection } from 'chdb/connection';
import { STATEMENT_ANSWER_MS } from '../core/limits.ts';
import { RowFiles } from './rowFiles.ts';

/**
 * The door to ClickHouse. Without a url the engine runs inside this process (chdb) on a directory
 * that no second process can open; with one, the same client, SQL and migrations go to a server.
 */
export interface Database {
  /** Inserts and schema changes; one statement at a time on the embedded engine. */
  readonly writer: ClickHouseClient;
  /** The next reading connection; the embedded engine runs one query on each at a time. */
  reader(): ClickHouseClient;
  /** Where many rows are handed over; null: with the statement, to a server. */
  readonly rowFiles: RowFiles | null;
  close(): Promise<void>;
}

export type DatabaseTarget =
  | { readonly path: string }
  | { readonly url: string; readonly username: string; readonly password: string };

const EMBEDDED_READERS = 3;

/** Merges take one thread of the embedded engine instead of two: more is left for requests. */
const ENGINE_ARGUMENTS = ['--background_pool_size=1'];

/** Settings of every statement: exact 64-bit numbers as text, and no hidden buffering of inserts. */
const SETTINGS = {
  max_query_size: '134217728',
  output_format_json_quote_64bit_integers: 1,
  async_insert: 0,
  wait_for_async_insert: 1,
  max_partitions_per_insert_block: '1000',
  date_time_input_format: 'basic',
} as const satisfies ClickHouseSettings;

/** Both packages bundle their own copy of the same interface, which only names tell apart. */
export type EmbeddedConnection = NonNullable<
  NonNullable<Parameters<typeof createClient>[0]>['connection']
>;

export function openDatabase(target: DatabaseTarget): Database {
  // The first session on a directory starts the engine, with its arguments; the others join it.
  const engine =
    'path' in target ? new Session(target.path, { connectionArgs: ENGINE_ARGUMENTS }) : null;
  const connect = (): ClickHouseClient =>
    'path' in target
      ? createClient({
          connection: withSettings(
            createChdbConnection({ path: target.path }) as unknown as EmbeddedConnection,
          ),
        })
      : createClient({
          url: target.url,
          username: target.username,
          password: target.password,
          clickhouse_settings: SETTINGS,
          max_open_connections: 16,
          // Without progress headers: with them a statement that fails late has begun its answer as 200.
          request_timeout: STATEMENT_ANSWER_MS,
          application: 'flowproof',
          // Failures are thrown, and logged by us: the client's own lines may quote rows.
          log: { level: ClickHouseLogLevel.OFF },
        });
  const writer = connect();
  const readers = 'path' in target ? Array.from({ length: EMBEDDED_READERS }, connect) : [writer];
  let turn = 0;
  return {
    writer,
    reader() {
      turn = (turn + 1) % readers.length;
      return readers[turn] ?? writer;
    },
    rowFiles: 'path' in target ? RowFiles.open(`${target.path}-rows`) : null,
    async close() {
      try {
        for (const client of new Set([...readers, writer])) await client.close();
      } finally {
        engine?.close();
      }
    },
  };
}

/**
 * A session keeps its settings: they are set once, before its first statement. Sent along, each of
 * them is a statement of its own, and has the whole text of an insert copied once more. Who asks is
 * told to a server alone: the engine of one process keeps no log of queries.
 */
export function withSettings(inner: EmbeddedConnection): EmbeddedConnection {
  let prepared: Promise<unknown> | null = null;
  const ready = () => {
    const query = Object.entries(SETTINGS).map(([name, value]) => `SET ${name} = '${value}'`);
    prepared ??= inner.command({ query: query.join('; ') }).catch((error: unknown) => {
      // The next statement sets them: a connection that failed once is not lost.
      prepared = null;
      throw error;
    });
    return prepared;
  };
  return {
    close: () => inner.close(),
    ping: (params) => inner.ping(params),
    query: async (params) => ready().then(() => inner.query(unnamed(params))),
    insert: async (params) => ready().then(() => inner.insert(unnamed(params))),
    command: async (params) => ready().then(() => inner.command(unnamed(params))),
    exec: async (params) => ready().then(() => inner.exec(unnamed(params))),
  };
}

function unnamed<P extends { clickhouse_settings?: ClickHouseSettings }>(params: P): P {
  const { log_comment: _name, ...clickhouse_settings } = params.clickhouse_settings ?? {};
  return { ...params, clickhouse_settings };
}
