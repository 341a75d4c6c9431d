import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX } from '../../core/limits.ts';
import { type DecodedItem, LEVELS_MAX, type Progress, tooDeep, tooLarge } from './item.ts';
import { BRACKET, type Extent, JsonCursor, parseExtent } from './jsonCursor.ts';
import { idOf } from './readEvent.ts';

/** One event or an array of events. */
export function* decodeJson(body: Buffer, progress: Progress): Generator<DecodedItem> {
  const cursor = new JsonCursor(body);
  if (!cursor.enter(BRACKET)) {
    yield itemOfExtent(body, cursor.value());
  } else {
    yield* itemsOfArray(cursor, progress, itemOfExtent);
  }
  cursor.end();
}

/** The items of an array that was entered, one more than a request may hold at most. */
export function* itemsOfArray(
  cursor: JsonCursor,
  progress: Progress,
  itemOf: (body: Buffer, extent: Extent) => DecodedItem,
): Generator<DecodedItem> {
  for (let count = 0; count <= BATCH_EVENTS_MAX; count += 1) {
    if (!cursor.next(BRACKET, count === 0)) return;
    yield itemOf(cursor.body, cursor.value());
    progress.bytes = cursor.at;
  }
}

/** Why an event is not even parsed; undefined where it may be. */
export function faultOfExtent(body: Buffer, extent: Extent): DecodedItem | undefined {
  if (extent.bytes > EVENT_BYTES_MAX) return tooLarge(idOfLarge(body, extent));
  return extent.levels > LEVELS_MAX ? tooDeep() : undefined;
}

function itemOfExtent(body: Buffer, extent: Extent): DecodedItem {
  return faultOfExtent(body, extent) ?? { value: parseExtent(body, extent) };
}

/** So that its sender finds it: a little beyond the bound it is cheap to look for. */
function idOfLarge(body: Buffer, extent: Extent): string | null {
  const isNear = extent.endExclusive - extent.start <= 2 * EVENT_BYTES_MAX;
  return isNear && extent.levels <= LEVELS_MAX ? idOf(parseExtent(body, extent)) : null;
}
