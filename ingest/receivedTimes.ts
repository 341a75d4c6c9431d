import { CLOCK_AHEAD_MAX_MS } from '../core/limits.ts';

export interface ReceivedTimesDependencies {
  /** The wall clock, ms. */
  readonly clock: () => number;
  /** The latest received time that is stored: the clock may step back, received times do not. */
  readonly lastReceivedAtMs: number;
  /** The clock is far behind: until it is there again, all gets the same received time. */
  readonly onClockBehind: (lastReceivedAtMs: number, nowMs: number) => void;
}

/** The clock, but never back. Told once when it is left far behind, not for every request. */
export class ReceivedTimes {
  readonly #deps: ReceivedTimesDependencies;
  #lastMs: number;
  #isBehind = false;

  constructor(deps: ReceivedTimesDependencies) {
    this.#deps = deps;
    this.#lastMs = deps.lastReceivedAtMs;
    this.next();
  }

  next(): number {
    const nowMs = this.#deps.clock();
    const wasBehind = this.#isBehind;
    this.#isBehind = this.#lastMs - nowMs > CLOCK_AHEAD_MAX_MS;
    if (this.#isBehind && !wasBehind) this.#deps.onClockBehind(this.#lastMs, nowMs);
    this.#lastMs = Math.max(this.#lastMs, nowMs);
    return this.#lastMs;
  }
}
