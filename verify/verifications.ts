import { createHash } from 'node:crypto';
import type { FlowProducer, Job, Queue } from 'bullmq';
import { canonicalJson } from '../core/canonical.ts';
import { VERIFY_QUEUE } from '../core/jobs.ts';
import { ORDERS_PER_JOB_MAX } from '../core/limits.ts';
import { Sequence } from '../core/lock.ts';
import type { VerificationProgress, VerificationRequest, Verifications } from '../core/ports.ts';
import type { Order, RegistryView } from '../core/registry.ts';
import { storeFailure } from '../store/failure.ts';
import { jobOptions } from '../store/queues.ts';
import { closingJobsOf } from './closingJobs.ts';

export interface VerificationQueueDependencies {
  readonly queue: Queue;
  readonly flows: FlowProducer;
  readonly registry: RegistryView;
  readonly newId: () => string;
  /** See `ORDERS_PER_JOB_MAX`. */
  readonly ordersPerJob?: number;
}

/**
 * Asks the workers for verifications: one job for some thousand orders. Every asking has job ids of its
 * own: an id that Redis still keeps would be skipped without a word.
 */
export class VerificationQueue implements Verifications {
  readonly #deps: VerificationQueueDependencies;
  readonly #underWay = new Map<string, string>();
  readonly #sequence = new Sequence();

  constructor(deps: VerificationQueueDependencies) {
    this.#deps = deps;
  }

  request(request: VerificationRequest): Promise<string> {
    return this.#sequence.run(() => answered(() => this.#requestOnce(request)));
  }

  async #requestOnce(request: VerificationRequest): Promise<string> {
    const question = questionOf(request);
    const asked = this.#underWay.get(question);
    if (asked !== undefined) {
      const progress = await this.#progressOf(asked);
      if (progress?.state === 'queued' || progress?.state === 'running') return asked;
    }
    const verificationId = this.#deps.newId();
    if (this.#underWay.size >= QUESTIONS_MAX) this.#underWay.clear();
    this.#underWay.set(question, verificationId);
    await this.#enqueue(verificationId, request);
    return verificationId;
  }

  progress(verificationId: string): Promise<VerificationProgress | null> {
    return answered(() => this.#progressOf(verificationId));
  }

  async #progressOf(verificationId: string): Promise<VerificationProgress | null> {
    const job = await this.#deps.queue.getJob(verificationId);
    if (job?.name !== 'verification') return null;
    const total = Number(job.data.total);
    const state = await job.getState();
    if (state === 'completed') return { state: 'done', done: total, total };
    // Orders that were registered since then are closed with the others.
    const done = Math.min(total, await doneOf(job, this.#deps.queue));
    if (state === 'failed') return { state: 'failed', done, total };
    const active = done > 0 || (await this.#deps.queue.getActiveCount()) > 0;
    return { state: active ? 'running' : 'queued', done, total };
  }

  async #enqueue(verificationId: string, request: VerificationRequest): Promise<void> {
    const { flows, registry } = this.#deps;
    const orders = ordersOf(request, registry);
    const jobs = closingJobsOf(orders, this.#deps.ordersPerJob ?? ORDERS_PER_JOB_MAX);
    const children = jobs.map((job, i) => ({
      name: 'closeOrders',
      queueName: VERIFY_QUEUE,
      data: {
        verificationId,
        parts: job.parts,
        orderIds: request.orderIds === null ? null : job.orders.map((o) => o.orderId),
        programme: request.programme,
        asOfMs: request.asOfMs,
        sealedAtMs: request.simulated ? request.nowMs : null,
      },
      opts: {
        ...jobOptions('closeOrders'),
        jobId: `${verificationId}.${i}`,
        failParentOnFailure: true,
      },
    }));
    await flows.add({
      name: 'verification',
      queueName: VERIFY_QUEUE,
      data: { verificationId, total: orders.length },
      opts: { ...jobOptions('verification'), jobId: verificationId },
      children,
    });
  }
}

/** A queue that does not answer is an error that says to try again. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw storeFailure('the queue did not answer', cause);
  }
}

/** The orders that a verification is about. */
function ordersOf({ orderIds, programme }: VerificationRequest, registry: RegistryView): Order[] {
  const orders =
    orderIds === null
      ? [...registry.orders()]
      : [...new Set(orderIds)].flatMap((id) => registry.order(id) ?? []);
  return orders.filter((o) => programme === null || o.programme === programme);
}

/** Orders whose job has ended: each answers how many it did, also one that left some out. */
async function doneOf(verification: Job, queue: Queue): Promise<number> {
  const { processed = {}, failed = [] } = await verification.getDependencies();
  const ids = failed.map((key) => key.slice(key.lastIndexOf(':') + 1));
  const parts = await Promise.all(ids.map((id) => queue.getJob(id)));
  const done = [...Object.values(processed), ...parts.map((job) => job?.progress ?? 0)];
  return done.reduce<number>((sum, value) => sum + Number(value), 0);
}

/** Questions remembered: beyond it the same question may do its work twice, never wrongly. */
const QUESTIONS_MAX = 1_000;

function questionOf({ orderIds, programme, asOfMs }: VerificationRequest): string {
  return createHash('sha256')
    .update(canonicalJson([orderIds, programme, asOfMs]))
    .digest('hex');
}
