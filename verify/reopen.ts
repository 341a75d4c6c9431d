import { setTimeout as sleep } from 'node:timers/promises';
import { FlowproofError } from '../core/errors.ts';
import { LOCK_RETRY_S, REOPENING_ROUNDS_MAX, STORED_WAIT_MS } from '../core/limits.ts';
import type { MonthReopener, Reopening } from '../core/ports.ts';
import type { Order } from '../core/registry.ts';
import { formatInstant } from '../core/time.ts';
import { storeFailure } from '../store/failure.ts';
import type { MonthResult } from '../store/monthResults.ts';
import { sealedResults } from './close.ts';
import { planOrder } from './plans.ts';
import { type SealingDependencies, sealInTurn } from './sealInTurn.ts';
import { type ReadSeal, Seals } from './seals.ts';

export interface ReopenerDependencies extends SealingDependencies {
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

  async reopen(reopening: Reopening): Promise<void> {
    const judge = (orders: readonly Order[]) => this.#nextRevision(orders, reopening);
    for (let round = 0; round < REOPENING_ROUNDS_MAX; round += 1) {
      const sealed = await sealInTurn(this.#deps, [reopening.order], judge);
      if (sealed > 0) return;
      // Another revision was sealed meanwhile: this one is made behind it, or refused.
    }
    const detail = 'Other revisions of the month are being sealed; try again.';
    throw new FlowproofError('store_unavailable', detail, { retryAfterS: LOCK_RETRY_S });
  }

  async #nextRevision(
    orders: readonly Order[],
    { month, reviewId, atMs }: Reopening,
  ): Promise<MonthResult[]> {
    const { db, registry, simulated } = this.#deps;
    const seals = await Seals.read(db, orders);
    const toSeal = orders.map((order) => {
      const plan = planOrder(order, registry);
      const contractMonth = plan.contract.months[month - 1];
      if (contractMonth === undefined) throw new RangeError(`the contract has no month ${month}`);
      assertSealed(seals.of(order, contractMonth), atMs);
      const next = seals.nextOf(order, month);
      return { plan, month: contractMonth, admittedMs: atMs, ...next };
    });
    const made = { verificationId: reviewId, asOfMs: atMs, sealedAtMs: atMs, simulated };
    return sealedResults({ db, registry }, toSeal, made);
  }
}

/** @throws FlowproofError `not_sealed` */
function assertSealed(latest: ReadSeal | undefined, atMs: number): void {
  if (latest === undefined) {
    throw new FlowproofError('not_sealed', 'Only a sealed month is reopened.');
  }
  if (latest.result.sealedAtMs > atMs) {
    const since = formatInstant(latest.result.sealedAtMs);
    throw new FlowproofError('not_sealed', `A later revision is there, sealed ${since}.`);
  }
}

const STORED_POLL_MS = 100;
