import { z } from 'zod';
import type { Database } from './clickhouse.ts';
import { standing } from './counted.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';

/** Events of one firm in one solution as they stand, by time. */
export interface LoggedEvent {
  readonly seq: number;
  readonly eventId: string;
  readonly actor: bigint;
  readonly actorRole: string;
  readonly action: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
  readonly source: string;
  readonly sourceSeq: number | null;
  readonly sessionId: string;
  readonly resource: string;
  readonly batchId: string;
}

export interface EventPageQuestion {
  readonly solutionId: string;
  readonly smeId: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Only events received before this instant exist. */
  readonly asOfMs: number;
  /** The last event of the page before. */
  readonly after: { readonly occurredAtMs: number; readonly seq: number } | null;
  readonly limit: number;
}

export async function pageOfEvents(
  db: Database,
  question: EventPageQuestion,
): Promise<LoggedEvent[]> {
  const { after, ...rest } = question;
  const params = {
    ...rest,
    afterMs: after?.occurredAtMs ?? question.fromMs,
    afterSeq: after?.seq ?? 0,
  };
  const rows = await eventRows(db, params);
  return rows.map((row) => ({
    seq: row.seq,
    eventId: row.event_id,
    actor: BigInt(row.actor),
    actorRole: row.actor_role,
    action: row.action,
    occurredAtMs: row.occurred_ms,
    receivedAtMs: row.received_ms,
    source: row.source,
    sourceSeq: row.source_seq,
    sessionId: row.session_id,
    resource: row.resource,
    batchId: row.batch_id,
  }));
}

const eventRows = defineQuery({
  name: 'events.page',
  sql: `SELECT seq, event_id, toString(actor) AS actor, actor_role, action,
      toUnixTimestamp64Milli(occurred_at) AS occurred_ms,
      toUnixTimestamp64Milli(received_at) AS received_ms,
      source, source_seq, session_id, resource, batch_id
    FROM events_v1
    WHERE solution_id = {solutionId:String} AND sme_id = {smeId:String}
      AND occurred_at >= fromUnixTimestamp64Milli({afterMs:Int64}, 'UTC')
      AND occurred_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')
      AND received_at < fromUnixTimestamp64Milli({asOfMs:Int64}, 'UTC')
      AND (occurred_ms, seq) > ({afterMs:Int64}, {afterSeq:UInt64})
      AND ${standing()}
    ORDER BY occurred_at, seq
    LIMIT {limit:UInt32}`,
  row: z.strictObject({
    seq: countColumn,
    event_id: z.string(),
    actor: z.string().regex(/^\d+$/),
    actor_role: z.string(),
    action: z.string(),
    occurred_ms: integerColumn,
    received_ms: integerColumn,
    source: z.string(),
    source_seq: countColumn.nullable(),
    session_id: z.string(),
    resource: z.string(),
    batch_id: z.string(),
  }),
});
