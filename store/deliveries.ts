import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { countColumn, defineQuery } from './query.ts';
import { idSet, instantCell } from './text.ts';

/** A warning that its receiver took: added to, never changed. */
export interface Delivery {
  readonly orderId: string;
  readonly month: number;
  readonly deliveredAtMs: number;
}

export async function insertDelivery(db: Database, delivery: Delivery): Promise<void> {
  const { orderId, month, deliveredAtMs } = delivery;
  const row = [orderId, month, instantCell(deliveredAtMs)];
  await insertRows(
    db.writer,
    'warning_deliveries_v1',
    ['order_id', 'month', 'delivered_at'],
    [row],
  );
}

/** The months of the orders whose warning was delivered. */
export async function deliveredMonths(
  db: Database,
  orderIds: readonly string[],
): Promise<readonly Pick<Delivery, 'orderId' | 'month'>[]> {
  if (orderIds.length === 0) return [];
  const rows = await deliveryRows(db, { orderIds });
  return rows.map((row) => ({ orderId: row.order_id, month: row.month }));
}

const deliveryRows = defineQuery({
  name: 'deliveries.ofOrders',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT order_id, month FROM warning_deliveries_v1
    WHERE order_id IN ${idSet(p.orderIds)}
    GROUP BY order_id, month ORDER BY order_id, month`,
  row: z.strictObject({ order_id: z.string(), month: countColumn }),
});
