import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import type { Config } from '../core/config.ts';
import {
  LOAD_MARK_MS,
  SPOOL_BYTES_MAX,
  SPOOL_GATHER,
  SPOOL_RESERVE_BYTES,
  SPOOL_SEGMENT_BYTES_MAX,
  STATEMENT_ANSWER_MS,
} from '../core/limits.ts';
import type { Ingest } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import { Loader } from '../ingest/loader.ts';
import { Pseudonyms } from '../ingest/pseudonyms.ts';
import { Quota } from '../ingest/quota.ts';
import { ReceivedTimes } from '../ingest/receivedTimes.ts';
import { Receiver } from '../ingest/receiver.ts';
import type { SpoolAlarm } from '../ingest/spool/alarm.ts';
import { SpoolCursor } from '../ingest/spool/cursor.ts';
import { openNodeFs } from '../ingest/spool/nodeFs.ts';
import type { SpoolRecord } from '../ingest/spool/position.ts';
import { Spool } from '../ingest/spool/spool.ts';
import { receivedAtOf } from '../ingest/spoolBatch.ts';
import { SpoolWriter } from '../ingest/spoolWriter.ts';
import { TURN_LIMITS, Turns } from '../ingest/turns.ts';
import { EventWriter } from '../ingest/writer.ts';
import type { Database } from '../store/clickhouse.ts';
import { assertNoInsertRuns, lastStored } from '../store/events.ts';
import { writeLoadMark } from '../store/loadMark.ts';
import type { QueueTarget } from '../store/queues.ts';
import { alarmLogged, causeOf, failureLogged } from './causes.ts';
import type { Shutdown } from './shutdown.ts';

export interface IngestParts {
  /** Behind pseudonyms. */
  readonly secret: Uint8Array;
  readonly config: Config;
  readonly db: Database;
  readonly registry: RegistryView;
  readonly redis: Redis;
  readonly target: QueueTarget;
  readonly clock: () => number;
  readonly logger: FastifyBaseLogger;
  readonly shutdown: Shutdown;
}

/** The receiver, and whether what it accepts reaches the store. */
export interface StartedIngest {
  readonly ingest: Ingest;
  readonly assertMoving: () => void;
}

/** The spool, the loader behind it, and the receiver before it. */
export async function startIngest(parts: IngestParts): Promise<StartedIngest> {
  const { config, db, clock, logger, shutdown } = parts;
  const { quotaEventsPerMinute } = config;
  await whenNoInsertRuns(db);
  const last = await lastStored(db);
  const dir = join(config.dataDir, 'spool');
  const fs = await openNodeFs();
  const onAlarm = (alarm: SpoolAlarm) =>
    logger.error({ alarm: alarmLogged(alarm) }, 'the spool raised an alarm');
  const cursor = await SpoolCursor.open(dir, fs, onAlarm);
  const spool = await Spool.open({
    dir,
    fs,
    cursor: cursor.position,
    firstSeqAtLeast: last.seq + 1,
    bytesMax: SPOOL_BYTES_MAX,
    segmentBytesMax: SPOOL_SEGMENT_BYTES_MAX,
    reserveBytes: SPOOL_RESERVE_BYTES,
    gather: SPOOL_GATHER,
    onAlarm,
  });
  logger.info({ counts: spool.counts, bytes: spool.bytes }, 'the spool is open');
  shutdown.add('spool', async () => {
    await spool.close();
    logger.info({ counts: spool.counts, bytes: spool.bytes }, 'the spool is closed');
  });
  const before = await spool.readLast();
  const store = await EventWriter.open(db, {
    storedSeqMax: Math.max(last.seq, lastSeqOf(before)),
    spoolLacks: spool.mayLack,
  });
  const loader = Loader.start({
    store,
    spool,
    cursor,
    clock,
    onRetry: (error, failures) =>
      logger.error({ cause: causeOf(error), failures }, 'a range was not loaded; trying again'),
  });
  shutdown.add('loader', () => loader.close());
  if (!config.simulatedClock) await markLoads(parts, loader);
  const ingest = new Receiver({
    registry: parts.registry,
    pseudonyms: new Pseudonyms(parts.secret),
    writer: new SpoolWriter(spool, loader),
    turns: new Turns(TURN_LIMITS),
    quota: quotaEventsPerMinute === null ? null : new Quota(quotaEventsPerMinute),
    receivedTimes: receivedTimesOf(parts, last.receivedAtMs, before),
    newBatchId: randomUUID,
  });
  return { ingest, assertMoving: () => loader.assertMoving() };
}

/**
 * An insert of a process that ended may go on in a ClickHouse server: what it stores must be there
 * before anybody looks at what is stored.
 */
async function whenNoInsertRuns(db: Database): Promise<void> {
  for (let left = STATEMENT_ANSWER_MS / INSERT_POLL_MS; ; left -= 1) {
    try {
      return await assertNoInsertRuns(db);
    } catch (error) {
      if (left <= 0) throw error;
      await sleep(INSERT_POLL_MS);
    }
  }
}

const INSERT_POLL_MS = 250;

/** On from what is in the store or, not loaded yet, in the spool. */
function receivedTimesOf(
  { config, clock, logger }: IngestParts,
  storedAtMs: number,
  before: SpoolRecord | null,
): ReceivedTimes {
  const spooledAtMs = before === null ? 0 : receivedAtOf(before);
  return new ReceivedTimes({
    clock,
    lastReceivedAtMs: config.simulatedClock ? 0 : Math.max(storedAtMs, spooledAtMs),
    onClockBehind: (lastReceivedAtMs, nowMs) =>
      logger.error(
        { lastReceivedAt: new Date(lastReceivedAtMs), clock: new Date(nowMs) },
        'the clock is behind what was received last: all that is received gets that time',
      ),
  });
}

/** The last number that the spool gave an event; 0 for a new spool. */
function lastSeqOf(last: SpoolRecord | null): number {
  return last === null ? 0 : last.firstSeq + last.rows - 1;
}

/** Tells the workers until when everything is stored: now, and again and again. */
async function markLoads(parts: IngestParts, loader: Loader): Promise<void> {
  const { redis, target, logger, shutdown } = parts;
  const mark = () =>
    writeLoadMark(redis, target.prefix, loader.loadedUntilMs).catch((error: unknown) =>
      logger.error(failureLogged(error), 'the load mark could not be written'),
    );
  await mark();
  const timer = setInterval(() => void mark(), LOAD_MARK_MS);
  shutdown.add('load mark', async () => clearInterval(timer));
}
