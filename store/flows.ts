import { z } from 'zod';
import { LOGIN } from '../core/normalFlow.ts';
import type { Database } from './clickhouse.ts';
import { counted, instant, literals } from './counted.ts';
import { storeFailure } from './failure.ts';
import { countColumn, defineQuery, integerColumn } from './query.ts';
import { cell, inlineRows, literal } from './text.ts';

/** Counted use of orders over many spans of days at once, summed up to each stage. */

/** A span of one order; spans of a firm never overlap, so an event is in one at most. */
export interface FlowWindow {
  readonly smeId: string;
  /** Its place in the answer. */
  readonly order: number;
  /** The first stage that it counts for. */
  readonly stage: number;
  /** Its place in `interactions`. */
  readonly version: number;
  readonly startMs: number;
  readonly endExclusiveMs: number;
  /** Only events received before this instant exist for the span. */
  readonly receivedBeforeMs: number;
}

export interface FlowQuestion {
  readonly solutionId: string;
  /** What counts as an interaction, by version. */
  readonly interactions: readonly (readonly string[])[];
  readonly stages: number;
  readonly windows: readonly FlowWindow[];
}

export interface Flow {
  readonly order: number;
  /** Up to each stage, all before it included; distinct people over the whole of it. */
  readonly stages: readonly {
    readonly logins: number;
    readonly interactions: number;
    readonly activeUsers: number;
  }[];
  /** The first event that counts, ms. */
  readonly firstMs: number;
}

/** Only orders with counted use are in the answer: the others have none. A failed read throws. */
export async function countFlows(db: Database, question: FlowQuestion): Promise<Flow[]> {
  if (question.windows.length === 0) return [];
  const rows = await flowRows(db, { question });
  return rows.map((row) => {
    const stages = Array.from({ length: question.stages }, (_, i) => {
      const [logins, interactions, activeUsers] = [
        row.logins[i],
        row.interactions[i],
        row.users[i],
      ];
      if (logins === undefined || interactions === undefined || activeUsers === undefined) {
        throw storeFailure('counts.flows answered fewer stages than asked');
      }
      return { logins, interactions, activeUsers };
    });
    return { order: row.i, stages, firstMs: row.first_ms };
  });
}

const flowRows = defineQuery({
  name: 'counts.flows',
  sql: flowSql,
  row: z.strictObject({
    i: z.int().min(0),
    logins: z.array(countColumn),
    interactions: z.array(countColumn),
    users: z.array(countColumn),
    first_ms: integerColumn,
  }),
});

/** An event belongs to the latest span of its firm that starts not after it, if it lies inside. */
function flowSql({ question }: { readonly question: FlowQuestion }): string {
  const { windows, interactions } = question;
  const asked = inlineRows(
    'i UInt32, stage UInt8, version UInt32, sme_id String, start Int64, end_exclusive Int64, received_before Int64',
    windows.map((w) =>
      [
        w.order,
        w.stage,
        w.version,
        cell(w.smeId),
        w.startMs,
        w.endExclusiveMs,
        w.receivedBeforeMs,
      ].join('\t'),
    ),
  );
  const from = windows.reduce((least, w) => Math.min(least, w.startMs), Infinity);
  const until = windows.reduce((most, w) => Math.max(most, w.endExclusiveMs), -Infinity);
  const smes = literals([...new Set(windows.map((w) => w.smeId))]);
  const isInteraction = interactions
    .map((actions, v) => `(w.version = ${v} AND e.action IN (${literals(actions)}))`)
    .join(' OR ');
  const upTo = (count: (condition: string) => string) =>
    `[${Array.from({ length: question.stages }, (_, s) => count(`stage <= ${s}`)).join(', ')}]`;
  return `SELECT i,
      ${upTo((stage) => `countIf(is_login AND ${stage})`)} AS logins,
      ${upTo((stage) => `countIf(is_interaction AND ${stage})`)} AS interactions,
      ${upTo((stage) => `uniqExactIf(actor, ${stage})`)} AS users,
      toUnixTimestamp64Milli(min(occurred_at)) AS first_ms
    FROM (
      SELECT w.i AS i, w.stage AS stage, e.actor AS actor, e.occurred_at AS occurred_at,
        e.action = ${literal(LOGIN)} AS is_login, (${isInteraction}) AS is_interaction
      FROM (
        SELECT sme_id, actor, action, occurred_at, received_at
        FROM events_v1
        WHERE solution_id = ${literal(question.solutionId)}
          AND sme_id IN (${smes})
          AND occurred_at >= ${instant(from)} AND occurred_at < ${instant(until)}
          AND ${counted()}
      ) AS e
      ASOF JOIN (
        SELECT i, stage, version, sme_id,
          fromUnixTimestamp64Milli(start, 'UTC') AS starts,
          fromUnixTimestamp64Milli(end_exclusive, 'UTC') AS ends,
          fromUnixTimestamp64Milli(received_before, 'UTC') AS received_before
        FROM ${asked}
      ) AS w ON e.sme_id = w.sme_id AND e.occurred_at >= w.starts
      WHERE e.occurred_at < w.ends AND e.received_at < w.received_before
    )
    WHERE is_login OR is_interaction
    GROUP BY i`;
}
