import { z } from 'zod';
import { grouped } from '../core/grouped.ts';
import type { RevisionMade } from '../core/review.ts';
import type { Database } from './clickhouse.ts';
import { insertLines } from './insert.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, idSet, instantCell } from './text.ts';

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

/** The latest revision of a month, and what made each of its revisions, the first first. */
export interface LatestResult extends MonthResult {
  readonly revisions: readonly RevisionMade[];
}

export async function insertMonthResults(
  db: Database,
  results: readonly MonthResult[],
): Promise<void> {
  if (results.length === 0) return;
  const lines = results.map((r) =>
    [
      r.orderId,
      r.month,
      r.revision,
      instantCell(r.sealedAtMs),
      r.verificationId,
      r.state,
      r.result,
      r.digest,
      r.simulated ? 1 : 0,
    ]
      .map(cell)
      .join('\t'),
  );
  await insertLines(db, 'month_results_v1', COLUMNS, lines);
}

/**
 * The latest revision of each sealed month of the orders that exists at an instant. Where one
 * revision was written twice, the first stands. In no order.
 * @param sealedUntilMs inclusive
 */
export async function readMonthResults(
  db: Database,
  orderIds: readonly string[],
  sealedUntilMs: number,
): Promise<LatestResult[]> {
  if (orderIds.length === 0) return [];
  const rows = await resultRows(db, { orderIds });
  const existing = rows.filter((row) => row.sealed_ms <= sealedUntilMs);
  return [...grouped(existing, (row) => `${row.order_id} ${row.month}`).values()].map(latestOf);
}

/** Every revision of one month, the first first. */
export async function readRevisions(
  db: Database,
  orderId: string,
  month: number,
): Promise<MonthResult[]> {
  return (await revisionRows(db, { orderId, month })).map(fromRow);
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

const resultRow = z.strictObject({
  order_id: z.string(),
  month: z.int(),
  revision: z.int(),
  sealed_ms: integerColumn,
  verification_id: z.string(),
  state: z.string(),
  result: z.string(),
  digest: z.string(),
  simulated: z.int(),
});

type ResultRow = z.output<typeof resultRow>;

/** @param rows of one month, at least one */
function latestOf(rows: readonly ResultRow[]): LatestResult {
  const inOrder = [...rows].sort(byRevision);
  const revisions = inOrder.filter((row, i) => row.revision !== inOrder[i - 1]?.revision);
  const latest = revisions.at(-1);
  if (latest === undefined) throw new RangeError('a month without a revision');
  return {
    ...fromRow(latest),
    revisions: revisions.map(({ revision, verification_id: verificationId }) => ({
      revision,
      verificationId,
    })),
  };
}

/** Of one revision the one first written comes first. */
function byRevision(a: ResultRow, b: ResultRow): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  if (a.sealed_ms !== b.sealed_ms) return a.sealed_ms - b.sealed_ms;
  return a.digest < b.digest ? -1 : 1;
}

function fromRow(row: ResultRow): MonthResult {
  return {
    orderId: row.order_id,
    month: row.month,
    revision: row.revision,
    sealedAtMs: row.sealed_ms,
    verificationId: row.verification_id,
    state: row.state,
    result: row.result,
    digest: row.digest,
    simulated: row.simulated === 1,
  };
}

const SELECTED = `order_id, month, revision, toUnixTimestamp64Milli(sealed_at) AS sealed_ms,
  verification_id, state, result, digest, simulated`;

/** Which one stands is told here: for one order the engine would take a sixth longer. */
const resultRows = defineQuery({
  name: 'monthResults.ofOrders',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT ${SELECTED} FROM month_results_v1 WHERE order_id IN ${idSet(p.orderIds)}`,
  row: resultRow,
});

const revisionRows = defineQuery({
  name: 'monthResults.revisions',
  sql: `SELECT ${SELECTED}
    FROM month_results_v1
    WHERE order_id = {orderId:String} AND month = {month:UInt16}
    ORDER BY revision, sealed_at, digest
    LIMIT 1 BY revision`,
  row: resultRow,
});

/**
 * The span, limit and digest of the latest revision of each sealed month of the orders, without what
 * was decided; whether each fits its digest is looked at by the engine: a closing looks at every
 * seal of a national registry.
 */
export const readSealedSpans = defineQuery({
  name: 'monthResults.spans',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT order_id, month, revision, digest,
      JSONExtractString(result, 'start') AS start,
      JSONExtractString(result, 'endExclusive') AS end_exclusive,
      JSONExtractString(result, 'countedUntil') AS counted_until,
      lower(hex(SHA256(result))) = digest
        AND JSONExtractString(result, 'orderId') = order_id
        AND JSONExtractUInt(result, 'month') = month
        AND JSONExtractUInt(result, 'revision') = revision
        AND JSONExtractString(result, 'state') = state
        AND JSONExtractBool(result, 'simulated') = simulated AS intact
    FROM month_results_v1
    WHERE order_id IN ${idSet(p.orderIds)}
    ORDER BY order_id, month, revision DESC, sealed_at, digest
    LIMIT 1 BY order_id, month`,
  row: z.strictObject({
    order_id: z.string(),
    month: z.int(),
    revision: z.int(),
    digest: z.string(),
    start: z.string(),
    end_exclusive: z.string(),
    /** Empty where it names none. */
    counted_until: z.string(),
    /** 0: it differs from its digest, or is of another month than the one it is stored under. */
    intact: z.int(),
  }),
});

/** Which months of orders are sealed, each with its latest revision. */
export const sealedMonthsOf = defineQuery({
  name: 'monthResults.sealed',
  sql: (p: { orderIds: readonly string[] }) =>
    `SELECT order_id, month, max(revision) AS latest,
      arrayFilter(d -> d != '', groupUniqArray(JSONExtractString(result, 'ruleFrom'))) AS rules
    FROM month_results_v1
    WHERE order_id IN ${idSet(p.orderIds)}
    GROUP BY order_id, month ORDER BY order_id, month`,
  row: z.strictObject({
    order_id: z.string(),
    month: countColumn,
    latest: z.int(),
    /** From when the versions are in force that its revisions were judged by; old ones name none. */
    rules: z.array(z.string()),
  }),
});
