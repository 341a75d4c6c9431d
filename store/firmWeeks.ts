import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { literals } from './counted.ts';
import { countColumn, defineQuery } from './query.ts';
import { inTime, type VendorScope, WEEK, within } from './vendorUse.ts';

/** The use of a firm in one week, by the number of the week. */
export interface FirmWeek {
  readonly week: number;
  readonly uses: number;
  /** Those that came within the scope's delay. */
  readonly prompt: number;
}

/** How much firms did in each week; without those that did nothing. */
export async function countUses(
  db: Database,
  scope: VendorScope,
  smeIds: readonly string[],
): Promise<Map<string, FirmWeek[]>> {
  const weeks = new Map<string, FirmWeek[]>();
  if (smeIds.length === 0) return weeks;
  for (const { sme_id: smeId, ...of } of await useCountRows(db, { ...scope, smeIds })) {
    const known = weeks.get(smeId);
    if (known === undefined) weeks.set(smeId, [of]);
    else known.push(of);
  }
  return weeks;
}

const useCountRows = defineQuery({
  name: 'authenticity.uses',
  sql: (p: VendorScope & { smeIds: readonly string[] }) => `SELECT sme_id, ${WEEK} AS week,
      count() AS uses, countIf(${inTime(p.delayMaxMs)}) AS prompt
    FROM events_v1
    WHERE ${within({ ...p, delayMaxMs: null })} AND sme_id IN (${literals(p.smeIds)})
    GROUP BY sme_id, week ORDER BY sme_id, week`,
  row: z.strictObject({
    sme_id: z.string(),
    week: z.int(),
    uses: countColumn,
    prompt: countColumn,
  }),
});
