import { z } from 'zod';
import { grouped } from '../core/grouped.ts';
import { dateOf } from '../core/time.ts';
import type { Database } from './clickhouse.ts';
import { literals, READ_BESIDE } from './counted.ts';
import { countColumn, defineQuery } from './query.ts';
import { type VendorScope, WEEK, within } from './vendorUse.ts';

/** How much firms did in one week, by the number of the week. */
export interface FirmWeek {
  readonly week: number;
  readonly uses: number;
}

/** By firm; without weeks in which nothing was done. */
export async function countWeeks(
  db: Database,
  scope: VendorScope,
  smeIds: readonly string[],
): Promise<Map<string, FirmWeek[]>> {
  if (smeIds.length === 0) return new Map();
  return grouped(await weekRows(db, { ...scope, smeIds }), (row) => row.sme_id);
}

/**
 * How much each firm did, at most: what came late, what does not stand, what others did and the
 * rest of the first and the last month are among it.
 */
export async function countAtMost(db: Database, scope: VendorScope): Promise<Map<string, number>> {
  const rows = await mostRows(db, scope);
  return new Map(rows.map((row) => [row.sme_id, row.uses]));
}

const weekRows = defineQuery({
  name: 'authenticity.firmWeeks',
  sql: (p: VendorScope & { smeIds: readonly string[] }) => `SELECT sme_id, ${WEEK} AS week,
      count() AS uses
    FROM events_v1 WHERE ${within(p)} AND sme_id IN (${literals(p.smeIds)})
    GROUP BY sme_id, week ORDER BY sme_id, week`,
  row: z.strictObject({ sme_id: z.string(), week: z.int(), uses: countColumn }),
});

/** Of whole months, by the column that the log lies in the order of: it costs little. */
const mostRows = defineQuery({
  name: 'authenticity.atMost',
  sql: (p: VendorScope) =>
    `SELECT sme_id, count() AS uses FROM events_v1
    WHERE solution_id IN (${literals(p.solutionIds)})
      AND _partition_id >= '${partitionOf(p.startMs)}'
      AND _partition_id <= '${partitionOf(p.endExclusiveMs)}'
    GROUP BY sme_id
    SETTINGS ${READ_BESIDE}`,
  row: z.strictObject({ sme_id: z.string(), uses: countColumn }),
});

/** The part of the log with the civil month of an instant. */
function partitionOf(instantMs: number): string {
  return dateOf(instantMs).slice(0, 7).replace('-', '');
}
