import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertClosed, measure, onStore } from './national/measure.ts';
import type { BenchOptions } from './options.ts';

const ORDERS = 200_000;
const EVENTS_PER_ORDER = 500;
/** The ids of the eleven months before are known as well. */
const MONTHS_BEHIND = 11;

/**
 * Closes one month of a nation's orders through the real server, beside one bare aggregation of the
 * same rows, and asks single orders for their months. Fails where an order was skipped, sealed twice
 * or sealed with another number of events than the log has.
 */
export async function benchmark(options: BenchOptions) {
  const scale = options.scale ?? 1;
  const orders = options.orders ?? Math.max(1, Math.round(ORDERS * scale));
  const events = options.events ?? orders * EVENTS_PER_ORDER;
  const idsBehind = options.idsBehind ?? events * MONTHS_BEHIND;
  const folder = await mkdtemp(join(tmpdir(), 'flowproof-bench-'));
  try {
    const made = await onStore([folder, 'fill', ...[orders, events, idsBehind].map(String)]);
    const { seconds, bareSeconds, ...rest } = await measure(folder, orders);
    await assertClosed(folder, orders);
    return {
      orders,
      events: Number(made),
      idsBehind,
      seconds: rounded(seconds, 3),
      bareSeconds: rounded(bareSeconds, 3),
      ratio: rounded(seconds / bareSeconds, 3),
      cpuRatio: rounded(rest.cpuRatio, 3),
      orderP99Ms: rounded(rest.orderP99Ms, 1),
      peakRssMiB: rest.peakRssMiB,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
