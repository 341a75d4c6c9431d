import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryEntry } from '../../core/entries.ts';
import type { MonthDecision } from '../../core/month.ts';
import type { Order } from '../../core/registry.ts';
import { type Database, openDatabase } from '../../store/clickhouse.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { insertEvents, type StoredEvent } from '../helpers/storedEvents.ts';
import { registryOf } from '../helpers/world.ts';

export interface ClosedMonth {
  readonly order: Order;
  readonly month: MonthDecision;
}

/** Puts a log into a real store, closes every month of it and answers the months. */
export async function closeAll(
  entries: readonly RegistryEntry[],
  events: readonly StoredEvent[],
  asOfMs: number,
): Promise<ClosedMonth[]> {
  return withStore(async (db) => {
    await insertAll(db, events);
    return closedMonths(db, entries, asOfMs);
  });
}

export async function closedMonths(
  db: Database,
  entries: readonly RegistryEntry[],
  asOfMs: number,
): Promise<ClosedMonth[]> {
  const registry = registryOf(entries);
  const orders = [...registry.orders()];
  const bySolution = new Map<string, Order[]>();
  for (const order of orders) {
    bySolution.set(order.solutionId, [...(bySolution.get(order.solutionId) ?? []), order]);
  }
  for (const of of bySolution.values()) {
    await closeOrders({ db, registry }, of, {
      verificationId: 'v',
      asOfMs,
      sealedAtMs: asOfMs,
      simulated: true,
      loadedUntilMs: asOfMs,
    });
  }
  const answers = await new Months(db, registry, true).monthsOf(orders, asOfMs);
  return answers.flatMap(({ order, months }) => months.map((month) => ({ order, month })));
}

export async function withStore<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'flowproof-authenticity-'));
  const db = openDatabase({ path: join(folder, 'clickhouse') });
  try {
    await migrate(db, MIGRATIONS, 0);
    return await work(db);
  } finally {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const ROWS_AT_ONCE = 50_000;

export async function insertAll(db: Database, events: readonly StoredEvent[]): Promise<void> {
  for (let i = 0; i < events.length; i += ROWS_AT_ONCE) {
    await insertEvents(db, events.slice(i, i + ROWS_AT_ONCE));
  }
}
