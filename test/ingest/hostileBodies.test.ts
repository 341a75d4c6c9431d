import { describe, expect, it } from 'vitest';
import { Registry } from '../../core/entries.ts';
import { FlowproofError } from '../../core/errors.ts';
import {
  BATCH_EVENTS_MAX,
  INFLATED_BYTES_MAX,
  REFUSED_WHOLE_BYTES_MAX,
  SLICE_BYTES,
} from '../../core/limits.ts';
import type { IngestFormat } from '../../core/ports.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { readBatch } from '../../ingest/readBatch.ts';
import { Slices } from '../../ingest/slices.ts';
import { refusedIn } from '../helpers/rejects.ts';

const [JSON_TYPE, NDJSON, CSV] = ['application/json', 'application/x-ndjson', 'text/csv'] as const;
const [CLOUD, CLOUD_BATCH] = [
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
] as const;
const PROTOBUF = 'application/x-protobuf';

const CONTEXT = { vendorId: 'v', receivedAtMs: Date.UTC(2023, 3, 15), registry: new Registry() };
const PSEUDONYMS = new Pseudonyms(Buffer.alloc(32, 7));
const EVENT = {
  id: 'e',
  solutionId: 's',
  smeId: '12345675',
  actorId: 'u',
  action: 'create',
  occurredAt: '2023-04-10T10:00:00+08:00',
};

/** The answer to a body, and how often something else was served meanwhile. */
async function read(contentType: string, body: Buffer, format: IngestFormat = 'events') {
  let turns = 0;
  let reading = true;
  const other = () => {
    turns += 1;
    if (reading) setImmediate(other);
  };
  setImmediate(other);
  try {
    const framing = { format, contentType, cloudEvent: null };
    const batch = await readBatch(body, framing, CONTEXT, PSEUDONYMS, new Slices());
    const codes = [...new Set(batch.rejected.map(({ code }) => code))];
    return { answer: `${batch.received} ${codes.join(' ')}`, turns };
  } catch (error) {
    if (error instanceof FlowproofError) return { answer: error.code, turns };
    throw error;
  } finally {
    reading = false;
  }
}

/** As many copies as fit into the largest body, between a beginning and an end. */
function filled(copy: string | Buffer, before = '', after = ''): Buffer {
  const bytes = Buffer.from(copy);
  const room = INFLATED_BYTES_MAX - before.length - after.length;
  const middle = Buffer.alloc(room - (room % bytes.length), bytes);
  return Buffer.concat([Buffer.from(before), middle, Buffer.from(after)]);
}

/** Just within what one event may weigh. */
const MANY_ATTRIBUTES = Object.fromEntries(Array.from({ length: 1_300 }, (_, i) => [`k${i}`, 1]));
const MANY = '1208 unknown_field missing_field';
const MANY_KEYS = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`k${i}`, 1]));

describe('a body of the largest size has a decided answer (I-96)', () => {
  const half = INFLATED_BYTES_MAX / 2;
  it.each<[string, string, Buffer, string]>([
    ['numbers', JSON_TYPE, filled('1,', '[', '1]'), 'too_many_events'],
    ['empty objects', JSON_TYPE, filled('{},', '[', '1]'), 'too_many_events'],
    [
      'brackets in brackets',
      JSON_TYPE,
      Buffer.concat([Buffer.alloc(half, '['), Buffer.alloc(half, ']')]),
      '1 too_large',
    ],
    ['brackets never closed', JSON_TYPE, filled('{"a":'), 'unreadable_body'],
    ['one text', JSON_TYPE, filled('a', '["', '"]'), '1 too_large'],
    ['one text of escapes', JSON_TYPE, filled('\\u0000', '["', '"]'), '1 too_large'],
    ['one number', JSON_TYPE, filled('1', '[', ']'), '1 too_large'],
    ['white space', JSON_TYPE, filled(' '), 'unreadable_body'],
    ['white space in an event', JSON_TYPE, filled(' ', '[{', '}]'), '1 missing_field'],
    ['objects of many keys', JSON_TYPE, filled(`${JSON.stringify(MANY_KEYS)},`, '[', '{}]'), MANY],
    ['__proto__', JSON_TYPE, filled('{"__proto__":1},', '[', '{}]'), 'too_many_events'],
    ['one NDJSON line without an end', NDJSON, filled('a'), '1 too_large'],
    ['one event that never ends', NDJSON, filled('a', '{"id":"'), '1 too_large'],
    ['one event that never ends', JSON_TYPE, filled('a', '[{"id":"'), 'unreadable_body'],
    ['an event, then lines without one', NDJSON, filled('\n', '{'), '1 malformed'],
    ['empty lines', NDJSON, filled('\n'), 'empty_batch'],
    ['blank lines', NDJSON, filled(' \r\n'), 'empty_batch'],
    ['blanks', NDJSON, filled(' '), 'empty_batch'],
    ['broken lines', NDJSON, filled('{\n'), 'too_many_events'],
    ['deep lines', NDJSON, filled(`${'['.repeat(99)}${']'.repeat(99)}\n`), 'too_many_events'],
    ['commas', CSV, filled(','), 'unreadable_body'],
    ['commas in a row', CSV, filled(',', 'id\n'), '1 too_large'],
    ['wide rows', CSV, filled('a,b\n', 'id\n'), 'too_many_events'],
    ['one cell', CSV, filled('a', 'id\n"', '"'), '1 too_large'],
    ['quotes', CSV, filled('"', '', 'x'), 'unreadable_body'],
    ['a quote never closed', CSV, filled('a', 'id\n"'), 'unreadable_body'],
    ['line ends', CSV, filled('\n'), 'empty_batch'],
    ['CRs', CSV, filled('\r', 'id'), 'empty_batch'],
    ['line ends before a misplaced quote', CSV, filled('\n', '', 'a"b'), 'unreadable_body'],
    ['one CloudEvent', CLOUD, filled('"a",', '[', '1]'), '1 too_large'],
    ['numbers as CloudEvents', CLOUD_BATCH, filled('1,', '[', '1]'), 'too_many_events'],
  ])('%s as %s', async (_name, type, body, expected) => {
    expect((await read(type, body)).answer).toBe(expected);
  });

  const records = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[';
  const scope = '{"resourceLogs":[{"scopeLogs":[{';
  const noList = '{"resourceLogs":{"a":[';
  it.each<[string, string, Buffer, string]>([
    ['records', JSON_TYPE, filled('{},', records, '{}]}]}]}'), 'too_many_events'],
    ['resources', JSON_TYPE, filled('{},', '{"resourceLogs":[', '{}]}'), 'body_too_large'],
    ['keys', JSON_TYPE, filled('"a":1,', '{', '"a":1}'), 'body_too_large'],
    ['objects where a list must be', JSON_TYPE, filled('{},', noList, '{}]}}'), 'unreadable_body'],
    ['keys of a scope', JSON_TYPE, filled('"a":1,', scope, '"a":1}]}]}'), 'body_too_large'],
    ['empty resources', PROTOBUF, filled(Buffer.from([0x0a, 0])), 'body_too_large'],
    ['unknown fields', PROTOBUF, filled(Buffer.from([0x18, 0])), 'body_too_large'],
    ['groups', PROTOBUF, filled(Buffer.from([0x0b])), 'unreadable_body'],
  ])('%s as OTLP in %s', async (_name, type, body, expected) => {
    expect((await read(type, body, 'otlp')).answer).toBe(expected);
  });
});

describe('while a large body is read', () => {
  it.each<[string, string, Buffer]>([
    [
      'attributes',
      JSON_TYPE,
      filled(`${JSON.stringify({ ...EVENT, attributes: MANY_ATTRIBUTES })},`, '[', '{}]'),
    ],
    ['lines', NDJSON, filled(`${JSON.stringify({ ...EVENT, resource: 'x'.repeat(9_000) })}\n`)],
    ['rows', CSV, filled(`e,${'x'.repeat(9_000)}\n`, 'id,resource\n')],
  ])('others are served between its slices: %s (I-96)', async (_name, type, body) => {
    const { answer, turns } = await read(type, body);
    expect(answer).toMatch(/^\d+ (invalid|missing)_field/);
    expect(turns).toBeGreaterThan(INFLATED_BYTES_MAX / SLICE_BYTES / 2);
  });

  it('an ordinary batch of one slice is read at a stretch', async () => {
    const events = Array.from({ length: 400 }, (_, i) => ({ ...EVENT, id: `e-${i}` }));
    const { answer, turns } = await read(JSON_TYPE, Buffer.from(JSON.stringify(events)));
    expect(answer).toBe('400 unknown_solution');
    expect(turns).toBe(0);
  });

  it('the most events are admitted where they are as large as they may be together', async () => {
    const event = { ...EVENT, source: 'x'.repeat(250), attributes: {} as Record<string, string> };
    for (let i = 0; i < 11; i += 1) event.attributes[`key-${i}`] = 'v'.repeat(250);
    const line = JSON.stringify(event);
    const body = Buffer.from(`${line}\n`.repeat(BATCH_EVENTS_MAX));
    expect(body.length).toBeGreaterThan(INFLATED_BYTES_MAX * 0.9);
    expect(body.length).toBeLessThan(INFLATED_BYTES_MAX);
    expect((await read(NDJSON, body)).answer).toBe('5000 unknown_solution');
  });
});

it('of the refused events of a body those are kept whole that begin within a bound (I-97)', async () => {
  // None is of a registered solution; each is kept in so many bytes, a pseudonym for its person.
  const event = { ...EVENT, resource: 'r'.repeat(100) };
  const bytes = JSON.stringify({ ...event, actorId: 'p'.repeat(16) }).length;
  const whole = Math.floor(REFUSED_WHOLE_BYTES_MAX / bytes) + 1;
  const body = Buffer.from(`${JSON.stringify(event)}\n`.repeat(whole + 3));
  const framing = { format: 'events', contentType: NDJSON, cloudEvent: null } as const;
  const { rejects } = await readBatch(body, framing, CONTEXT, PSEUDONYMS, new Slices());
  const resources = refusedIn(rejects).map((r) => JSON.parse(r.event).resource);
  expect(resources).toEqual([
    ...Array<string>(whole).fill(event.resource),
    ...Array<null>(3).fill(null),
  ]);
});
