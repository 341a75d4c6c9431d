import { setTimeout as sleep } from 'node:timers/promises';
import { FlowproofError } from '../core/errors.ts';
import { STORED_WAIT_MS } from '../core/limits.ts';
import type { MonthReopener, Reopening } from '../core/ports.ts';
import type { RegistryView } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import type { Database } from '../store/clickhouse.ts';
import { storeFailure } from '../store/failure.ts';
import { insertMonthResults } from '../store/monthResults.ts';
import { ALONE, type SealingTurn, sealedResults } from './close.ts';
import { planOrder } from './plans.ts';
import { Seals } from './seals.ts';

export interface ReopenerDependencies {
  readonly db: Database;
  readonly registry: RegistryView;
  /** Absent: nothing else writes seals or the registry. */
  readonly sealingTurn?: SealingTurn;
  readonly simulated: boolean;
  /** Everything received before this instant is in the store. */
  readonly loadedUntilMs: () => Promise<number>;
}

/** Makes the next revision of a sealed month from everything received before its reopening. */
export class Reopener implements MonthReopener {
  readonly #deps: ReopenerDependencies;

  constructor(deps: ReopenerDependencies) {
    this.#deps = deps;
  }

  async awaitStored(receivedBeforeMs: number): Promise<void> {
    // A replay was answered only when the store had its events.
    if (this.#deps.simulated) return;
    for (let waitedMs = 0; (await this.#loadedUntilMs()) < receivedBeforeMs; ) {
      if (waitedMs >= STORED_WAIT_MS) {
        const detail = 'Events received before the reopening are not in the store yet; try again.';
        throw new FlowproofError('store_unavailable', detail, { retryAfterS: 5 });
      }
      await sleep(STORED_POLL_MS);
      waitedMs += STORED_POLL_MS;
    }
  }

  async #loadedUntilMs(): Promise<number> {
    try {
      return await this.#deps.loadedUntilMs();
    } catch (cause) {
      throw storeFailure('the load mark could not be read', cause);
    }
  }

  reopen(reopening: Reopening): Promise<void> {
    const { sealingTurn = ALONE } = this.#deps;
    return sealingTurn((confirm) => this.#reopen(reopening, confirm));
  }

  async #reopen(
    { order: asked, month, reviewId, atMs }: Reopening,
    confirm: () => Promise<void>,
  ): Promise<void> {
    const { db, registry, simulated } = this.#deps;
    const order = registry.order(asked.orderId) ?? asked;
    const plan = planOrder(order, registry);
    const contractMonth = plan.contract.months[month - 1];
    if (contractMonth === undefined) throw new RangeError(`the contract has no month ${month}`);
    const seals = await Seals.read(db, [order]);
    const latest = seals.of(order, contractMonth);
    if (latest === undefined) {
      throw new FlowproofError('not_sealed', 'Only a sealed month is reopened.');
    }
    if (latest.result.sealedAtMs > atMs) {
      const since = formatInstant(latest.result.sealedAtMs);
      throw new FlowproofError('not_sealed', `A later revision is there, sealed ${since}.`);
    }
    const next = seals.nextOf(order, month);
    const toSeal = [{ plan, month: contractMonth, countedUntilMs: atMs, ...next }];
    const made = { verificationId: reviewId, asOfMs: atMs, sealedAtMs: atMs, simulated };
    const results = await sealedResults({ db, registry }, toSeal, made);
    await confirm();
    await insertMonthResults(db, results);
  }
}

const STORED_POLL_MS = 100;
