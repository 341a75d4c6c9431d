import { isUtf8 } from 'node:buffer';
import { scan } from 'secure-json-parse';
import { FlowproofError } from '../../core/errors.ts';
import { isLargerThanEvent, itemOf, type ParsedItem, type Progress, tooLarge } from './item.ts';
import { faultOfExtent, itemsOfArray } from './json.ts';
import { BRACKET, type Extent, JsonCursor, parseExtent } from './jsonCursor.ts';
import { parseMediaType } from './mediaType.ts';
import { idOf } from './readEvent.ts';

/**
 * CloudEvents 1.0: `id` and `time` of the context are the event's `id` and `occurredAt`, `data`
 * holds its other fields, the rest of the context is ignored. What is no CloudEvent 1.0, or carries
 * something else than a JSON object, is `malformed` by itself; an `id` or `time` that is absent or
 * wrong is judged as the field of the event that it stands for.
 */

/** Structured mode [JSON format 3]: one event. */
export function* decodeCloudEvent(body: Buffer): Generator<ParsedItem> {
  const cursor = new JsonCursor(body);
  yield itemOfExtent(body, cursor.value());
  cursor.end();
}

/** Batched mode [JSON format 4]: an array of events. */
export function* decodeCloudEventBatch(body: Buffer, progress: Progress): Generator<ParsedItem> {
  const cursor = new JsonCursor(body);
  if (!cursor.enter(BRACKET)) {
    throw new FlowproofError('unreadable_body', 'a batch of CloudEvents is a JSON array');
  }
  yield* itemsOfArray(cursor, progress, () => itemOfExtent(body, cursor.value()));
  cursor.end();
}

/**
 * Binary mode [HTTP binding 3.1]: the context in headers, the data as body.
 * @param headers the `ce-*` headers by their names without `ce-`, as sent
 * @param contentType the type of the data; empty = JSON
 */
export function decodeBinaryCloudEvent(
  headers: Readonly<Record<string, string>>,
  contentType: string,
  body: Buffer,
): ParsedItem {
  const context = Object.entries(headers).map(([name, value]) => [name, headerText(value)]);
  if (context.some(([, text]) => text === undefined)) {
    return malformedEvent({}, 'a ce- header is not percent-encoded UTF-8');
  }
  const event: CloudEvent = Object.fromEntries(context);
  const isJson = contentType === '' || isJsonType(parseMediaType(contentType));
  const type = contentType === '' ? {} : { datacontenttype: contentType };
  if (body.length === 0) return itemOfCloudEvent({ ...event, ...type });
  if (!isJson) return malformedEvent(event, NO_JSON_TYPE);
  const cursor = new JsonCursor(body);
  const extent = cursor.value();
  cursor.end();
  const fault = faultOfExtent(body, extent);
  if (fault !== undefined) return { ...fault, id: idOf(event) };
  const whole = { ...event, ...type, data: parseExtent(body, extent) };
  return isLargerThanEvent(whole) ? tooLarge(idOf(event)) : itemOfCloudEvent(whole);
}

type CloudEvent = Readonly<Record<string, unknown>>;
type Data = { readonly fields: CloudEvent } | { readonly fault: string };

const REQUIRED = ['source', 'type'];
const OPTIONAL = ['datacontenttype', 'dataschema', 'subject'];
/** Judged with the event's own fields. */
const OF_EVENT = ['id', 'time'];
const DATA: ReadonlySet<string> = new Set(['data', 'data_base64']);
const EXTENSION = /^[a-z0-9]+$/;
/** Refused where the event is read, as in every format, and so not as a misnamed extension. */
const PROTOTYPE_KEYS = ['__proto__', 'constructor'];
const NOT_SCALAR: ReadonlySet<string> = new Set([...DATA, ...PROTOTYPE_KEYS, ...OF_EVENT]);
/** What the context says already: data may not say it again. */
const OF_CONTEXT = ['id', 'occurredAt'];
const NO_JSON_TYPE = 'datacontenttype must be JSON';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const PERCENT_ENCODED = /(?:%[0-9A-Fa-f]{2})+/g;
const PRINTABLE_ASCII = /^[ -~]*$/;

function itemOfExtent(body: Buffer, extent: Extent): ParsedItem {
  return faultOfExtent(body, extent) ?? itemOfCloudEvent(parseExtent(body, extent));
}

function itemOfCloudEvent(event: unknown): ParsedItem {
  if (!isObject(event)) return malformedEvent({}, 'the CloudEvent is not an object');
  const fault = contextFault(event);
  if (fault !== null) return malformedEvent(event, fault);
  const data = dataOf(event);
  if ('fault' in data) return malformedEvent(event, data.fault);
  const isPolluted = PROTOTYPE_KEYS.some((key) => Object.hasOwn(event, key));
  if (isPolluted && scan(event, { safe: true }) === null) return itemOf(event);
  return itemOf(usageEventOf(event, data.fields));
}

/** A field of the data that the context holds is refused under its own name, `data.id`. */
function usageEventOf(event: CloudEvent, data: CloudEvent): unknown {
  const value: Record<string, unknown> = { ...data };
  for (const name of OF_CONTEXT) {
    if (!Object.hasOwn(data, name)) continue;
    delete value[name];
    value[`data.${name}`] = null;
  }
  if (isPresent(event['id'])) value['id'] = event['id'];
  if (isPresent(event['time'])) value['occurredAt'] = event['time'];
  return value;
}

/** Why the context is none of CloudEvents 1.0 [specification 3]. */
function contextFault(event: CloudEvent): string | null {
  if (event['specversion'] !== '1.0') return 'specversion must be "1.0"';
  const empty = [...REQUIRED, ...OPTIONAL.filter((name) => isPresent(event[name]))].find(
    (name) => typeof event[name] !== 'string' || event[name] === '',
  );
  if (empty !== undefined) return `${empty} must be text, not empty`;
  const { datacontenttype } = event;
  if (typeof datacontenttype === 'string' && parseMediaType(datacontenttype) === undefined) {
    return 'datacontenttype must be a media type, in UTF-8';
  }
  const isMisnamed = Object.keys(event).some(
    (name) => !EXTENSION.test(name) && !DATA.has(name) && !PROTOTYPE_KEYS.includes(name),
  );
  if (isMisnamed) return 'the names of context attributes are lower-case letters and digits';
  const isCompound = Object.entries(event).some(
    ([name, value]) => !NOT_SCALAR.has(name) && !isScalar(value),
  );
  return isCompound ? 'context attributes are texts, whole numbers and booleans' : null;
}

function dataOf(event: CloudEvent): Data {
  const { data, data_base64: base64, datacontenttype } = event;
  const [hasData, hasBase64] = [isPresent(data), isPresent(base64)];
  if (!hasData && !hasBase64) return { fields: {} };
  if (hasData && hasBase64) return { fault: 'an event has data or data_base64, not both' };
  if (typeof datacontenttype === 'string' && !isJsonType(parseMediaType(datacontenttype))) {
    return { fault: NO_JSON_TYPE };
  }
  const content = hasData ? data : jsonOfBase64(base64);
  if (isObject(content)) return { fields: content };
  return { fault: `${hasData ? 'data' : 'data_base64'} must hold a JSON object` };
}

/** Undefined where the text is no JSON in base64 [RFC 4648 4]. */
function jsonOfBase64(text: unknown): unknown {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (!isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The text of a header [HTTP binding 3.1.3.2]; undefined where it cannot be decoded. */
function headerText(value: string): string | undefined {
  if (!PRINTABLE_ASCII.test(value)) return undefined;
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  const text = isQuoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  try {
    return text.replace(PERCENT_ENCODED, (bytes) => decodeURIComponent(bytes));
  } catch {
    return undefined;
  }
}

function isJsonType(mediaType: string | undefined): boolean {
  return mediaType !== undefined && /[/+]json$/.test(mediaType);
}

function isScalar(value: unknown): boolean {
  const isWhole = typeof value !== 'number' || Number.isInteger(value);
  return value === null || (typeof value !== 'object' && isWhole);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is CloudEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformedEvent(event: CloudEvent, detail: string): ParsedItem {
  return { fault: { code: 'malformed', detail }, id: idOf(event) };
}
