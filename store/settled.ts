import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { defineQuery, integerColumn } from './query.ts';

/** The latest instant at which a month of an order was sealed or reviewed, or the order drawn; 0: never. */
export async function lastSettledMs(db: Database, orderId: string): Promise<number> {
  const [row] = await settledRows(db, { orderId });
  return row?.settled_ms ?? 0;
}

const settledRows = defineQuery({
  name: 'settled.last',
  sql: `SELECT toUnixTimestamp64Milli(max(at)) AS settled_ms FROM (
      SELECT max(sealed_at) AS at FROM month_results_v1 WHERE order_id = {orderId:String}
      UNION ALL
      SELECT max(reviewed_at) AS at FROM reviews_v1 WHERE order_id = {orderId:String}
      UNION ALL
      SELECT max(drawn_at) AS at FROM statements_v1 WHERE order_id = {orderId:String}
    )`,
  row: z.strictObject({ settled_ms: integerColumn }),
});
