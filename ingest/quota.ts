import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { FlowproofError } from '../core/errors.ts';

const MINUTE_S = 60;

/**
 * The events that one vendor may send in a minute, by the real clock; the minute begins with its
 * first event. Kept in memory: a restart begins anew.
 */
export class Quota {
  readonly #eventsMax: number;
  readonly #limiter: RateLimiterMemory;

  /** @param eventsMax at least what one request may hold, else that request could never be sent */
  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
    this.#limiter = new RateLimiterMemory({ points: eventsMax, duration: MINUTE_S });
  }

  /**
   * Refuses a vendor that has nothing left before any work is done for it.
   * @throws FlowproofError `over_quota`
   */
  async assertLeft(vendorId: string): Promise<void> {
    const now = await this.#limiter.get(vendorId);
    if (now !== null && now.remainingPoints <= 0) throw this.#overQuota(now);
  }

  /**
   * Counts the events of a request. One that is refused here counts nothing.
   * @throws FlowproofError `over_quota`
   */
  async take(vendorId: string, events: number): Promise<void> {
    try {
      await this.#limiter.consume(vendorId, events);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      await this.#limiter.reward(vendorId, events);
      throw this.#overQuota(refusal);
    }
  }

  /** Of a request that was counted and then not acknowledged: it will be sent again. */
  async giveBack(vendorId: string, events: number): Promise<void> {
    const now = await this.#limiter.get(vendorId);
    if (now !== null) await this.#limiter.reward(vendorId, Math.min(events, now.consumedPoints));
  }

  #overQuota({ msBeforeNext }: RateLimiterRes): FlowproofError {
    const detail = `A vendor may send ${this.#eventsMax} events a minute; nothing of this request was taken.`;
    const retryAfterS = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return new FlowproofError('over_quota', detail, { retryAfterS });
  }
}
