import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import { decodeCsv } from './csv.ts';
import type { DecodedItem, Decoder } from './item.ts';
import { decodeJson } from './json.ts';
import { parseMediaType } from './mediaType.ts';
import { decodeNdjson } from './ndjson.ts';

export type { DecodedItem } from './item.ts';

/** Every format that events are sent in; a further one is a line here and a file beside. */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['application/json', decodeJson],
  ['application/x-ndjson', decodeNdjson],
  ['application/ndjson', decodeNdjson],
  ['application/jsonl', decodeNdjson],
  ['text/csv', decodeCsv],
]);

/**
 * The events of an inflated body, in order: the place in the array is the index in the answer.
 * @throws FlowproofError `unsupported_media_type`, `unreadable_body`, `too_many_events` (more than
 * `BATCH_EVENTS_MAX`), `empty_batch`
 */
export function decodeBody(contentType: string, body: Buffer): DecodedItem[] {
  const mediaType = parseMediaType(contentType);
  const decode = mediaType === undefined ? undefined : DECODERS.get(mediaType);
  if (decode === undefined) {
    const admitted = [...DECODERS.keys()].join(', ');
    throw new FlowproofError('unsupported_media_type', `events are sent as ${admitted}, in UTF-8`);
  }
  if (isUtf16(body)) throw new FlowproofError('unreadable_body', 'the body is not UTF-8');
  const items = decode(body);
  if (items.length === 0) throw new FlowproofError('empty_batch', 'the body holds no event');
  if (items.length > BATCH_EVENTS_MAX) {
    const detail = `a request holds at most ${BATCH_EVENTS_MAX} events`;
    throw new FlowproofError('too_many_events', detail);
  }
  return items;
}

function isUtf16(body: Buffer): boolean {
  const [first, second] = body;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
