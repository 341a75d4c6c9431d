import type { Queue, Worker } from 'bullmq';
import { NOTIFY_QUEUE } from '../core/jobs.ts';
import { WARNING_LOAD_LAG_MAX_MS, WARNING_ORDERS_PER_READ } from '../core/limits.ts';
import type { SilentFirm, WarningReader } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { deliveredMonths, insertDelivery } from '../store/deliveries.ts';
import { storeFailure } from '../store/failure.ts';
import { jobOptions, type QueueTarget, startWorker } from '../store/queues.ts';
import { sendWebhook, type WebhookTarget } from './webhook.ts';

export interface NotifyDependencies {
  readonly db: Database;
  readonly registry: RegistryView;
  readonly refreshRegistry: () => Promise<void>;
  readonly warnings: WarningReader;
  readonly webhook: WebhookTarget;
  readonly queue: Queue;
  readonly target: QueueTarget;
  readonly clock: () => number;
  /** Everything received before this instant is in the store. */
  readonly loadedUntilMs: () => Promise<number>;
  readonly newId: () => string;
  readonly onFailure: (job: string, error: Error) => void;
}

/**
 * Tells the receiver of each firm that goes silent, once for each contract month. A queue of its
 * own: a receiver that does not answer holds up no closing.
 */
export function startNotifyWorker(deps: NotifyDependencies): Worker {
  return startWorker(
    deps.target,
    NOTIFY_QUEUE,
    {
      warnDue: () => enqueueWarnings(deps),
      deliverWarning: (warning) => deliver(deps, warning),
    },
    { success: () => undefined, failure: deps.onFailure },
  );
}

/** @returns how many warnings are to be delivered */
async function enqueueWarnings(deps: NotifyDependencies): Promise<number> {
  await deps.refreshRegistry();
  const asOfMs = deps.clock();
  await assertLoaded(deps, asOfMs);
  const orders = [...deps.registry.orders()];
  const places: { readonly orderId: string; readonly month: number }[] = [];
  for (let i = 0; i < orders.length; i += WARNING_ORDERS_PER_READ) {
    const piece = orders.slice(i, i + WARNING_ORDERS_PER_READ);
    const silent = await deps.warnings.silentAmong(piece, asOfMs);
    const orderIds = silent.map((s) => s.order.orderId);
    const delivered = new Set((await deliveredMonths(deps.db, orderIds)).map(placeOf));
    const found = silent.map(({ order, month }) => ({ orderId: order.orderId, month }));
    places.push(...found.filter((place) => !delivered.has(placeOf(place))));
  }
  // When all were looked at: a look that broke off has asked for none, and is begun anew.
  const run = deps.newId();
  const jobs = places.map((data, n) => ({
    name: 'deliverWarning',
    data,
    opts: { ...jobOptions('deliverWarning'), jobId: `${run}.${n}` },
  }));
  await deps.queue.addBulk(jobs);
  return jobs.length;
}

/**
 * As of each try: tries go on for more than a day, and a firm that came back, or an order that ended
 * meanwhile, is not called silent.
 *
 * @returns 1 where the receiver was told now, 0 where it had been already or need not be
 */
async function deliver(
  deps: NotifyDependencies,
  { orderId, month }: { orderId: string; month: number },
): Promise<number> {
  await deps.refreshRegistry();
  if ((await deliveredMonths(deps.db, [orderId])).some((d) => d.month === month)) return 0;
  const asOfMs = deps.clock();
  await assertLoaded(deps, asOfMs);
  const order = deps.registry.order(orderId);
  const [silent] = order === undefined ? [] : await deps.warnings.silentAmong([order], asOfMs);
  if (silent?.month !== month) return 0;
  const sentAtMs = deps.clock();
  const body = JSON.stringify(messageOf(silent, asOfMs));
  await sendWebhook(deps.webhook, { id: `silent.${orderId}.${month}`, sentAtMs, body });
  await insertDelivery(deps.db, { orderId, month, deliveredAtMs: deps.clock() });
  return 1;
}

/** Use that still waits in the spool would look like silence, and of a month one warning is given. */
async function assertLoaded({ loadedUntilMs }: NotifyDependencies, asOfMs: number): Promise<void> {
  const behindMs = asOfMs - (await loadedUntilMs());
  if (behindMs > WARNING_LOAD_LAG_MAX_MS) {
    throw storeFailure(`the store is ${behindMs} ms behind what was received`);
  }
}

/** No person is in it: the firm, its month and its counts. */
function messageOf({ order, ...silence }: SilentFirm, asOfMs: number) {
  const { orderId, programme, vendorId, solutionId, smeId } = order;
  const data = { orderId, programme, vendorId, solutionId, smeId, ...silence };
  return { type: 'usage.silent', timestamp: formatInstant(asOfMs), data };
}

function placeOf({ orderId, month }: { orderId: string; month: number }): string {
  return `${orderId} ${month}`;
}
