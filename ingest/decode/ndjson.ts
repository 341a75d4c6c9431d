import { isUtf8 } from 'node:buffer';
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import { type DecodedItem, itemOf, malformed, tooLarge } from './item.ts';
import { parseJson } from './json.ts';

const BOM = Buffer.from('\uFEFF');
const LINE_FEED = 0x0a;
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0d]);

/** One event a line; blank lines are none and are not counted. A line fails by itself. */
export function decodeNdjson(body: Buffer): DecodedItem[] {
  const items: DecodedItem[] = [];
  let start = body.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
  while (start < body.length && items.length <= BATCH_EVENTS_MAX) {
    if (body[start] === LINE_FEED || BLANKS.has(body[start])) {
      start += 1;
      continue;
    }
    const found = body.indexOf(LINE_FEED, start);
    const endExclusive = found === -1 ? body.length : found;
    items.push(itemOfLine(withoutTrailingBlanks(body.subarray(start, endExclusive))));
    start = endExclusive + 1;
  }
  return items;
}

function withoutTrailingBlanks(line: Buffer): Buffer {
  let endExclusive = line.length;
  while (BLANKS.has(line[endExclusive - 1])) endExclusive -= 1;
  return line.subarray(0, endExclusive);
}

function itemOfLine(line: Buffer): DecodedItem {
  if (line.length > EVENT_BYTES_MAX) return tooLarge();
  if (!isUtf8(line)) return malformed('the line is not UTF-8');
  let value: unknown;
  try {
    value = parseJson(line.toString('utf8'));
  } catch {
    return malformed('the line is not valid JSON');
  }
  return itemOf(value);
}
