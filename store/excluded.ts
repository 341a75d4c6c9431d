import { z } from 'zod';
import {
  type ExplainedSpan,
  SAMPLE_MAX,
  type SampledCount,
  type UseGroup,
} from '../core/exclusion.ts';
import type { Database } from './clickhouse.ts';
import { standing } from './counted.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { CLAIMED_TIME } from './rejects.ts';

/** What an explanation of a month looks at: all that a firm's log holds around it. */
export interface ExplainQuestion extends ExplainedSpan {
  readonly solutionId: string;
  readonly smeId: string;
  /** Of the months that may count the events: what was received from there on is late for one. */
  readonly countedUntilMs: readonly number[];
  /** Only events received before this instant exist. */
  readonly asOfMs: number;
}

/**
 * The events that stand, in groups whose members share role, action, side of the month and
 * the months they are in time for: what is said of one of them is true of all.
 */
export async function groupUses(db: Database, question: ExplainQuestion): Promise<UseGroup[]> {
  const rows = await groupRows(db, { ...question });
  return rows.map((row) => ({
    actorRole: row.actor_role,
    action: row.action,
    occurredAtMs: row.occurred_ms,
    receivedAtMs: row.received_ms,
    count: row.events,
    sample: row.sample.map(([occurredAtMs, seq, id]) => ({ occurredAtMs, seq, id })),
  }));
}

/**
 * Versions that were refused because their id stood with other content, by the time that they
 * claim; one that came again counts once.
 */
export async function findConflicts(
  db: Database,
  vendorId: string,
  question: ExplainQuestion,
): Promise<SampledCount> {
  const { solutionId, smeId, fromMs, untilMs, asOfMs } = question;
  const params = { vendorId, solutionId, smeId, fromMs, untilMs, asOfMs };
  const [row] = await conflictRows(db, params);
  return { count: row?.versions ?? 0, sample: row?.sample.map(([, id]) => id) ?? [] };
}

const groupRows = defineQuery({
  name: 'explanation.uses',
  sql: `SELECT actor_role, action,
      toUnixTimestamp64Milli(min(occurred_at)) AS occurred_ms,
      toUnixTimestamp64Milli(min(received_at)) AS received_ms,
      count() AS events,
      groupArraySorted(${SAMPLE_MAX})(
        (toUnixTimestamp64Milli(occurred_at), seq, event_id)) AS sample
    FROM events_v1
    WHERE solution_id = {solutionId:String} AND sme_id = {smeId:String}
      AND occurred_at >= fromUnixTimestamp64Milli({fromMs:Int64}, 'UTC')
      AND occurred_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')
      AND received_at < fromUnixTimestamp64Milli({asOfMs:Int64}, 'UTC')
      AND ${standing()}
    GROUP BY actor_role, action,
      occurred_at < fromUnixTimestamp64Milli({startMs:Int64}, 'UTC'),
      occurred_at < fromUnixTimestamp64Milli({endExclusiveMs:Int64}, 'UTC'),
      arrayMap(untilMs -> received_at < fromUnixTimestamp64Milli(untilMs, 'UTC'),
        {countedUntilMs:Array(Int64)})`,
  row: z.strictObject({
    actor_role: z.string(),
    action: z.string(),
    occurred_ms: integerColumn,
    received_ms: integerColumn,
    events: countColumn,
    sample: z.array(z.tuple([integerColumn, countColumn, z.string()])),
  }),
});

const conflictRows = defineQuery({
  name: 'explanation.conflicts',
  sql: `SELECT count() AS versions,
      groupArraySorted(${SAMPLE_MAX})((claimed, id)) AS sample
    FROM (
      SELECT assumeNotNull(event_id) AS id, event,
        any(toUnixTimestamp64Milli(${CLAIMED_TIME})) AS claimed
      FROM rejects_v1
      WHERE vendor_id = {vendorId:String} AND code = 'id_conflict'
        AND received_at < fromUnixTimestamp64Milli({asOfMs:Int64}, 'UTC')
        AND JSONExtractString(event, 'solutionId') = {solutionId:String}
        AND JSONExtractString(event, 'smeId') = {smeId:String}
      GROUP BY id, event
    )
    WHERE claimed >= {fromMs:Int64} AND claimed < {untilMs:Int64}`,
  row: z.strictObject({
    versions: countColumn,
    sample: z.array(z.tuple([integerColumn, z.string()])),
  }),
});
