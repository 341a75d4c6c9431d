import type { Migration } from './types.ts';

/** Merges rewrite parts; without these the merged part could be lost after the old ones went. */
const DURABLE = `fsync_after_insert = 1, fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1`;

export const reviews: Migration = {
  number: 2,
  name: 'reviews',
  statements: [
    `CREATE TABLE IF NOT EXISTS reviews_v1 (
      review_id String,
      order_id String,
      month UInt16,
      revision UInt32,
      number UInt32,
      decision Enum8('accept' = 1, 'reject' = 2, 'reopen' = 3),
      reason String,
      reviewed_by String,
      reviewed_at DateTime64(3, 'UTC')
    ) ENGINE = MergeTree ORDER BY (order_id, month, reviewed_at, number) SETTINGS ${DURABLE}`,
  ],
};
