import type { EventFault } from '../../core/event.ts';
import { EVENT_BYTES_MAX } from '../../core/limits.ts';
import type { PlainEvent } from './plainEvent.ts';

/** What one event of a body decodes to: a value still to be validated, or why it has none. */
export type ParsedItem =
  | { readonly value: unknown }
  | { readonly fault: EventFault; readonly id: string | null };

/** One that is plain is not parsed: it holds until the next is asked for. */
export type DecodedItem = ParsedItem | { readonly plain: PlainEvent };

/** How far a body is read: where a decoder may pause, it has told. */
export interface Progress {
  bytes: number;
}

/**
 * The events of a body, in order, each decoded when it is asked for: nothing of a body is parsed
 * that is larger than one event. One more than a request may hold is given at most.
 * Throws FlowproofError where no event can be told from the next.
 */
export type Decoder = (body: Buffer, progress: Progress) => Iterable<DecodedItem>;

/** An event has three levels with its attributes; values far deeper than that break serialisers. */
export const LEVELS_MAX = 32;

export function tooLarge(id: string | null = null): ParsedItem {
  const detail = `the event is larger than ${EVENT_BYTES_MAX} bytes`;
  return { fault: { code: 'too_large', detail }, id };
}

export function malformed(detail: string): ParsedItem {
  return { fault: { code: 'malformed', detail }, id: null };
}

export function tooDeep(): ParsedItem {
  return malformed('the event is nested too deeply');
}

/** The item of a value whose size as sent is known to be admitted. */
export function itemOf(value: unknown): ParsedItem {
  return levelsOf(value) > LEVELS_MAX ? tooDeep() : { value };
}

/** Whether the value, written as JSON without white space, is larger than one event may be. */
export function isLargerThanEvent(value: unknown): boolean {
  return (
    exceeds(value, EVENT_BYTES_MAX, textBytesAtMost) && exceeds(value, EVENT_BYTES_MAX, textBytes)
  );
}

/** Walks level by level, never by recursion: a value may be nested as deeply as its body is long. */
function levelsOf(value: unknown): number {
  let levels = 0;
  for (let level = [value]; level.length > 0; levels += 1) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'object' && item !== null) {
        for (const child of Object.values(item)) next.push(child);
      }
    }
    level = next;
  }
  return levels;
}

function exceeds(value: unknown, bytesMax: number, bytesOf: (text: string) => number): boolean {
  let bytes = 0;
  const left: unknown[] = [value];
  while (left.length > 0 && bytes <= bytesMax) {
    const item = left.pop();
    if (typeof item === 'string') {
      bytes += bytesOf(item);
    } else if (Array.isArray(item)) {
      bytes += Math.max(2, item.length + 1);
      if (bytes <= bytesMax) for (const child of item) left.push(child);
    } else if (typeof item === 'object' && item !== null) {
      const entries = Object.entries(item);
      bytes += Math.max(2, entries.length * 2 + 1);
      for (const [key, child] of entries) {
        bytes += bytesOf(key);
        left.push(child);
      }
    } else {
      bytes += JSON.stringify(item).length;
    }
  }
  return bytes > bytesMax;
}

function textBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** A code unit takes at most six bytes as JSON: its escape. */
function textBytesAtMost(text: string): number {
  return text.length * 6 + 2;
}
