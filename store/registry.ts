import { z } from 'zod';
import { type RegistryEntry, registryEntrySchema } from '../core/entries.ts';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery } from './query.ts';
import { instantCell } from './text.ts';

/** Registry history: rows are added, never changed. */
export interface RecordedEntry {
  readonly seq: number;
  readonly entry: RegistryEntry;
}

/** Entries after a sequence number, in order. */
export async function readRegistry(db: Database, afterSeq: number): Promise<RecordedEntry[]> {
  const rows = await entriesAfter(db, { after: afterSeq });
  return rows.map((row) => {
    const parsed = registryEntrySchema.safeParse({
      kind: row.kind,
      id: row.id,
      body: JSON.parse(row.body),
    });
    if (!parsed.success) throw storeFailure(`registry entry ${row.seq} cannot be read`);
    return { seq: row.seq, entry: parsed.data };
  });
}

/** Appends entries durably, all or, where it throws, possibly some. */
export async function appendRegistry(
  db: Database,
  entries: readonly RecordedEntry[],
  recordedAtMs: number,
  recordedBy: string,
): Promise<void> {
  const rows = entries.map(({ seq, entry }) => [
    seq,
    instantCell(recordedAtMs),
    recordedBy,
    entry.kind,
    entry.id,
    JSON.stringify(entry.body),
  ]);
  await insertRows(db.writer, 'registry_v1', COLUMNS, rows);
}

const COLUMNS = ['seq', 'recorded_at', 'recorded_by', 'kind', 'id', 'body'];

const entriesAfter = defineQuery({
  name: 'registry.after',
  sql: 'SELECT seq, kind, id, body FROM registry_v1 WHERE seq > {after:UInt64} ORDER BY seq',
  row: z.strictObject({ seq: countColumn, kind: z.string(), id: z.string(), body: z.string() }),
});
