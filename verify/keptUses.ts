import { type FirmUse, rowsBetween, usesBetween } from '../core/firmUse.ts';
import type { MonthDecision } from '../core/month.ts';

/**
 * The use that months were decided by, kept until they are looked at event by event: it need not be
 * read again. Of what there is no room for nothing is kept.
 */
export class KeptUses {
  readonly #uses = new Map<MonthDecision, FirmUse>();
  #room: number;

  /** @param eventsMax smaller in tests */
  constructor(eventsMax: number = EVENTS_KEPT_MAX) {
    this.#room = eventsMax;
  }

  keep(
    decision: MonthDecision,
    use: FirmUse,
    span: { readonly startMs: number; readonly endExclusiveMs: number },
  ): void {
    const size = rowsBetween(use, span.startMs, span.endExclusiveMs);
    if (size > this.#room) return;
    this.#room -= size;
    this.#uses.set(decision, usesBetween(use, span.startMs, span.endExclusiveMs));
  }

  /** Null where it was not kept. */
  of(decision: MonthDecision): FirmUse | null {
    return this.#uses.get(decision) ?? null;
  }
}

/** Of one step, at 36 bytes each. */
const EVENTS_KEPT_MAX = 500_000;
