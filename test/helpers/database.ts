import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll } from 'vitest';
import { type Database, openDatabase } from '../../store/clickhouse.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { useFolder } from './folder.ts';

/** The real embedded engine on a folder of its own; one a file, for one runs in a process. */
export interface TestDatabase {
  readonly db: Database;
  /** What the engine keeps on disk. */
  readonly folder: string;
  /** As after a restart: closed, opened again on the same folder. */
  reopen(): Promise<Database>;
}

export function useDatabase(options: { readonly migrated: boolean } = { migrated: true }) {
  const folder = useFolder();
  let db: Database | null = null;
  const path = () => join(folder.path, 'clickhouse');
  beforeAll(async () => {
    db = openDatabase({ path: path() });
    if (options.migrated) await migrate(db, MIGRATIONS, 0);
  });
  afterAll(() => db?.close());
  const test: TestDatabase = {
    get db() {
      if (db === null) throw new Error('the database opens before the first test');
      return db;
    },
    get folder() {
      return path();
    },
    async reopen() {
      await db?.close();
      db = openDatabase({ path: path() });
      return db;
    },
  };
  return test;
}

/** What becomes of a statement: `lost` runs it, and its answer never comes. */
export type Fault = 'refused' | 'lost' | null;

/** The real database, some of whose statements fail. */
export function withFaults(db: Database, faultOf: (statement: string) => Fault): Database {
  const [writer, reader] = [faulty(db.writer, faultOf), faulty(db.reader(), faultOf)];
  const { rowFiles } = db;
  return { writer, reader: () => reader, rowFiles, close: () => db.close() };
}

/** Fails the next statements that begin with or hold a text, so many times. */
export class Faults {
  readonly #planned: { text: string; times: number; fault: Fault }[] = [];
  readonly faultOf = (statement: string): Fault => {
    const planned = this.#planned.find((p) => p.times > 0 && statement.includes(p.text));
    if (planned === undefined) return null;
    planned.times -= 1;
    return planned.fault;
  };

  next(text: string, times = 1, fault: Fault = 'refused'): void {
    this.#planned.push({ text, times, fault });
  }

  mend(): void {
    this.#planned.length = 0;
  }
}

function faulty(inner: ClickHouseClient, faultOf: (statement: string) => Fault): ClickHouseClient {
  const outer: ClickHouseClient = Object.create(inner);
  const through = async <T>(statement: string, run: () => Promise<T>): Promise<T> => {
    const fault = faultOf(statement);
    if (fault === 'refused') throw new Error('injected: refused');
    const answer = await run();
    if (fault === 'lost') throw new Error('injected: the answer was lost');
    return answer;
  };
  outer.command = (params) => through(params.query, () => inner.command(params));
  outer.query = (params) => through(params.query, () => inner.query(params));
  outer.exec = (params) => through(params.query, () => inner.exec(params));
  return outer;
}

/** Rows of a statement as the engine answers them, for what no declared query tells. */
export async function rowsOf<T>(db: Database, query: string): Promise<T[]> {
  const result = await db.reader().query({ query, format: 'JSONEachRow' });
  return result.json<T>();
}

/** The single number that a statement answers. */
export async function numberOf(db: Database, query: string): Promise<number> {
  const [row] = await rowsOf<Record<string, string | number>>(db, query);
  return Number(Object.values(row ?? {})[0]);
}

/** Wipes the engine's own memory of inserts, by which it would leave out a second one. */
export async function forgetInserts(db: Database): Promise<void> {
  for (const table of ['events_v1', 'event_ids_v1']) {
    const change = (window: number) =>
      `ALTER TABLE ${table} MODIFY SETTING non_replicated_deduplication_window = ${window}`;
    for (const window of [0, 1_000]) await db.writer.command({ query: change(window) });
  }
}
