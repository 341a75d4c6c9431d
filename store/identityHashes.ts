import { open } from 'node:fs/promises';
import { z } from 'zod';
import { SPOOL_RESERVE_BYTES } from '../core/limits.ts';
import type { Database } from './clickhouse.ts';
import { storeFailure } from './failure.ts';
import { countColumn, defineQuery, readBinary } from './query.ts';
import { type RowFiles, withRows } from './rowFiles.ts';
import { cell, literal } from './text.ts';

/** 64 bits of an identity, which others may share. */
export const IDENTITY_HASH = 'sipHash64(vendor_id, event_id)';

/** So many identities are known. */
export async function countIdentities(db: Database): Promise<number> {
  const [row] = await identityCount(db, {});
  if (row === undefined) throw storeFailure('identities.count answered no row');
  return row.ids;
}

/**
 * Hands over the hashes of all known identities, in any order, of each its low and its high 32 bits.
 * The engine writes them into a file, which is read in pieces.
 * @param count so many are known at least
 */
export async function readIdentityHashes(
  db: Database,
  rowFiles: RowFiles,
  count: number,
  take: (hashes: Uint32Array) => void,
): Promise<void> {
  await rowFiles.hold([], async (path) => {
    const into = `file(${literal(path)}, RowBinary, 'hash UInt64')`;
    const settings = `engine_file_truncate_on_insert = 1, log_comment = 'identities.hashes'`;
    const query = `INSERT INTO FUNCTION ${into} SELECT ${IDENTITY_HASH} FROM event_ids_v1 SETTINGS ${settings}`;
    try {
      await db.reader().command({ query });
      const read = await readPieces(path, take);
      // One that is missing would be taken for new.
      if (read < count) throw new Error(`${read} hashes of ${count} identities`);
    } catch (cause) {
      throw storeFailure('the hashes of identities could not be read', cause);
    }
  });
}

/** Whether their file leaves the disk what the spool leaves it. */
export async function hasRoomForHashes(rowFiles: RowFiles, count: number): Promise<boolean> {
  return (await rowFiles.freeBytes()) - count * HASH_BYTES >= SPOOL_RESERVE_BYTES;
}

/** The hashes of these, in any order. */
export async function hashesOf(
  db: Database,
  identities: readonly { readonly vendorId: string; readonly eventId: string }[],
): Promise<Uint32Array> {
  if (identities.length === 0) return new Uint32Array();
  const lines = identities.map((i) => `${cell(i.vendorId)}\t${cell(i.eventId)}`);
  const columns = 'vendor_id String, event_id String';
  const bytes = await withRows(db, columns, lines, (asked) =>
    readBinary(
      db.reader(),
      'identities.hashesOf',
      `SELECT ${IDENTITY_HASH} FROM ${asked} FORMAT RowBinary`,
    ),
  );
  return wordsOf(bytes, 2 * lines.length);
}

/** Little-endian numbers of 32 bits; throws where there are not so many. */
export function wordsOf(bytes: Buffer, count: number): Uint32Array {
  if (bytes.length !== count * 4) throw storeFailure(`${bytes.length} bytes for ${count} words`);
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

/** @returns how many there were */
async function readPieces(path: string, take: (hashes: Uint32Array) => void): Promise<number> {
  const file = await open(path, 'r');
  try {
    const hashes = new Uint32Array(PIECE_BYTES / 4);
    const { size } = await file.stat();
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(hashes, 0, Math.min(PIECE_BYTES, size - at), at);
      if (bytesRead === 0 || bytesRead % 8 !== 0) throw new Error(`a piece has ${bytesRead} bytes`);
      take(hashes.subarray(0, bytesRead / 4));
      at += bytesRead;
    }
    return size / HASH_BYTES;
  } finally {
    await file.close();
  }
}

const HASH_BYTES = 8;
/** Taken at a stretch: a few milliseconds. */
const PIECE_BYTES = 256 * 1024;

const identityCount = defineQuery({
  name: 'identities.count',
  sql: 'SELECT count() AS ids FROM event_ids_v1',
  row: z.strictObject({ ids: countColumn }),
});
