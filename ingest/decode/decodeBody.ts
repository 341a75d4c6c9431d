import { FlowproofError } from '../../core/errors.ts';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import type { CloudEventHeaders, IngestFormat } from '../../core/ports.ts';
import { decodeBinaryCloudEvent, decodeCloudEvent, decodeCloudEventBatch } from './cloudEvents.ts';
import { decodeCsv } from './csv.ts';
import type { DecodedItem, Decoder, Progress } from './item.ts';
import { decodeJson } from './json.ts';
import { parseMediaType } from './mediaType.ts';
import { decodeNdjson } from './ndjson.ts';
import { decodeOtlpJson } from './otlpJson.ts';
import { decodeOtlpProtobuf } from './otlpProtobuf.ts';

/** Every type that events are sent in; a further one is a line here and a file beside. */
const DECODERS: Readonly<Record<IngestFormat, ReadonlyMap<string, Decoder>>> = {
  events: new Map([
    ['application/json', decodeJson],
    ['application/x-ndjson', decodeNdjson],
    ['application/ndjson', decodeNdjson],
    ['application/jsonl', decodeNdjson],
    ['text/csv', decodeCsv],
    ['application/cloudevents+json', decodeCloudEvent],
    ['application/cloudevents-batch+json', decodeCloudEventBatch],
  ]),
  otlp: new Map([
    ['application/json', decodeOtlpJson],
    ['application/x-protobuf', decodeOtlpProtobuf],
  ]),
};

/** How the body is to be read. */
export interface BodyFraming {
  readonly format: IngestFormat;
  readonly contentType: string;
  readonly cloudEvent: CloudEventHeaders | null;
}

/**
 * The events of an inflated body, in order: how manieth it is, is the index in the answer. Each is
 * decoded when it is asked for, so that a large body can be read in pieces; what was read before an
 * error belongs to no batch.
 * @throws FlowproofError `unsupported_media_type`, `unreadable_body`, `too_many_events` (more than
 * `BATCH_EVENTS_MAX`), `empty_batch`
 */
export function* decodeBody(
  body: Buffer,
  framing: BodyFraming,
  progress: Progress,
): Generator<DecodedItem> {
  const decode = decoderOf(framing);
  if (isUtf16(body)) throw new FlowproofError('unreadable_body', 'the body is not UTF-8');
  let count = 0;
  for (const item of decode(body, progress)) {
    count += 1;
    if (count > BATCH_EVENTS_MAX) {
      const detail = `a request holds at most ${BATCH_EVENTS_MAX} events`;
      throw new FlowproofError('too_many_events', detail);
    }
    yield item;
  }
  if (count === 0) throw new FlowproofError('empty_batch', 'the body holds no event');
}

/** A structured CloudEvent is one by its type, whatever its headers [HTTP binding 3]. */
function decoderOf({ format, contentType, cloudEvent }: BodyFraming): Decoder {
  const mediaType = parseMediaType(contentType);
  const isStructured = mediaType?.startsWith('application/cloudevents') === true;
  if (format === 'events' && cloudEvent !== null && !isStructured) {
    return (body) => [decodeBinaryCloudEvent(cloudEvent, contentType, body)];
  }
  const decode = mediaType === undefined ? undefined : DECODERS[format].get(mediaType);
  if (decode !== undefined) return decode;
  const admitted = [...DECODERS[format].keys()].join(', ');
  throw new FlowproofError('unsupported_media_type', `events are sent as ${admitted}, in UTF-8`);
}

function isUtf16(body: Buffer): boolean {
  const [first, second] = body;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
