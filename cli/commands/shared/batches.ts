import { UsageError } from './usageError.ts';

/** Log files cut into requests, byte for byte: the server judges every line as it was written. */

export interface LogFormat {
  readonly kind: 'ndjson' | 'csv' | 'json';
  readonly contentType: string;
  readonly gzipped: boolean;
}

export interface CutLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** By the file's extension; throws UsageError where it is none that is known. */
export function formatOf(path: string): LogFormat {
  const name = path.toLowerCase();
  const gzipped = name.endsWith('.gz');
  const extension = /\.([a-z]+)$/.exec(gzipped ? name.slice(0, -3) : name)?.[1] ?? '';
  const known = KINDS.get(extension);
  if (known !== undefined) return { ...known, gzipped };
  const extensions = [...KINDS.keys()].map((e) => `.${e}`).join(', ');
  throw new UsageError(`The file's extension says its format: ${extensions}, each also with .gz.`);
}

/**
 * Bodies of whole events, each within the limits unless one event exceeds them. A CSV body begins
 * with the header of the file. JSON is one body.
 */
export async function* cut(
  chunks: AsyncIterable<Buffer>,
  kind: LogFormat['kind'],
  limits: CutLimits,
): AsyncGenerator<Buffer> {
  if (kind === 'json') {
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    yield Buffer.concat(parts);
    return;
  }
  let header: Buffer | null = null;
  let taken: Buffer[] = [];
  let bytes = 0;
  const body = () => Buffer.concat(header === null ? taken : [header, ...taken]);
  for await (const record of records(chunks, kind === 'csv')) {
    if (isBlank(record)) continue;
    if (kind === 'csv' && header === null) {
      header = record;
      continue;
    }
    const size = (header?.length ?? 0) + bytes + record.length;
    if (taken.length > 0 && (taken.length === limits.eventsMax || size > limits.bytesMax)) {
      yield body();
      [taken, bytes] = [[], 0];
    }
    taken.push(record);
    bytes += record.length;
  }
  if (taken.length > 0) yield body();
}

/**
 * The events at these places of a body that `cut` made, as they stand in the file; in CSV without
 * the header, which is null elsewhere. JSON is one document: its events are written anew.
 * @param indexes ascending
 */
export async function eventsAt(
  body: Uint8Array,
  kind: LogFormat['kind'],
  indexes: readonly number[],
): Promise<{ readonly header: Buffer | null; readonly events: readonly Buffer[] }> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const all: Buffer[] = [];
  if (kind === 'json') {
    const parsed: unknown = JSON.parse(bytes.toString());
    const events = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
    all.push(...events.map((event) => Buffer.from(JSON.stringify(event))));
  } else {
    for await (const record of records(only(bytes), kind === 'csv')) all.push(record);
  }
  const header = kind === 'csv' ? (all.shift() ?? null) : null;
  return { header, events: indexes.flatMap((index) => all[index] ?? []) };
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const KINDS = new Map<string, Pick<LogFormat, 'kind' | 'contentType'>>([
  ['ndjson', { kind: 'ndjson', contentType: 'application/x-ndjson' }],
  ['jsonl', { kind: 'ndjson', contentType: 'application/x-ndjson' }],
  ['csv', { kind: 'csv', contentType: 'text/csv' }],
  ['json', { kind: 'json', contentType: 'application/json' }],
]);

const [LINE_FEED, RETURN, QUOTE] = [0x0a, 0x0d, 0x22] as const;
/** Longer than this no event is; it means a quote that is never closed. */
const RECORD_BYTES_MAX = 1024 * 1024;

/**
 * Lines with their ends, which are those that the server sees: LF, in CSV CRLF and a lone CR too.
 * In CSV a line end between quotes ends no record [RFC 4180].
 */
async function* records(chunks: AsyncIterable<Buffer>, isCsv: boolean): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let quoted = false;
  for await (const chunk of chunks) {
    let at = rest.length;
    rest = Buffer.concat([rest, chunk]);
    let start = 0;
    for (; at < rest.length; at += 1) {
      // Whether a CR is the whole line end, the byte behind it says: that may be in the next chunk.
      const isBehindReturn = isCsv && !quoted && at > start && rest[at - 1] === RETURN;
      if (isBehindReturn && rest[at] !== LINE_FEED) {
        yield rest.subarray(start, at);
        start = at;
      }
      if (isCsv && rest[at] === QUOTE) quoted = !quoted;
      if (rest[at] !== LINE_FEED || quoted) continue;
      yield rest.subarray(start, at + 1);
      start = at + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > RECORD_BYTES_MAX) throw new Error(NO_END);
  }
  if (rest.length > 0) yield rest;
}

const NO_END =
  'The file has an event longer than 1 MiB: a line end or a closing quote is missing before it.';

function isBlank(record: Buffer): boolean {
  return record.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a);
}
