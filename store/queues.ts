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
    ? new Redis({ path: target.path, ...CONNECTION })
    : new Redis(target.url, CONNECTION);
}

export function openQueue(target: QueueTarget): { queue: Queue; flows: FlowProducer } {
  const options = { connection: connectionOptions(target.redis), prefix: target.prefix };
  return { queue: new Queue(VERIFY_QUEUE, options), flows: new FlowProducer(options) };
}

/** Runs jobs until closed; a payload that does not fit its schema is never tried again. */
export function startWorker(
  target: QueueTarget,
  processors: Processors,
  onFailure: (name: string, error: Error) => void,
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
    { connection: connectionOptions(target.redis), prefix: target.prefix, concurrency: 2 },
  );
  worker.on('failed', (job, error) => onFailure(job?.name ?? 'unknown', error));
  worker.on('error', (error) => onFailure('worker', error));
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

/** The daily closing; asked again it replaces itself. */
export async function scheduleClosing(queue: Queue): Promise<void> {
  await queue.upsertJobScheduler(
    'close-due',
    { pattern: CLOSE_DUE_CRON, tz: CLOSE_DUE_TIME_ZONE },
    { name: 'closeDue', data: {}, opts: jobOptions('closeDue') },
  );
}

/** BullMQ's workers wait without end; requests of ours fail at once when Redis is away. */
const CONNECTION = { maxRetriesPerRequest: null };

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
