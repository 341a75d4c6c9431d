import { z } from 'zod';
import type { FirmOfSolution } from '../core/orderedFirms.ts';
import type { Database } from './clickhouse.ts';
import { instant, literals, standing } from './counted.ts';
import { MEMORY, type Memory, settingsOf } from './memory.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/** Events that lie in no contract of their firm for their solution: stored, and counted nowhere. */

export interface UnorderedUse extends FirmOfSolution {
  readonly vendorId: string;
  readonly events: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Days on which a contract of a firm for a solution ran; those of one firm never overlap. */
export interface ContractedTime extends FirmOfSolution {
  readonly startMs: number;
  readonly endExclusiveMs: number;
}

export interface UnorderedUseQuestion {
  readonly solutionIds: readonly string[];
  /** Firms behind this one, by solution and then by number; null: from the first. */
  readonly after: FirmOfSolution | null;
  /** Up to this one, it included; null: to the last. */
  readonly to: FirmOfSolution | null;
  /** All that the firms between have. */
  readonly contracts: readonly ContractedTime[];
  /** Only events received before this instant exist. */
  readonly receivedBeforeMs: number;
  readonly limit: number;
}

/** By solution and firm; what stands, whoever did it. */
export async function pageOfUnorderedUse(
  db: Database,
  question: UnorderedUseQuestion,
  memory: Memory = MEMORY,
): Promise<UnorderedUse[]> {
  if (question.solutionIds.length === 0) return [];
  const rows = await unorderedRows(db, { question, memory });
  return rows.map((row) => ({
    vendorId: row.vendor_id,
    solutionId: row.solution_id,
    smeId: row.sme_id,
    events: row.events,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
  }));
}

const unorderedRows = defineQuery({
  name: 'unordered.page',
  sql: ({ question, memory }: { question: UnorderedUseQuestion; memory: Memory }) => {
    const { solutionIds, receivedBeforeMs, limit } = question;
    return `SELECT any(vendor) AS vendor_id, solution_id, sme_id, count() AS events,
        toUnixTimestamp64Milli(min(occurred_at)) AS first_ms,
        toUnixTimestamp64Milli(max(occurred_at)) AS last_ms
      FROM (
        SELECT toString(vendor_id) AS vendor, toString(solution_id) AS solution_id, sme_id,
          occurred_at
        FROM events_v1
        WHERE events_v1.solution_id IN (${literals(solutionIds)})
          AND ${behind(question.after)} AND ${upTo(question.to)}
          AND received_at < ${instant(receivedBeforeMs)} AND ${standing()}
      ) AS e
      ASOF LEFT JOIN ${contractedTimes(question.contracts)} AS w
        ON e.solution_id = w.solution_id AND e.sme_id = w.sme_id AND e.occurred_at >= w.starts
      WHERE e.occurred_at >= w.ends
      GROUP BY solution_id, sme_id
      ORDER BY solution_id, sme_id
      LIMIT ${limit}
      SETTINGS ${settingsOf(memory)}`;
  },
  row: z.strictObject({
    vendor_id: z.string(),
    solution_id: z.string(),
    sme_id: z.string(),
    events: countColumn,
    first_ms: integerColumn,
    last_ms: integerColumn,
  }),
});

/** Said column by column, as the log is ordered: what lies outside is not read. */
function behind(firm: FirmOfSolution | null): string {
  if (firm === null) return '1';
  const [solution, sme] = [literal(firm.solutionId), literal(firm.smeId)];
  return `(events_v1.solution_id > ${solution}
    OR (events_v1.solution_id = ${solution} AND events_v1.sme_id > ${sme}))`;
}

function upTo(firm: FirmOfSolution | null): string {
  return firm === null ? '1' : `NOT ${behind(firm)}`;
}

/** Of a firm without any no row is found: its `ends` is then the epoch, before every event. */
function contractedTimes(contracts: readonly ContractedTime[]): string {
  const rows = contracts.map((c) =>
    [cell(c.solutionId), cell(c.smeId), c.startMs, c.endExclusiveMs].join('\t'),
  );
  const columns = 'solution_id String, sme_id String, start Int64, end_exclusive Int64';
  return `(
        SELECT solution_id, sme_id, fromUnixTimestamp64Milli(start, 'UTC') AS starts,
          fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends
        FROM ${inlineRows(columns, rows.length === 0 ? [NO_FIRM] : rows)}
      )`;
}

/** A table in the text of a statement has a row at least. */
const NO_FIRM = '\t\t0\t0';
