import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import {
  type DecodedItem,
  LEVELS_MAX,
  type ParsedItem,
  type Progress,
  tooDeep,
  tooLarge,
} from './item.ts';
import { BRACKET, type Extent, JsonCursor, parseExtent } from './jsonCursor.ts';
import { PlainEvent } from './plainEvent.ts';
import { idOf } from './readEvent.ts';

/** One event or an array of events. */
export function* decodeJson(body: Buffer, progress: Progress): Generator<DecodedItem> {
  const cursor = new JsonCursor(body);
  const plain = new PlainEvent(body);
  if (!cursor.enter(BRACKET)) {
    yield itemAt(cursor, plain);
  } else {
    yield* itemsOfArray(cursor, progress, () => itemAt(cursor, plain));
  }
  cursor.end();
}

function itemAt(cursor: JsonCursor, plain: PlainEvent): DecodedItem {
  if (!plain.read(cursor.start(), cursor.body.length))
    return itemOfExtent(cursor.body, cursor.value());
  cursor.at = plain.endExclusive;
  return plain.item;
}

/**
 * The items of an array that was entered, one more than a request may hold at most.
 * @param next takes the item at the cursor
 */
export function* itemsOfArray<Item>(
  cursor: JsonCursor,
  progress: Progress,
  next: () => Item,
): Generator<Item> {
  for (let count = 0; count <= BATCH_EVENTS_MAX; count += 1) {
    if (!cursor.next(BRACKET, count === 0)) return;
    yield next();
    progress.bytes = cursor.at;
  }
}

/** Why an event is not even parsed; undefined where it may be. */
export function faultOfExtent(body: Buffer, extent: Extent): ParsedItem | undefined {
  if (extent.bytes > EVENT_BYTES_MAX) return tooLarge(idOfLarge(body, extent));
  return extent.levels > LEVELS_MAX ? tooDeep() : undefined;
}

function itemOfExtent(body: Buffer, extent: Extent): ParsedItem {
  return faultOfExtent(body, extent) ?? { value: parseExtent(body, extent) };
}

/** So that its sender finds it: a little beyond the bound it is cheap to look for. */
function idOfLarge(body: Buffer, extent: Extent): string | null {
  const isNear = extent.endExclusive - extent.start <= 2 * EVENT_BYTES_MAX;
  return isNear && extent.levels <= LEVELS_MAX ? idOf(parseExtent(body, extent)) : null;
}
