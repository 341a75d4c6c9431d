import { COUNTED_ROLES } from '../core/event.ts';
import { literal } from './text.ts';

/** Parts of SQL about the events that count. */

export function instant(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
}

export function literals(values: readonly string[]): string {
  return values.map(literal).join(', ');
}

/** By the firm's own people. */
const OWN_PEOPLE = `actor_role IN (${literals(COUNTED_ROLES)})`;

/** Of a query on `events_v1` under its own name: by the firm's own people, and standing. */
export const COUNTED = `${OWN_PEOPLE}
  AND events_v1.seq NOT IN (SELECT seq FROM superseded_v1)`;

/**
 * Of a long read whose pages are worked on in the meantime: several threads cost a third more
 * processor time, and who reads has no other work for the answer.
 */
export const READ_BESIDE = 'max_threads = 1';
