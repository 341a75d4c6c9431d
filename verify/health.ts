import type { Queue } from 'bullmq';
import { WORKER_STALLED_MS } from '../core/limits.ts';
import { storeFailure } from '../store/failure.ts';
import { isScheduled, oldestWaitMs } from '../store/queues.ts';

/**
 * Whether the worker gets anything done: a process that runs and holds its connections may still be
 * wedged, so what counts is how long ago a job ended well while others wait.
 */
export class WorkerHealth {
  readonly #queue: Queue;
  readonly #clock: () => number;
  readonly #isDaily: boolean;
  #lastSuccessMs: number;

  /** @param isDaily whether months are closed by the clock, and not by requests alone */
  constructor(queue: Queue, clock: () => number, { isDaily }: { readonly isDaily: boolean }) {
    this.#queue = queue;
    this.#clock = clock;
    this.#isDaily = isDaily;
    this.#lastSuccessMs = clock();
  }

  succeeded(): void {
    this.#lastSuccessMs = this.#clock();
  }

  /**
   * Throws `store_unavailable` where jobs have waited too long and none has ended since, and where
   * nothing will be closed: no job waits then either.
   */
  async assertMoving(): Promise<void> {
    if (this.#isDaily && !(await answered(isScheduled(this.#queue, 'closeDue')))) {
      throw storeFailure('Redis has lost the daily closing');
    }
    const nowMs = this.#clock();
    const idleMs = nowMs - this.#lastSuccessMs;
    if (idleMs < WORKER_STALLED_MS) return;
    const waitMs = await answered(oldestWaitMs(this.#queue, nowMs));
    if (waitMs >= WORKER_STALLED_MS) {
      throw storeFailure(`jobs have waited ${waitMs} ms, none has ended for ${idleMs} ms`);
    }
  }
}

function answered<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((cause: unknown) => {
    throw storeFailure('the queue did not answer', cause);
  });
}
