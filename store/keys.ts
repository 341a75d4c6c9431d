import { z } from 'zod';
import { KEY_ROLES } from '../core/routes.ts';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { instantCell } from './text.ts';

/** A change to a key: made or revoked. The key itself is never stored, only its SHA-256. */
export interface KeyChange {
  readonly seq: number;
  readonly atMs: number;
  readonly change: 'created' | 'revoked';
  readonly keyId: string;
  readonly role: (typeof KEY_ROLES)[number];
  readonly vendorId: string | null;
  readonly smeId: string | null;
  readonly label: string;
  /** Hex. */
  readonly hash: string;
}

export async function appendKeyChange(db: Database, change: KeyChange): Promise<void> {
  const row = [
    change.seq,
    instantCell(change.atMs),
    change.change,
    change.keyId,
    change.role,
    change.vendorId,
    change.smeId,
    change.label,
    change.hash,
  ];
  await insertRows(db.writer, 'keys_v1', COLUMNS, [row]);
}

export async function readKeyChanges(db: Database, afterSeq: number): Promise<KeyChange[]> {
  const rows = await changesAfter(db, { after: afterSeq });
  return rows.map((row) => ({
    seq: row.seq,
    atMs: row.at_ms,
    change: row.change,
    keyId: row.key_id,
    role: row.role,
    vendorId: row.vendor_id,
    smeId: row.sme_id,
    label: row.label,
    hash: row.hash,
  }));
}

const COLUMNS = [
  'seq',
  'recorded_at',
  'change',
  'key_id',
  'role',
  'vendor_id',
  'sme_id',
  'label',
  'hash',
];

const changesAfter = defineQuery({
  name: 'keys.after',
  sql: `SELECT seq, toUnixTimestamp64Milli(recorded_at) AS at_ms, change, key_id, role, vendor_id,
      sme_id, label, hash
    FROM keys_v1 WHERE seq > {after:UInt64} ORDER BY seq`,
  row: z.strictObject({
    seq: countColumn,
    at_ms: integerColumn,
    change: z.enum(['created', 'revoked']),
    key_id: z.string(),
    role: z.enum(KEY_ROLES),
    vendor_id: z.string().nullable(),
    sme_id: z.string().nullable(),
    label: z.string(),
    hash: z.string(),
  }),
});
