import { z } from 'zod';
import { grouped } from '../core/grouped.ts';
import type { Database } from './clickhouse.ts';
import { literals } from './counted.ts';
import { countColumn, defineQuery } from './query.ts';
import { among, type VendorScope, WEEK, within } from './vendorUse.ts';

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

/** How much each firm did, at most: what came late, and what does not stand, is among it. */
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

/** By the columns that the log lies in the order of: it costs little. */
const mostRows = defineQuery({
  name: 'authenticity.atMost',
  sql: (p: VendorScope) =>
    `SELECT sme_id, count() AS uses FROM events_v1 WHERE ${among(p)} GROUP BY sme_id`,
  row: z.strictObject({ sme_id: z.string(), uses: countColumn }),
});
