import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { counted, instant } from './counted.ts';
import { storeFailure } from './failure.ts';
import { defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows } from './text.ts';

/** A firm in a solution, and the time in which its use is looked for. */
export interface WatchedSpan {
  readonly solutionId: string;
  readonly smeId: string;
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

/**
 * When each firm last used its solution inside its span, in the order asked; null where it did not.
 * Only events received before `receivedBeforeMs` exist.
 */
export async function lastUses(
  db: Database,
  spans: readonly WatchedSpan[],
  receivedBeforeMs: number,
): Promise<(number | null)[]> {
  if (spans.length === 0) return [];
  const last: (number | null)[] = spans.map(() => null);
  for (const row of await lastUseRows(db, { spans, receivedBeforeMs })) {
    if (row.i >= last.length) throw storeFailure('lastUse.spans answered an unknown span');
    last[row.i] = row.last_ms;
  }
  return last;
}

const lastUseRows = defineQuery({
  name: 'lastUse.spans',
  sql: (p: { spans: readonly WatchedSpan[]; receivedBeforeMs: number }) => {
    const rows = p.spans.map((s, i) =>
      [cell(s.solutionId), cell(s.smeId), s.startMs, s.endExclusiveMs, i].join('\t'),
    );
    const asked = inlineRows(
      'solution_id String, sme_id String, starts Int64, ends Int64, i UInt32',
      rows,
    );
    return `WITH asked AS (SELECT * FROM ${asked})
      SELECT w.i AS i, toUnixTimestamp64Milli(max(e.occurred_at)) AS last_ms
      FROM events_v1 AS e
      INNER JOIN asked AS w ON e.solution_id = w.solution_id AND e.sme_id = w.sme_id
      WHERE (e.solution_id, e.sme_id) IN (SELECT solution_id, sme_id FROM asked)
        AND e.occurred_at >= fromUnixTimestamp64Milli(w.starts, 'UTC')
        AND e.occurred_at < fromUnixTimestamp64Milli(w.ends, 'UTC')
        AND e.received_at < ${instant(p.receivedBeforeMs)}
        AND ${counted('e')}
      GROUP BY w.i`;
  },
  row: z.strictObject({ i: z.int().min(0), last_ms: integerColumn }),
});
