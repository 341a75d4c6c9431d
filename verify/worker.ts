import type { Worker } from 'bullmq';
import { VERIFY_QUEUE } from '../core/jobs.ts';
import type { Verifications } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import type { Database } from '../store/clickhouse.ts';
import { type QueueTarget, startWorker } from '../store/queues.ts';
import { closeOrders } from './close.ts';
import { ordersOfJob } from './closingJobs.ts';
import { MonthFinder } from './findings.ts';
import type { WorkerHealth } from './health.ts';
import type { SealingTurn } from './sealInTurn.ts';

export interface VerifyWorkerDependencies {
  readonly db: Database;
  readonly registry: RegistryView;
  /** Takes in what other processes registered: a job may be about it. */
  readonly refreshRegistry: () => Promise<void>;
  readonly sealingTurn: SealingTurn;
  readonly verifications: Verifications;
  readonly target: QueueTarget;
  readonly clock: () => number;
  readonly simulated: boolean;
  /** Everything received before this instant is in the store. */
  readonly loadedUntilMs: () => Promise<number>;
  readonly health: WorkerHealth;
  readonly onFailure: (job: string, error: Error) => void;
}

/** The verify stage: closes months, some thousand orders a job. */
export function startVerifyWorker(deps: VerifyWorkerDependencies): Worker {
  const { db, registry, sealingTurn, clock, simulated } = deps;
  let last: { readonly verificationId: string; readonly finder: MonthFinder } | null = null;
  const finderOf = (verificationId: string) => {
    if (last?.verificationId !== verificationId) {
      last = { verificationId, finder: new MonthFinder({ db, registry }) };
    }
    return last.finder;
  };
  return startWorker(
    deps.target,
    VERIFY_QUEUE,
    {
      async closeOrders(job) {
        await deps.refreshRegistry();
        const orders = ordersOfJob(job, registry);
        const closing = {
          verificationId: job.verificationId,
          asOfMs: job.asOfMs,
          sealedAtMs: job.sealedAtMs ?? clock(),
          simulated,
          loadedUntilMs: await deps.loadedUntilMs(),
        };
        const finder = finderOf(job.verificationId);
        await closeOrders({ db, registry, sealingTurn }, orders, closing, finder);
        return orders.length;
      },
      async verification({ total }) {
        return total;
      },
      async closeDue() {
        const nowMs = clock();
        await deps.verifications.request({
          orderIds: null,
          programme: null,
          asOfMs: nowMs,
          nowMs,
          simulated,
        });
        return 0;
      },
    },
    { success: () => deps.health.succeeded(), failure: deps.onFailure },
  );
}
