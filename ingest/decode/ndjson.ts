import { isUtf8 } from 'node:buffer';
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import {
  type DecodedItem,
  LEVELS_MAX,
  malformed,
  type Progress,
  tooDeep,
  tooLarge,
} from './item.ts';
import { extentAt, startOf, textOf } from './jsonCursor.ts';
import { PlainEvent } from './plainEvent.ts';

const LINE_FEED = 0x0a;

/** One event a line; blank lines are none and are not counted. A line fails by itself. */
export function* decodeNdjson(body: Buffer, progress: Progress): Generator<DecodedItem> {
  const isText = isUtf8(body);
  const plain = new PlainEvent(body);
  let start = startOf(body);
  for (let count = 0; count <= BATCH_EVENTS_MAX; count += 1) {
    start = textFrom(body, start);
    if (start === body.length) return;
    const found = body.indexOf(LINE_FEED, start);
    let end = found === -1 ? body.length : found;
    const next = Math.min(end + 1, body.length);
    while (isBlank(body[end - 1])) end -= 1;
    const isPlain = isText && plain.read(start, end) && plain.endExclusive === end;
    yield isPlain ? plain.item : itemOfLine(body, start, end, isText);
    start = next;
    progress.bytes = next;
  }
}

/** The first byte from here on that is neither blank nor a line end; else the end. */
function textFrom(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] === LINE_FEED || isBlank(body[at]))) at += 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function itemOfLine(body: Buffer, start: number, end: number, isText: boolean): DecodedItem {
  if (end - start > EVENT_BYTES_MAX) return tooLarge();
  if (!isText && !isUtf8(body.subarray(start, end))) return malformed('the line is not UTF-8');
  const extent = extentAt(body, start, end);
  if (extent === undefined || extent.endExclusive !== end) return noJson();
  if (extent.levels > LEVELS_MAX) return tooDeep();
  try {
    return { value: JSON.parse(textOf(body, extent)) };
  } catch {
    return noJson();
  }
}

function noJson(): DecodedItem {
  return malformed('the line is not valid JSON');
}
