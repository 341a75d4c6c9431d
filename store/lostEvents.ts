import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { contentColumn } from './content.ts';
import { TEXT_COLUMNS } from './eventText.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import type { EventRow } from './stagedRow.ts';

/**
 * Stored events by their sequence numbers, with their places in their requests: those that lost
 * their place to one received earlier, which happens with a simulated clock alone. Reads the numbers
 * of all that is stored.
 */
export async function findLost(
  db: Database,
  seqs: readonly number[],
): Promise<(EventRow & { readonly index: number })[]> {
  if (seqs.length === 0) return [];
  const rows = await lostRows(db, { seqs: [...seqs] });
  return rows.map((row) => ({
    seq: row.seq,
    index: placeOf(row.ordinal, new Set(row.refused)),
    vendorId: row.vendor_id,
    eventId: row.event_id,
    batchId: row.batch_id,
    receivedAtMs: row.received_ms,
    content: row.content,
    text: row.text,
  }));
}

/** The place in the request of its accepted event with that ordinal, both from 0. */
function placeOf(ordinal: number, refused: ReadonlySet<number>): number {
  let index = -1;
  for (let left = ordinal; left >= 0; ) {
    index += 1;
    if (!refused.has(index)) left -= 1;
  }
  return index;
}

const lostRows = defineQuery({
  name: 'events.lost',
  sql: `WITH lost AS (SELECT * FROM events_v1 WHERE seq IN {seqs:Array(UInt64)})
    SELECT seq, vendor_id, event_id, lost.batch_id AS batch_id,
      toUnixTimestamp64Milli(received_at) AS received_ms, toString(content) AS content,
      formatRowNoNewline('TabSeparated', ${TEXT_COLUMNS.join(', ')}) AS text,
      seq - b.first_seq AS ordinal, r.refused AS refused
    FROM lost
    INNER JOIN (
      SELECT batch_id, max(first_seq) AS first_seq FROM batches_v1
      WHERE batch_id IN (SELECT batch_id FROM lost) GROUP BY batch_id
    ) AS b ON b.batch_id = lost.batch_id
    LEFT JOIN (
      SELECT batch_id, groupUniqArray(event_index) AS refused FROM rejects_v1
      WHERE code != 'id_conflict' AND batch_id IN (SELECT batch_id FROM lost) GROUP BY batch_id
    ) AS r ON r.batch_id = lost.batch_id
    ORDER BY seq
    LIMIT 1 BY seq`,
  row: z.strictObject({
    seq: countColumn,
    vendor_id: z.string(),
    event_id: z.string(),
    batch_id: z.string(),
    received_ms: integerColumn,
    content: contentColumn,
    text: z.string(),
    ordinal: countColumn,
    refused: z.array(countColumn),
  }),
});
