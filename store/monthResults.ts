import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, instantCell } from './text.ts';

/** A sealed month result: added by revision, never changed. */
export interface MonthResult {
  readonly orderId: string;
  readonly month: number;
  readonly revision: number;
  readonly sealedAtMs: number;
  readonly verificationId: string;
  readonly state: string;
  /** JSON of what was decided. */
  readonly result: string;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly simulated: boolean;
}

export async function insertMonthResults(
  db: Database,
  results: readonly MonthResult[],
): Promise<void> {
  const rows = results.map((r) => [
    r.orderId,
    r.month,
    r.revision,
    instantCell(r.sealedAtMs),
    r.verificationId,
    r.state,
    r.result,
    r.digest,
    r.simulated ? 1 : 0,
  ]);
  await insertRows(db.writer, 'month_results_v1', COLUMNS, rows);
}

/**
 * The latest revision of each sealed month of the orders that exists at an instant. Where one
 * revision was written twice, the first stands.
 * @param sealedUntilMs inclusive
 */
export async function readMonthResults(
  db: Database,
  orderIds: readonly string[],
  sealedUntilMs: number,
): Promise<MonthResult[]> {
  if (orderIds.length === 0) return [];
  const rows = await resultRows(db, { orderIds, sealedUntilMs });
  return rows.map((row) => ({
    orderId: row.order_id,
    month: row.month,
    revision: row.revision,
    sealedAtMs: row.sealed_ms,
    verificationId: row.verification_id,
    state: row.state,
    result: row.result,
    digest: row.digest,
    simulated: row.simulated === 1,
  }));
}

const COLUMNS = [
  'order_id',
  'month',
  'revision',
  'sealed_at',
  'verification_id',
  'state',
  'result',
  'digest',
  'simulated',
];

const resultRows = defineQuery({
  name: 'monthResults.latest',
  sql: (p: { orderIds: readonly string[]; sealedUntilMs: number }) =>
    `SELECT order_id, month, revision, toUnixTimestamp64Milli(sealed_at) AS sealed_ms,
      verification_id, state, result, digest, simulated
    FROM month_results_v1
    WHERE order_id IN (SELECT id FROM ${inlineRows('id String', p.orderIds.map(cell))})
      AND sealed_at <= fromUnixTimestamp64Milli(toInt64(${p.sealedUntilMs}), 'UTC')
    ORDER BY order_id, month, revision DESC, sealed_at, digest
    LIMIT 1 BY order_id, month`,
  row: z.strictObject({
    order_id: z.string(),
    month: z.int(),
    revision: z.int(),
    sealed_ms: integerColumn,
    verification_id: z.string(),
    state: z.string(),
    result: z.string(),
    digest: z.string(),
    simulated: z.int(),
  }),
});

/** Which months of a solution's orders are sealed: what a registry change must not alter. */
export const sealedMonthsOf = defineQuery({
  name: 'monthResults.sealed',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT order_id, month FROM month_results_v1
    WHERE order_id IN (SELECT id FROM ${inlineRows('id String', p.orderIds.map(cell))})
    GROUP BY order_id, month ORDER BY order_id, month`,
  row: z.strictObject({ order_id: z.string(), month: countColumn }),
});
