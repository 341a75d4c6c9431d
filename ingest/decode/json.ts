import { isUtf8 } from 'node:buffer';
import { parse } from 'secure-json-parse';
import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import { type DecodedItem, isLargerThanEvent, itemOf, tooLarge } from './item.ts';
import { idOf } from './readEvent.ts';

/** One event or an array of events. */
export function decodeJson(body: Buffer): DecodedItem[] {
  const value = parseDocument(body);
  if (!Array.isArray(value)) return [sizedItem(value)];
  return value.slice(0, BATCH_EVENTS_MAX + 1).map(sizedItem);
}

/**
 * The value of a JSON text. `__proto__` and its kin pass as plain keys: they are the fault of one
 * event and must not fail its neighbours, so they are refused where the event is read.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return parse(text, null, { protoAction: 'ignore', constructorAction: 'ignore' });
}

/**
 * The value of a body that is one JSON text. The parser's own error may repeat the text: its
 * position alone is kept, also for the log.
 * @param prepare changes the text before it is parsed
 * @throws FlowproofError `unreadable_body`
 */
export function parseDocument(body: Buffer, prepare = (text: string) => text): unknown {
  if (!isUtf8(body)) throw new FlowproofError('unreadable_body', 'the body is not UTF-8');
  try {
    return parseJson(prepare(body.toString('utf8')));
  } catch (cause) {
    const at = cause instanceof Error ? / at position \d+(?= \(line|$)/.exec(cause.message) : null;
    throw new FlowproofError('unreadable_body', `the body is not valid JSON${at?.[0] ?? ''}`);
  }
}

function sizedItem(value: unknown): DecodedItem {
  return isLargerThanEvent(value) ? tooLarge(idOf(value)) : itemOf(value);
}
