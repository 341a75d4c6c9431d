import { COUNTED_ROLES } from '../core/event.ts';
import { literal } from './text.ts';

/** Parts of SQL about the events that count. */

export function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
}

export function literals(values: readonly string[]): string {
  return values.map(literal).join(', ');
}

/**
 * No other version of the event took its place. By `identity`, for the number is of the log's key:
 * the engine would sort the set for each query, to look for it in an index where it rules out
 * nothing.
 */
export function standing(log = 'events_v1'): string {
  return `identity(${log}.seq) NOT IN (SELECT seq FROM superseded_v1)`;
}

/** By the firm's own people, and standing. */
export function counted(log = 'events_v1'): string {
  return `${log}.actor_role IN (${literals(COUNTED_ROLES)}) AND ${standing(log)}`;
}

/**
 * Of a long read whose pages are worked on in the meantime: several threads cost a third more
 * processor time, and who reads has no other work for the answer.
 */
export const READ_BESIDE = 'max_threads = 1';
