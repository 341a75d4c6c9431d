import { type Doubt, percent } from './doubt.ts';
import type { UseEvent } from './use.ts';

/** Clocks of honest systems are within so much of ours; more than five minutes is refused. */
const AHEAD_MS = 60_000;

/** Received before the time that it claims, by more than clocks differ. */
export function isAhead(atMs: number, receivedAtMs: number): boolean {
  return atMs - receivedAtMs > AHEAD_MS;
}

/** Future-dated: received before the time that it claims, by more than clocks differ. */
export function futureDated(events: readonly UseEvent[]): Doubt | null {
  const ahead = events.filter((e) => isAhead(e.atMs, e.receivedAtMs));
  if (ahead.length === 0) return null;
  return {
    code: 'future_dated',
    // What is admitted moves nothing into another month but its last minutes.
    patternFrom: null,
    events: new Set(ahead),
    zh: '紀錄時間晚於收到時間。',
    en: 'Use claims a time after it was received.',
    figures: {
      aheadEvents: ahead.length,
      shareOfEvents: percent(ahead.length, events.length),
      longestAheadSeconds: Math.round(
        ahead.reduce((most, e) => Math.max(most, e.atMs - e.receivedAtMs), 0) / 1_000,
      ),
    },
  };
}
