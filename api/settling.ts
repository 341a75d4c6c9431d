import type { FastifyRequest } from 'fastify';
import { lastSettledMs } from '../store/settled.ts';
import type { ApiDependencies } from './dependencies.ts';

/**
 * The instants of draws and reviews: what is made later also has the later one. A replay has the
 * instants of its requests.
 */
type Clocked = Pick<ApiDependencies, 'db' | 'clock' | 'simulated'>;

/**
 * When a draw or review is made that has its turn now, however long ago its request began: after
 * every seal, review and statement of the order, so that a clock that steps back hides none of them.
 */
export async function settlingInstant(
  orderId: string,
  { nowMs }: Pick<FastifyRequest, 'nowMs'>,
  { db, clock, simulated }: Clocked,
): Promise<number> {
  if (simulated) return nowMs;
  const lastMs = await lastSettledMs(db, orderId);
  return Math.max(nowMs, clock(), lastMs + 1);
}

/** Nothing of the order was sealed, said or drawn at an instant or after it. */
export async function isAfterAll(
  orderId: string,
  instantMs: number,
  { db, simulated }: Clocked,
): Promise<boolean> {
  return simulated || (await lastSettledMs(db, orderId)) < instantMs;
}
