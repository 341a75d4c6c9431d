import { z } from 'zod';
import type { Statement } from '../core/claim.ts';
import type { Database } from './clickhouse.ts';
import { insertRows } from './insert.ts';
import { defineQuery, integerColumn } from './query.ts';
import { idSet, instantCell } from './text.ts';

/** A drawn statement with the claim it was drawn from. */
export interface DrawnStatement extends Statement {
  readonly vendorId: string;
  readonly drawnBy: string;
  /** JSON of the claim as answered when it was drawn. */
  readonly claim: string;
}

export async function insertStatement(db: Database, s: DrawnStatement): Promise<void> {
  const row = [
    s.statementId,
    s.orderId,
    s.vendorId,
    s.kind,
    s.instalment,
    s.amountTwd,
    instantCell(s.asOfMs),
    instantCell(s.drawnAtMs),
    s.drawnBy,
    s.claim,
  ];
  await insertRows(db.writer, 'statements_v1', COLUMNS, [row]);
}

/** Statements of the orders, in the order of drawing. */
export async function statementsOf(
  db: Database,
  orderIds: readonly string[],
): Promise<DrawnStatement[]> {
  if (orderIds.length === 0) return [];
  const rows = await statementRows(db, { orderIds });
  return rows.map((row) => ({
    statementId: row.statement_id,
    orderId: row.order_id,
    vendorId: row.vendor_id,
    kind: row.kind,
    instalment: row.instalment,
    amountTwd: row.amount_twd,
    asOfMs: row.as_of_ms,
    drawnAtMs: row.drawn_ms,
    drawnBy: row.drawn_by,
    claim: row.claim,
  }));
}

/** What vendors drew in a span of drawing times, a row a statement; clawbacks are negative. */
export async function drawnByVendors(
  db: Database,
  vendorIds: readonly string[],
  fromMs: number,
  untilMs: number,
): Promise<Pick<Statement, 'orderId' | 'amountTwd'>[]> {
  const rows = await vendorRows(db, { vendorIds, fromMs, untilMs });
  return rows.map((row) => ({ orderId: row.order_id, amountTwd: row.amount_twd }));
}

const COLUMNS = [
  'statement_id',
  'order_id',
  'vendor_id',
  'kind',
  'instalment',
  'amount_twd',
  'as_of',
  'drawn_at',
  'drawn_by',
  'claim',
];

const statementRows = defineQuery({
  name: 'statements.ofOrders',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT statement_id, order_id, vendor_id, kind, instalment, amount_twd,
      toUnixTimestamp64Milli(as_of) AS as_of_ms, toUnixTimestamp64Milli(drawn_at) AS drawn_ms,
      drawn_by, claim
    FROM statements_v1
    WHERE order_id IN ${idSet(p.orderIds)}
    ORDER BY drawn_at, statement_id`,
  row: z.strictObject({
    statement_id: z.string(),
    order_id: z.string(),
    vendor_id: z.string(),
    kind: z.enum(['claim', 'clawback']),
    instalment: z.union([z.literal(1), z.literal(2)]),
    amount_twd: integerColumn,
    as_of_ms: integerColumn,
    drawn_ms: integerColumn,
    drawn_by: z.string(),
    claim: z.string(),
  }),
});

const vendorRows = defineQuery({
  name: 'statements.ofVendors',
  sql: `SELECT order_id, amount_twd FROM statements_v1
    WHERE vendor_id IN {vendorIds:Array(String)}
      AND drawn_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
      AND drawn_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')`,
  row: z.strictObject({ order_id: z.string(), amount_twd: integerColumn }),
});
