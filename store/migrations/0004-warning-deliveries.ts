import type { Migration } from './types.ts';

/** Merges rewrite parts; without these the merged part could be lost after the old ones went. */
const DURABLE = `fsync_after_insert = 1, fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1`;

export const warningDeliveries: Migration = {
  number: 4,
  name: 'warning-deliveries',
  statements: [
    `CREATE TABLE IF NOT EXISTS warning_deliveries_v1 (
      order_id String,
      month UInt16,
      delivered_at DateTime64(3, 'UTC')
    ) ENGINE = MergeTree ORDER BY (order_id, month) SETTINGS ${DURABLE}`,
  ],
};
