import { FlowproofError } from '../core/errors.ts';
import {
  TURN_VENDOR_WAITING_MAX,
  TURN_VENDOR_WEIGHT_MAX,
  TURN_WEIGHT_MAX,
} from '../core/limits.ts';

export interface TurnLimits {
  /** Weight in work at once, over all; what is heavier goes alone. */
  readonly weightMax: number;
  /** Weight in work at once of one vendor; what is heavier is its only one. */
  readonly vendorWeightMax: number;
  /** How many of one vendor may wait. */
  readonly vendorWaitingMax: number;
}

export const TURN_LIMITS: TurnLimits = {
  weightMax: TURN_WEIGHT_MAX,
  vendorWeightMax: TURN_VENDOR_WEIGHT_MAX,
  vendorWaitingMax: TURN_VENDOR_WAITING_MAX,
};

interface Waiting {
  readonly weight: number;
  readonly begin: () => void;
}

/**
 * Who is served next: vendors in turn, each in its own order. A vendor that sends much waits behind
 * itself and never stands before another more than once. Weights are bytes.
 */
export class Turns {
  readonly #limits: TurnLimits;
  /** Vendors that wait, the one whose turn it is first. */
  readonly #lines = new Map<string, Waiting[]>();
  readonly #inWork = new Map<string, number>();
  #weightInWork = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /**
   * Runs the work when its turn has come; resolves and rejects with it.
   * @throws FlowproofError `ingest_unavailable` where too many of the vendor wait already
   */
  async run<T>(vendorId: string, weight: number, work: () => Promise<T>): Promise<T> {
    await this.#turnOf(vendorId, weight);
    try {
      return await work();
    } finally {
      this.#leave(vendorId, weight);
    }
  }

  #turnOf(vendorId: string, weight: number): Promise<void> | undefined {
    if (this.#lines.size === 0 && this.#isRoom(vendorId, weight)) {
      this.#enter(vendorId, weight);
      return;
    }
    const line = this.#lines.get(vendorId) ?? [];
    if (line.length >= this.#limits.vendorWaitingMax) {
      const detail = 'Too many requests of this vendor are waiting.';
      throw new FlowproofError('ingest_unavailable', detail, { retryAfterS: 1 });
    }
    return new Promise((begin) => {
      line.push({ weight, begin });
      this.#lines.set(vendorId, line);
      this.#serve();
    });
  }

  /** Lets in who fits. One who waits for room of all is not overtaken: the heavy must not starve. */
  #serve(): void {
    for (const [vendorId, line] of this.#lines) {
      const [next] = line;
      if (next === undefined || !this.#hasShare(vendorId, next.weight)) continue;
      if (!this.#hasRoom(next.weight)) return;
      line.shift();
      this.#lines.delete(vendorId);
      // Visited once more by this loop, when all the others were.
      if (line.length > 0) this.#lines.set(vendorId, line);
      this.#enter(vendorId, next.weight);
      next.begin();
    }
  }

  #isRoom(vendorId: string, weight: number): boolean {
    return this.#hasShare(vendorId, weight) && this.#hasRoom(weight);
  }

  #hasShare(vendorId: string, weight: number): boolean {
    const own = this.#inWork.get(vendorId) ?? 0;
    return own === 0 || own + weight <= this.#limits.vendorWeightMax;
  }

  #hasRoom(weight: number): boolean {
    const { weightMax } = this.#limits;
    return this.#weightInWork === 0 || this.#weightInWork + weight <= weightMax;
  }

  #enter(vendorId: string, weight: number): void {
    this.#weightInWork += weight;
    this.#inWork.set(vendorId, (this.#inWork.get(vendorId) ?? 0) + weight);
  }

  #leave(vendorId: string, weight: number): void {
    this.#weightInWork -= weight;
    const own = (this.#inWork.get(vendorId) ?? 0) - weight;
    if (own > 0) this.#inWork.set(vendorId, own);
    else this.#inWork.delete(vendorId);
    this.#serve();
  }
}
