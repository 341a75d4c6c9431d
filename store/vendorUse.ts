import { z } from 'zod';
import { RHYTHM_FACTOR, RHYTHMS } from '../core/authenticity/rhythms.ts';
import { LATE_MIN, LATE_SHARE } from '../core/authenticity/shared.ts';
import { PAGE_ROWS_MAX } from '../core/limits.ts';
import type { Database } from './clickhouse.ts';
import { defineColumns } from './columns.ts';
import { counted, instant, literals, READ_BESIDE } from './counted.ts';
import { firmPages, smeAt } from './firmPages.ts';
import { defineQuery } from './query.ts';
import { literal } from './text.ts';

/** What the firms of one vendor have in common, whichever months are asked for. */

/** The use of one firm of the vendor in one of its solutions, ascending by time. */
export interface VendorFirm {
  readonly solutionId: string;
  readonly smeId: string;
  /** Since the epoch. */
  readonly seconds: Uint32Array;
  /** Pseudonyms: two numbers a row, the low one first; 0 and 0 where none was sent. */
  readonly actors: Uint32Array;
  readonly addresses: Uint32Array;
}

/** Every firm with a log, solution after solution, some at a time. */
export async function* readVendorFirms(
  db: Database,
  scope: VendorScope,
): AsyncGenerator<VendorFirm[]> {
  for (const solutionId of scope.solutionIds) {
    const pages = firmPages(
      { from: '', rowsMax: PAGE_ROWS_MAX },
      ({ from, rowsMax }) =>
        firmColumns(db, { ...scope, solutionIds: [solutionId], from, rowsMax }),
      { following: smeAt },
    );
    for await (const { page, edges } of pages) {
      yield edges.slice(0, -1).map((start, e) => {
        const end = edges[e + 1] ?? start;
        return {
          solutionId,
          smeId: smeAt(page, start),
          seconds: page.second.subarray(start, end),
          actors: page.actor.subarray(2 * start, 2 * end),
          addresses: page.address.subarray(2 * start, 2 * end),
        };
      });
    }
  }
}

/**
 * Of each rhythm a number by chance, the same for ever: `RHYTHMS` of them. Read once a process.
 */
export function readThinning(db: Database): Promise<Uint16Array> {
  const known = thinnings.get(db);
  if (known !== undefined) return known;
  const read = thinningColumns(db, {}).then(({ part }) => part);
  thinnings.set(db, read);
  // What failed is asked for again.
  read.catch(() => thinnings.delete(db));
  return read;
}

const thinnings = new WeakMap<Database, Promise<Uint16Array>>();

/** The log of one vendor's firms over whole weeks. */
export interface VendorScope extends Record<string, unknown> {
  readonly solutionIds: readonly string[];
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /**
   * Only events that came within so long after they happened, or before this: what is said of other
   * firms must not depend on what came later.
   */
  readonly delayMaxMs: number;
  readonly receivedBeforeMs: number;
}

/** Whether some firm's use came late by more than a few events, of what came before the instant. */
export async function isAnyLate(db: Database, scope: VendorScope): Promise<boolean> {
  // Of most vendors nothing came so late: then it need not be asked what counts, which costs more.
  if ((await everLateRows(db, scope)).length === 0) return false;
  return (await lateRows(db, scope)).length > 0;
}

/** Weeks are numbered, Monday to Sunday in Taipei, from the first Monday after the epoch. */
export function weekNumber(instantMs: number): number {
  return Math.floor((instantMs - FIRST_MONDAY_MS) / WEEK_MS);
}

export function weekStartMs(week: number): number {
  return week * WEEK_MS + FIRST_MONDAY_MS;
}

const WEEK_MS = 7 * 86_400_000;
/** 1970-01-05 00:00 in Taipei. */
const FIRST_MONDAY_MS = 4 * 86_400_000 - 8 * 3_600_000;

const firmColumns = defineColumns({
  name: 'authenticity.firms',
  columns: { sme: 'UInt32', second: 'UInt32', actor: 'UInt64', address: 'UInt64' },
  sql: (p: VendorScope & { readonly from: string; readonly rowsMax: number }) => `SELECT
      toUInt32(sme_id) AS sme, toUInt32(toUnixTimestamp(occurred_at)) AS second, actor, address
    FROM events_v1
    WHERE ${within(p)} AND sme_id >= ${literal(p.from)}
    ORDER BY solution_id, sme_id, occurred_at, seq LIMIT ${p.rowsMax}
    SETTINGS ${READ_BESIDE}`,
});

const thinningColumns = defineColumns({
  name: 'authenticity.thinning',
  columns: { part: 'UInt16' },
  sql: () => `SELECT CAST(cityHash64(toInt64(intDiv(number, ${RHYTHM_FACTOR})),
      toInt64(number % ${RHYTHM_FACTOR})) % 65536 AS UInt16) AS part
    FROM numbers(${RHYTHMS}) ORDER BY number`,
});

/** As `weekNumber`. */
export const WEEK = 'toInt32(intDiv(toUnixTimestamp(occurred_at) - 316800, 604800))';

/** The use that counts. */
export function within(p: VendorScope): string {
  return `solution_id IN (${literals(p.solutionIds)})
    AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
    AND (received_at < ${latest(p)} OR received_at < ${instant(p.receivedBeforeMs)})
    AND ${counted()}`;
}

/** Late use, those that do not count among it. */
const everLateRows = defineQuery({
  name: 'authenticity.everLate',
  sql: (p: VendorScope) => `SELECT sme_id FROM events_v1
    WHERE ${heardOf(p)} AND received_at >= ${latest(p)}
    GROUP BY sme_id
    HAVING count() >= ${LATE_MIN}
    LIMIT 1
    SETTINGS ${READ_BESIDE}`,
  row: z.strictObject({ sme_id: z.string() }),
});

/** Of what counts alone: beside much that does not, late use would seem little. */
const lateRows = defineQuery({
  name: 'authenticity.late',
  sql: (p: VendorScope) => `SELECT sme_id FROM events_v1
    WHERE ${heardOf(p)} AND ${counted()}
    GROUP BY sme_id
    HAVING (countIf(received_at >= ${latest(p)}) AS late) >= ${LATE_MIN}
      AND late * ${LATE_SHARE} >= count()
    LIMIT 1
    SETTINGS ${READ_BESIDE}`,
  row: z.strictObject({ sme_id: z.string() }),
});

function heardOf(p: VendorScope): string {
  return `solution_id IN (${literals(p.solutionIds)})
      AND occurred_at >= ${instant(p.startMs)} AND occurred_at < ${instant(p.endExclusiveMs)}
      AND received_at < ${instant(p.receivedBeforeMs)}`;
}

/** Up to when an event came in good time. */
function latest({ delayMaxMs }: VendorScope): string {
  return `occurred_at + INTERVAL ${Math.round(delayMaxMs / 1_000)} SECOND`;
}
