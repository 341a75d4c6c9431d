import { z } from 'zod';
import type { UseEvent } from '../core/authenticity/use.ts';
import type { Database } from './clickhouse.ts';
import { counted, instant } from './counted.ts';
import { countColumn, defineQuery } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/**
 * The use of single months that findings of authenticity are made of; a query serves any number of
 * them. Single events are read only of months that a look is worth.
 */
export interface UseSpan {
  readonly smeId: string;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the span. */
  readonly receivedBeforeMs: number;
}

/** The counted events of each span, ascending by time, in the order asked. */
export async function readUse(
  db: Database,
  solutionId: string,
  spans: readonly UseSpan[],
): Promise<UseEvent[][]> {
  const uses: UseEvent[][] = spans.map(() => []);
  if (spans.length === 0) return uses;
  for (const row of await useRows(db, { solutionId, spans })) {
    uses[row.i] = row.events.map(([atMs, , receivedAtMs, actor, address, action]) => ({
      atMs,
      receivedAtMs,
      actor,
      address: address === '0' ? null : address,
      action,
    }));
  }
  return uses;
}

const useRows = defineQuery({
  name: 'authenticity.events',
  sql: (p: { solutionId: string; spans: readonly UseSpan[] }) => `SELECT i,
      arraySort(groupArray((toUnixTimestamp64Milli(occurred_at), seq,
        toUnixTimestamp64Milli(received_at), toString(actor), toString(address),
        toString(action)))) AS events
    FROM ${eventsOf(p.solutionId, p.spans, 'occurred_at, received_at, actor, address, action, seq')}
    GROUP BY i
    SETTINGS output_format_json_quote_64bit_integers = 0`,
  row: z.strictObject({
    i: countColumn,
    events: z.array(z.tuple([z.int(), z.int(), z.int(), z.string(), z.string(), z.string()])),
  }),
});

function eventsOf(solutionId: string, spans: readonly UseSpan[], columns: string): string {
  const rows = spans.map((s, i) =>
    [i, cell(s.smeId), s.startMs, s.endExclusiveMs, s.receivedBeforeMs].join('\t'),
  );
  const asked = inlineRows(
    'i UInt32, sme_id String, start Int64, end_exclusive Int64, received_before Int64',
    rows,
  );
  const from = spans.reduce((least, s) => Math.min(least, s.startMs), Infinity);
  const until = spans.reduce((most, s) => Math.max(most, s.endExclusiveMs), -Infinity);
  return `(
      SELECT sme_id, ${columns} FROM events_v1
      WHERE solution_id = ${literal(solutionId)}
        AND sme_id IN (SELECT sme_id FROM ${asked})
        AND occurred_at >= ${instant(from)} AND occurred_at < ${instant(until)} AND ${counted()}
    ) AS e
    JOIN (
      SELECT i, sme_id, fromUnixTimestamp64Milli(start, 'UTC') AS starts,
        fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends,
        fromUnixTimestamp64Milli(received_before, 'UTC') AS received_before
      FROM ${asked}
    ) AS w ON e.sme_id = w.sme_id
    WHERE occurred_at >= w.starts AND occurred_at < w.ends AND received_at < w.received_before`;
}
