import { FlowProducer, Queue, type RedisOptions, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import {
  backoffMs,
  CLOSE_DUE_CRON,
  JOB_KEPT_S,
  JOBS,
  JOBS_TIME_ZONE,
  type JobName,
  type JobPayload,
  NOTIFY_QUEUE,
  VERIFY_QUEUE,
  WARN_DUE_CRON,
} from '../core/jobs.ts';
import { REDIS_ANSWER_MS } from '../core/limits.ts';

/** Where Redis is: a socket of a private server, or a url. */
export type RedisTarget = { readonly path: string } | { readonly url: string };

export interface QueueTarget {
  readonly redis: RedisTarget;
  /** Keeps installations, and tests, on one Redis apart. */
  readonly prefix: string;
}

/** Work by name; what it returns is kept with the job. */
export type Processors<N extends JobName> = {
  readonly [K in N]: (payload: JobPayload<K>) => Promise<number>;
};

/** A part of a job was left out that no further try would mend: it fails at once, its done counts. */
export class PartlyDone extends UnrecoverableError {
  readonly done: number;

  /** @param done as a whole job would have returned it */
  constructor(message: string, done: number) {
    super(message);
    this.done = done;
  }
}

/** @param answerMs see `REDIS_ANSWER_MS`; shorter in tests */
export function connectRedis(target: RedisTarget, answerMs: number = REDIS_ANSWER_MS): Redis {
  const options = answeringWithin(answerMs);
  return 'path' in target
    ? new Redis({ path: target.path, ...options })
    : new Redis(target.url, options);
}

/** @param answerMs see `REDIS_ANSWER_MS`; shorter in tests */
export function openQueue(
  target: QueueTarget,
  answerMs: number = REDIS_ANSWER_MS,
): { queue: Queue; flows: FlowProducer } {
  const options = queueOptions(target, answerMs);
  return { queue: new Queue(VERIFY_QUEUE, options), flows: new FlowProducer(options) };
}

export function openNotifyQueue(target: QueueTarget): Queue {
  return new Queue(NOTIFY_QUEUE, queueOptions(target, REDIS_ANSWER_MS));
}

/**
 * Runs the jobs of a queue until closed, one after the other: two closings of one solution at once
 * would judge its months twice to seal them once. A payload that does not fit its schema is never tried again.
 */
export function startWorker<N extends JobName>(
  target: QueueTarget,
  queue: string,
  processors: Processors<N>,
  on: {
    readonly success: () => void;
    readonly failure: (name: string, error: Error) => void;
  },
): Worker {
  const names = Object.keys(processors) as N[];
  const worker = new Worker(
    queue,
    async (job) => {
      const name = names.find((known) => known === job.name);
      if (name === undefined) throw new UnrecoverableError(`no such job: ${job.name}`);
      try {
        return await processors[name](payloadOf(name, job.data));
      } catch (error) {
        if (error instanceof PartlyDone) await job.updateProgress(error.done);
        throw error;
      }
    },
    {
      connection: connectionOptions(target.redis),
      prefix: target.prefix,
      concurrency: 1,
      stalledInterval: ABANDONED_CHECK_MS,
      maxStalledCount: ABANDONED_MAX,
      settings: {
        backoffStrategy: (failures, _type, _error, job) => {
          const name = names.find((known) => known === job?.name);
          return name === undefined ? NEVER : backoffMs(name, failures);
        },
      },
    },
  );
  worker.on('completed', () => on.success());
  worker.on('failed', (job, error) => on.failure(job?.name ?? 'unknown', error));
  worker.on('error', (error) => on.failure('worker', error));
  return worker;
}

/** Retries and retention of a job, by the catalogue. */
export function jobOptions(name: JobName) {
  return {
    attempts: JOBS[name].attempts,
    backoff: { type: BY_CATALOGUE },
    removeOnComplete: { age: JOB_KEPT_S },
    removeOnFail: { age: JOB_KEPT_S },
  };
}

/** What runs once a day, by the clock of Taipei. */
const DAILY = {
  closeDue: { id: 'close-due', pattern: CLOSE_DUE_CRON },
  warnDue: { id: 'warn-due', pattern: WARN_DUE_CRON },
} as const;

export type DailyJob = keyof typeof DAILY;

/**
 * A daily job, and one now: a day on which nothing ran is made up for at the next start. The schedule
 * asked again replaces itself.
 */
export async function scheduleDaily(queue: Queue, name: DailyJob): Promise<void> {
  const { id, pattern } = DAILY[name];
  await queue.add(name, {}, jobOptions(name));
  await queue.upsertJobScheduler(
    id,
    { pattern, tz: JOBS_TIME_ZONE },
    { name, data: {}, opts: jobOptions(name) },
  );
}

/** False where Redis came back without what it was told. */
export async function isScheduled(queue: Queue, name: DailyJob): Promise<boolean> {
  return (await queue.getJobScheduler(DAILY[name].id)) !== undefined;
}

/**
 * How long the oldest job that nobody took up has waited since it was asked for, or tried, in ms; 0
 * where none waits. Throws where Redis does not answer.
 */
export async function oldestWaitMs(queue: Queue, nowMs: number): Promise<number> {
  const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
  if (oldest === undefined) return 0;
  return Math.max(0, nowMs - Math.max(oldest.timestamp, oldest.processedOn ?? 0));
}

/** BullMQ's own kinds of waiting know no longest one. */
const BY_CATALOGUE = 'by-catalogue';
/** What a strategy answers for a job that is not tried again. */
const NEVER = -1;

/** How often a worker looks for jobs whose process was killed; their locks last half a minute. */
const ABANDONED_CHECK_MS = 5_000;
/** A job is never given up for having been killed: its months must be sealed all the same. */
const ABANDONED_MAX = Number.MAX_SAFE_INTEGER;

/** BullMQ's workers wait without end for Redis to come back. */
const CONNECTION = { maxRetriesPerRequest: null };

/** A request is told at once when Redis is away, and soon when it is silent. */
function answeringWithin(answerMs: number) {
  return { maxRetriesPerRequest: 1, commandTimeout: answerMs };
}

function queueOptions({ redis, prefix }: QueueTarget, answerMs: number) {
  const connection = { ...connectionOptions(redis), ...answeringWithin(answerMs) };
  return { connection, prefix };
}

function connectionOptions(target: RedisTarget): RedisOptions {
  return 'path' in target
    ? { path: target.path, ...CONNECTION }
    : { url: target.url, ...CONNECTION };
}

function payloadOf<N extends JobName>(name: N, data: unknown): JobPayload<N> {
  const parsed = JOBS[name].payload.safeParse(data);
  if (!parsed.success) throw new UnrecoverableError(`job ${name} carries an unreadable payload`);
  return parsed.data as JobPayload<N>;
}
