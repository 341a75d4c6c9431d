import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX, INFLATED_BYTES_MAX } from '../../core/limits.ts';
import {
  type Answer,
  type Client,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';
import {
  conflictsOf,
  countedOf,
  RECIPE_ORDER,
  RUNNING,
  run,
  runRecipe,
  seedRecipes,
} from '../helpers/recipes.ts';
import {
  JSON_TYPE,
  PROTOBUF_TYPE,
  recordOf,
  requestOf,
  responseOf,
  toProtobuf,
} from '../ingest/otlpMessages.ts';

let app: TestApp;
let own: Seed;
let acme: Client;
const now = new Date();

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  own = await seed(app, 'own', { order: RUNNING });
  acme = await seedRecipes(app);
});
afterAll(() => app.remove());

const LOGS = '/v1/logs';
const counted = (prefix: string) => countedOf(app, own.orderId, prefix);
const fieldsOf = () => ({
  solutionId: own.solutionId,
  smeId: own.smeId,
  actorId: 'u1',
  action: 'create',
});
const recordFor = (id: string, changes: object = {}) =>
  recordOf({ ...fieldsOf(), id, occurredAt: now.toISOString(), ...changes });

interface Sent {
  readonly status: number;
  readonly contentType: string;
  /** The message of the answer, whatever its encoding. */
  readonly message: { partialSuccess?: { rejectedLogRecords: string; errorMessage: string } };
}
type Encoding = 'JSON' | 'protobuf';
const ENCODINGS: readonly Encoding[] = ['JSON', 'protobuf'];

/** Sends a request in one of both encodings and reads the answer in the same. */
async function send(encoding: Encoding, request: object): Promise<Sent> {
  const isJson = encoding === 'JSON';
  const body = isJson ? JSON.stringify(request) : toProtobuf(request);
  const type = isJson ? JSON_TYPE : PROTOBUF_TYPE;
  const answer = await own.vendor.post(LOGS, body, { 'content-type': type });
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    message: isJson ? answer.json() : responseOf(answer.bytes),
  };
}

describe('the OpenTelemetry exporter', () => {
  it.each([
    ['JSON', 'one by one'],
    ['JSON', 'in batches'],
    ['protobuf', 'one by one'],
    ['protobuf', 'in batches'],
  ] as const)('delivers in %s %s, and the events count', async (encoding, mode) => {
    // The exporter itself drops what is more than 30 requests at once.
    const [prefix, count] = [`otel-${encoding}-${mode}-`, mode === 'in batches' ? 100 : 30];
    const provider = providerOf(encoding, mode);
    const logger = provider.getLogger('pos', '1.0');
    const ids = Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    for (const [seq, id] of ids.entries()) {
      logger.emit({
        timestamp: now,
        severityNumber: SeverityNumber.INFO,
        body: 'sold',
        attributes: {
          ...attributesOf({ ...fieldsOf(), id, seq, attributes: { till: '7' } }),
          'http.method': 'POST',
        },
      });
    }
    await provider.forceFlush();
    await provider.shutdown();
    expect(await counted(prefix)).toEqual(Object.fromEntries(ids.map((id) => [id, true])));
  });

  function providerOf(encoding: Encoding, mode: string): LoggerProvider {
    const headers = { authorization: `Bearer ${own.vendor.key}` };
    const options = { url: `${app.url}${LOGS}`, headers };
    const exporter: LogRecordExporter =
      encoding === 'JSON' ? new JsonExporter(options) : new ProtobufExporter(options);
    const processor =
      mode === 'in batches'
        ? new BatchLogRecordProcessor(exporter, { maxExportBatchSize: 16 })
        : new SimpleLogRecordProcessor(exporter);
    const resource = resourceFromAttributes({ 'service.name': 'pos', 'flowproof.smeId': 'x' });
    return new LoggerProvider({ resource, processors: [processor] });
  }
  function attributesOf<T extends object>(fields: T): { [name: string]: T[keyof T] } {
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [`flowproof.${name}`, value]),
    );
  }
});

describe('curl', () => {
  it.each([
    ['JSON', 'identity'],
    ['JSON', 'gzip'],
    ['protobuf', 'identity'],
    ['protobuf', 'gzip'],
  ] as const)('delivers %s, %s', async (encoding, contentEncoding) => {
    const id = `curl-${encoding}-${contentEncoding}`;
    const request = requestOf([recordFor(id)]);
    const body = encoding === 'JSON' ? Buffer.from(JSON.stringify(request)) : toProtobuf(request);
    const args = ['-sS', '-i', `${app.url}${LOGS}`, '--data-binary', '@-'];
    const headers = [
      `authorization: Bearer ${own.vendor.key}`,
      `content-type: ${encoding === 'JSON' ? JSON_TYPE : PROTOBUF_TYPE}`,
      `content-encoding: ${contentEncoding}`,
    ].flatMap((header) => ['-H', header]);
    const sent = contentEncoding === 'gzip' ? gzipSync(body) : body;
    const printed = await run('curl', [...args, ...headers], own.vendor, sent);
    expect(printed).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(printed.split('\r\n\r\n')[1]).toBe(encoding === 'JSON' ? '{}' : '');
    expect(await counted(id)).toEqual({ [id]: true });
  });
});

describe('the recipes', () => {
  it.each([
    ['otlp-curl', { 'otlp-curl-1': true }],
    ['otlp-exporter', { 'otel-1': true }],
  ])('%s delivers what it says, and it counts', async (name, expected) => {
    const printed = await runRecipe(name, acme);
    if (name === 'otlp-curl') expect(printed).toBe('{}');
    const [id = ''] = Object.keys(expected);
    expect(await countedOf(app, RECIPE_ORDER, id)).toEqual(expected);
  });
});

describe('the answer', () => {
  it.each(ENCODINGS)('%s: is the empty message where all was accepted', async (encoding) => {
    const answer = await send(encoding, requestOf([recordFor(`full-${encoding}`)]));
    expect(answer).toMatchObject({ status: 200, message: {} });
    expect(answer.message).toEqual({});
    const type = encoding === 'JSON' ? 'application/json; charset=utf-8' : PROTOBUF_TYPE;
    expect(answer.contentType).toBe(type);
  });

  it.each(ENCODINGS)('%s: is the empty message where nothing was sent', async (encoding) => {
    for (const request of [{}, requestOf([])]) {
      expect(await send(encoding, request)).toMatchObject({ status: 200, message: {} });
    }
  });

  it('to an empty protobuf body is a success, to an empty JSON body a problem', async () => {
    const empty = (type: string) => own.vendor.post(LOGS, '', { 'content-type': type });
    expect((await empty(PROTOBUF_TYPE)).status).toBe(200);
    expectProblem(await empty(JSON_TYPE), 'unreadable_body', LOGS);
  });

  it('counts what was refused, says why first and where to look, alike in both', async () => {
    const records = (name: string) => [
      recordFor(`${name}-0`),
      recordFor(`${name}-1`, { action: 'dance' }),
      { attributes: [{ key: 'http.method', value: { stringValue: 'GET' } }] },
      recordFor(`${name}-3`, { solutionId: 'none' }),
      recordFor(`${name}-4`, { action: 'dance' }),
      recordFor(`${name}-5`, { colour: 'red' }),
      recordFor(`${name}-6`),
    ];
    const texts: string[] = [];
    for (const encoding of ENCODINGS) {
      const { status, message } = await send(encoding, requestOf(records(`part-${encoding}`)));
      expect(status).toBe(200);
      expect(message.partialSuccess?.rejectedLogRecords).toBe('5');
      const text = message.partialSuccess?.errorMessage ?? '';
      const batchId = /\/v1\/batches\/(\S+)/.exec(text)?.[1] ?? '';
      texts.push(text.replace(batchId, 'ID'));
      const batch = await own.vendor.get(`/v1/batches/${batchId}`);
      expect(batch.ok()).toMatchObject({ received: 7, accepted: 2, rejected: 5 });
      expect(await rejectsOf(batchId)).toEqual([
        [1, 'unknown_action'],
        [2, 'missing_field'],
        [3, 'unknown_solution'],
        [4, 'unknown_action'],
        [5, 'unknown_field'],
      ]);
      expect(Object.keys(await counted(`part-${encoding}`))).toHaveLength(2);
    }
    expect(texts[0]).toBe(
      '5 of 7 log records were refused (unknown_action: 2, missing_field: 1, ' +
        'unknown_solution: 1, unknown_field: 1). The first is record 1: unknown_action, ' +
        'action is none that the solution declares. See GET /v1/batches/ID and GET /v1/rejects.',
    );
    expect(texts[1]).toBe(texts[0]);
  });

  it.each(ENCODINGS)('%s: is 200 also where every record was refused', async (encoding) => {
    const { status, message } = await send(encoding, requestOf([{}, {}]));
    expect(status).toBe(200);
    expect(message.partialSuccess?.rejectedLogRecords).toBe('2');
    expect(message.partialSuccess?.errorMessage).toContain('(missing_field: 2)');
  });

  it('is a problem where the request cannot be read at all', async () => {
    const post = (body: Uint8Array | string, type: string, headers: object = {}): Promise<Answer> =>
      own.vendor.post(LOGS, body, { 'content-type': type, ...headers });
    const gzip = { 'content-encoding': 'gzip' };
    expectProblem(await post('{', JSON_TYPE), 'unreadable_body', LOGS);
    expectProblem(await post('{}', PROTOBUF_TYPE), 'unreadable_body', LOGS);
    expectProblem(await post('{}', JSON_TYPE, gzip), 'unreadable_body', LOGS);
    expectProblem(await post('id\n1', 'text/csv'), 'unsupported_media_type', LOGS);
    const brotli = { 'content-encoding': 'br' };
    expectProblem(await post('{}', JSON_TYPE, brotli), 'unsupported_media_type', LOGS);
    const over = Buffer.alloc(BODY_BYTES_MAX + 1);
    expectProblem(await post(over, PROTOBUF_TYPE), 'body_too_large', LOGS);
    const bomb = gzipSync(Buffer.alloc(INFLATED_BYTES_MAX + 1));
    expectProblem(await post(bomb, PROTOBUF_TYPE, gzip), 'body_too_large', LOGS);
    const many = toProtobuf(requestOf(Array(BATCH_EVENTS_MAX + 1).fill({})));
    expectProblem(await post(many, PROTOBUF_TYPE), 'too_many_events', LOGS);
    const headers = { 'ce-specversion': '1.0', 'ce-id': 'x' };
    expectProblem(await post('{"resourceLogs":5}', JSON_TYPE, headers), 'unreadable_body', LOGS);
  });

  it('to another key than a vendor’s is a refusal', async () => {
    expectProblem(await app.admin.post(LOGS, {}), 'forbidden', LOGS);
    expectProblem(await app.admin.as(null).post(LOGS, {}), 'unauthenticated', LOGS);
  });

  async function rejectsOf(batchId: string): Promise<[number, string][]> {
    const page = (await own.vendor.get('/v1/rejects?limit=1000')).ok<{
      items: { batchId: string; index: number; code: string }[];
    }>();
    return page.items.filter((i) => i.batchId === batchId).map((i) => [i.index, i.code]);
  }
});

describe('the same event in another form', () => {
  it('is the same event: sent again in every form it is one, without a conflict', async () => {
    const full = {
      ...fieldsOf(),
      actorRole: 'owner',
      source: 'pos',
      seq: 7,
      sessionId: 'x',
      resource: 'r',
      ip: '203.0.113.9',
      attributes: { b: '1', a: '台' },
    };
    const native = { ...full, id: 'same', occurredAt: now.toISOString() };
    (await own.vendor.post('/v1/events', native)).ok();
    const { timeUnixNano, attributes } = recordFor('same', full);
    const finer = String(BigInt(timeUnixNano) + 999_999n);
    for (const encoding of ENCODINGS) {
      const request = requestOf([
        { timeUnixNano, attributes },
        { timeUnixNano: finer, attributes },
      ]);
      expect(await send(encoding, request)).toMatchObject({ status: 200, message: {} });
    }
    expect(await counted('same')).toEqual({ same: true });
    expect(await conflictsOf(own.vendor)).toEqual([]);
    const other = requestOf([recordFor('same', { ...full, seq: 8 })]);
    expect(await send('protobuf', other)).toMatchObject({ status: 200 });
    expect(await conflictsOf(own.vendor)).toEqual(['same']);
  });
});

describe('2,000 damaged protobuf bodies', () => {
  it('are refused whole or record by record, and the server goes on', {
    timeout: 180_000,
  }, async () => {
    const whole = toProtobuf(
      requestOf(Array.from({ length: 3 }, (_, i) => recordFor(`fuzz-${i}`, { seq: i }))),
    );
    const random = randomFrom('otlp');
    const headers = { 'content-type': PROTOBUF_TYPE };
    const seen = new Map<number, number>();
    const lane = async () => {
      for (let i = 0; i < 50; i += 1) {
        const answer = await own.vendor.post(LOGS, damaged(whole, random), headers);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        if (answer.status === 200) responseOf(answer.bytes);
        else expectProblem(answer, 'unreadable_body', LOGS);
      }
    };
    await Promise.all(Array.from({ length: 40 }, lane));
    expect([...seen.keys()].sort()).toEqual([200, 400]);
    expect([...seen.values()].reduce((sum, n) => sum + n)).toBe(2_000);
    expect((await send('protobuf', requestOf([recordFor('after-fuzz')]))).message).toEqual({});
    expect(await counted('after-fuzz')).toEqual({ 'after-fuzz': true });
  });

  /** One to four bytes changed, put in or taken out, or the end cut off. */
  function damaged(whole: Buffer, random: (below: number) => number): Buffer {
    let bytes = Buffer.from(whole);
    for (let left = 1 + random(4); left > 0; left -= 1) {
      const at = random(bytes.length);
      const byte = Buffer.from([random(256)]);
      const kind = random(4);
      if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, at), byte, bytes.subarray(at)]);
      else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      else if (kind === 2 && left === 1) bytes = Buffer.from(bytes.subarray(0, at));
      else byte.copy(bytes, at);
    }
    return bytes;
  }

  /** Whole numbers from 0 on, the same for the same seed. */
  function randomFrom(seedText: string): (below: number) => number {
    let state = createHash('sha256').update(seedText).digest();
    return (below) => {
      state = createHash('sha256').update(state).digest();
      return state.readUInt32LE(0) % Math.max(1, below);
    };
  }
});
