import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { FastifyBaseLogger } from 'fastify';
import type { Redis } from 'ioredis';
import type { Config } from '../core/config.ts';
import { LOCK_WAIT_JOB_MS, SCHEDULE_LOOK_MS } from '../core/limits.ts';
import type { Verifications, WarningReader } from '../core/ports.ts';
import type { Database } from '../store/clickhouse.ts';
import type { LiveRegistry } from '../store/liveRegistry.ts';
import { readLoadMark } from '../store/loadMark.ts';
import {
  type DailyJob,
  isScheduled,
  openNotifyQueue,
  type QueueTarget,
  scheduleDaily,
} from '../store/queues.ts';
import { RedisLock } from '../store/redisLock.ts';
import type { WorkerHealth } from '../verify/health.ts';
import { startNotifyWorker } from '../verify/notify.ts';
import type { SealingTurn } from '../verify/sealInTurn.ts';
import type { WebhookTarget } from '../verify/webhook.ts';
import { startVerifyWorker } from '../verify/worker.ts';
import { failureLogged } from './causes.ts';
import type { Shutdown } from './shutdown.ts';

export interface WorkerParts {
  readonly config: Config;
  readonly db: Database;
  readonly registry: LiveRegistry;
  readonly verifications: Verifications;
  readonly warnings: WarningReader;
  readonly queue: Queue;
  readonly redis: Redis;
  readonly target: QueueTarget;
  readonly health: WorkerHealth;
  readonly clock: () => number;
  readonly logger: FastifyBaseLogger;
  readonly shutdown: Shutdown;
}

/** Closing, and where a receiver is configured the telling of warnings. */
export async function startWorkers(parts: WorkerParts): Promise<void> {
  const { config, db, registry, clock, queue, redis, target, shutdown } = parts;
  const worker = startVerifyWorker({
    db,
    registry: registry.view,
    refreshRegistry: () => registry.refresh(),
    sealingTurn: sealingTurnOf(parts, LOCK_WAIT_JOB_MS),
    verifications: parts.verifications,
    target,
    clock,
    simulated: config.simulatedClock,
    loadedUntilMs: () => readLoadMark(redis, target.prefix),
    health: parts.health,
    onFailure: onFailureOf(parts),
  });
  shutdown.add('worker', () => worker.close());
  if (!config.simulatedClock) await keepDaily(parts, queue, 'closeDue');
  if (config.webhook !== null) await startNotify(parts, config.webhook);
}

/**
 * Where several processes share a server, no two of them write seals at once.
 * @param waitMs who has not got its turn by then is told to try again
 */
export function sealingTurnOf(
  { config, registry, redis, target }: SealingParts,
  waitMs: number,
): SealingTurn {
  if (config.clickhouse === null) {
    return (work) => registry.unchanged(() => work(async () => undefined));
  }
  const lock = new RedisLock(redis, `${target.prefix}:sealing`, randomUUID, { waitMs });
  return (work) => lock.run((confirm) => registry.unchanged(() => work(confirm)));
}

type SealingParts = Pick<WorkerParts, 'config' | 'registry' | 'redis' | 'target'>;

async function startNotify(parts: WorkerParts, webhook: WebhookTarget): Promise<void> {
  const { db, registry, warnings, redis, target, clock, shutdown } = parts;
  const queue = openNotifyQueue(target);
  shutdown.add('notify queue', () => queue.close());
  const worker = startNotifyWorker({
    db,
    registry: registry.view,
    refreshRegistry: () => registry.refresh(),
    warnings,
    webhook,
    queue,
    target,
    clock,
    loadedUntilMs: () => readLoadMark(redis, target.prefix),
    newId: randomUUID,
    onFailure: onFailureOf(parts),
  });
  shutdown.add('notify worker', () => worker.close());
  await keepDaily(parts, queue, 'warnDue');
}

/** A Redis that came back empty would do nothing more until a restart, without a word. */
async function keepDaily(
  { logger, shutdown }: WorkerParts,
  queue: Queue,
  name: DailyJob,
): Promise<void> {
  await scheduleDaily(queue, name);
  const look = async () => {
    try {
      if (await isScheduled(queue, name)) return;
      await scheduleDaily(queue, name);
      logger.error({ job: name }, 'Redis had lost a schedule: made again, and the job asked for');
    } catch (error) {
      logger.error({ job: name, ...failureLogged(error) }, 'a schedule could not be looked at');
    }
  };
  const timer = setInterval(() => void look(), SCHEDULE_LOOK_MS);
  shutdown.add(`schedule of ${name}`, async () => clearInterval(timer));
}

function onFailureOf({ logger }: WorkerParts): (job: string, error: Error) => void {
  return (job, error) => logger.error({ job, ...failureLogged(error) }, 'job failed');
}
