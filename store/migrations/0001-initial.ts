import type { Migration } from './types.ts';

/** Merges rewrite parts; without these the merged part could be lost after the old ones went. */
const DURABLE = `fsync_after_insert = 1, fsync_part_directory = 1,
  min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1`;

export const initial: Migration = {
  number: 1,
  name: 'initial',
  statements: [
    `CREATE TABLE IF NOT EXISTS events_v1 (
      seq UInt64,
      vendor_id LowCardinality(String),
      solution_id LowCardinality(String),
      sme_id String,
      event_id String,
      actor UInt64,
      actor_role Enum8('owner' = 1, 'staff' = 2, 'consumer' = 3, 'vendor' = 4, 'system' = 5),
      action LowCardinality(String),
      occurred_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
      received_at DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD),
      source String,
      source_seq Nullable(UInt64),
      session_id String,
      resource String,
      address UInt64,
      attributes String,
      content UInt128,
      batch_id String,
      supersedes Nullable(UInt64)
    ) ENGINE = MergeTree
    PARTITION BY toYYYYMM(occurred_at, 'Asia/Taipei')
    ORDER BY (solution_id, sme_id, occurred_at, seq)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS event_ids_v1 (
      vendor_id LowCardinality(String),
      event_id String,
      seq UInt64,
      received_at DateTime64(3, 'UTC'),
      content UInt128
    ) ENGINE = MergeTree
    ORDER BY (vendor_id, event_id)
    SETTINGS index_granularity = 256, ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS superseded_v1 (
      seq UInt64,
      by_seq UInt64
    ) ENGINE = MergeTree ORDER BY seq SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS batches_v1 (
      batch_id String,
      vendor_id LowCardinality(String),
      key_id String,
      received_at DateTime64(3, 'UTC'),
      received UInt32,
      accepted UInt32,
      rejected UInt32,
      simulated UInt8
    ) ENGINE = MergeTree ORDER BY batch_id SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS rejects_v1 (
      batch_id String,
      vendor_id LowCardinality(String),
      event_index UInt32,
      event_id Nullable(String),
      code LowCardinality(String),
      detail String,
      received_at DateTime64(3, 'UTC'),
      event String
    ) ENGINE = MergeTree ORDER BY (vendor_id, received_at, batch_id, event_index)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS registry_v1 (
      seq UInt64,
      recorded_at DateTime64(3, 'UTC'),
      recorded_by String,
      kind LowCardinality(String),
      id String,
      body String
    ) ENGINE = MergeTree ORDER BY seq SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS keys_v1 (
      seq UInt64,
      recorded_at DateTime64(3, 'UTC'),
      change Enum8('created' = 1, 'revoked' = 2),
      key_id String,
      role LowCardinality(String),
      vendor_id Nullable(String),
      sme_id Nullable(String),
      label String,
      hash String
    ) ENGINE = MergeTree ORDER BY seq SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS month_results_v1 (
      order_id String,
      month UInt16,
      revision UInt32,
      sealed_at DateTime64(3, 'UTC'),
      verification_id String,
      state LowCardinality(String),
      result String,
      digest String,
      simulated UInt8
    ) ENGINE = MergeTree ORDER BY (order_id, month, revision, sealed_at) SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS pings_v1 (
      number UInt8
    ) ENGINE = ReplacingMergeTree ORDER BY number SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS statements_v1 (
      statement_id String,
      order_id String,
      vendor_id LowCardinality(String),
      kind Enum8('claim' = 1, 'clawback' = 2),
      instalment UInt8,
      amount_twd Int64,
      as_of DateTime64(3, 'UTC'),
      drawn_at DateTime64(3, 'UTC'),
      drawn_by String,
      claim String
    ) ENGINE = MergeTree ORDER BY (order_id, drawn_at, statement_id) SETTINGS ${DURABLE}`,
  ],
};
