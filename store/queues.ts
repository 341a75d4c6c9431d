import { FlowProducer, Queue, type RedisOptions, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import {
  CLOSE_DUE_CRON,
  CLOSE_DUE_TIME_ZONE,
  JOB_KEPT_S,
  JOBS,
  type JobName,
  type JobPayload,
  VERIFY_QUEUE,
} from '../core/jobs.ts';

/** Where Redis is: a socket of a private server, or a url. */
export type RedisTarget = { readonly path: string } | { readonly url: string };

export interface QueueTarget {
  readonly redis: RedisTarget;
  /** Keeps installations, and tests, on one Redis apart. */
  readonly prefix: string;
}

/** Work by name; what it returns is kept with the job. */
export type Processors = {
  readonly [N in JobName]: (payload: JobPayload<N>) => Promise<number>;
};

export function connectRedis(target: RedisTarget): Redis {
  return 'path' in target
    ? new Redis({ path: target.path, ...FAIL_FAST })
    : new Redis(target.url, { ...FAIL_FAST });
}

export function openQueue(target: QueueTarget): { queue: Queue; flows: FlowProducer } {
  const connection = { ...connectionOptions(target.redis), ...FAIL_FAST };
  const options = { connection, prefix: target.prefix };
  return { queue: new Queue(VERIFY_QUEUE, options), flows: new FlowProducer(options) };
}

/**
 * Runs jobs until closed, one after the other: two closings of one solution at once could seal one
 * month twice. A payload that does not fit its schema is never tried again.
 */
export function startWorker(
  target: QueueTarget,
  processors: Processors,
  on: {
    readonly success: () => void;
    readonly failure: (name: string, error: Error) => void;
  },
): Worker {
  const worker = new Worker(
    VERIFY_QUEUE,
    async (job) => {
      switch (job.name) {
        case 'closeSolution':
          return processors.closeSolution(payloadOf('closeSolution', job.data));
        case 'verification':
          return processors.verification(payloadOf('verification', job.data));
        case 'closeDue':
          return processors.closeDue(payloadOf('closeDue', job.data));
        default:
          throw new UnrecoverableError(`no such job: ${job.name}`);
      }
    },
    { connection: connectionOptions(target.redis), prefix: target.prefix, concurrency: 1 },
  );
  worker.on('completed', () => on.success());
  worker.on('failed', (job, error) => on.failure(job?.name ?? 'unknown', error));
  worker.on('error', (error) => on.failure('worker', error));
  return worker;
}

/** Retries and retention of a job, by the catalogue. */
export function jobOptions(name: JobName) {
  const { attempts, backoffMs } = JOBS[name];
  return {
    attempts,
    backoff: { type: 'exponential', delay: backoffMs },
    removeOnComplete: { age: JOB_KEPT_S },
    removeOnFail: { age: JOB_KEPT_S },
  };
}

/**
 * The daily closing, and one now: a day on which nothing ran is made up for at the next start. The
 * schedule asked again replaces itself.
 */
export async function scheduleClosing(queue: Queue): Promise<void> {
  await queue.add('closeDue', {}, jobOptions('closeDue'));
  await queue.upsertJobScheduler(
    'close-due',
    { pattern: CLOSE_DUE_CRON, tz: CLOSE_DUE_TIME_ZONE },
    { name: 'closeDue', data: {}, opts: jobOptions('closeDue') },
  );
}

/**
 * How long the oldest job that nobody took up has waited, in ms; 0 where none waits. Throws where
 * Redis does not answer.
 */
export async function oldestWaitMs(queue: Queue, nowMs: number): Promise<number> {
  const [oldest] = await queue.getJobs(['waiting'], 0, 0, true);
  return oldest === undefined ? 0 : Math.max(0, nowMs - oldest.timestamp);
}

/** BullMQ's workers wait without end for Redis to come back. */
const CONNECTION = { maxRetriesPerRequest: null };
/** A request is told at once when Redis is away. */
const FAIL_FAST = { maxRetriesPerRequest: 1 };

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
