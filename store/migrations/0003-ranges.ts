import type { Migration } from './types.ts';

/** Inserts remembered by their tokens, some hours of them: a first filter, never the proof. */
const REMEMBER = 'MODIFY SETTING non_replicated_deduplication_window = 1000';

export const ranges: Migration = {
  number: 3,
  name: 'ranges',
  statements: [
    `ALTER TABLE events_v1 ${REMEMBER}`,
    `ALTER TABLE event_ids_v1 ${REMEMBER}`,
    'ALTER TABLE batches_v1 ADD COLUMN IF NOT EXISTS first_seq UInt64 DEFAULT 0',
  ],
};
