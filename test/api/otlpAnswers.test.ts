import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { afterEach, describe, expect, it } from 'vitest';
import { BodyBudget } from '../../api/bodyBudget.ts';
import { registerHooks } from '../../api/hooks.ts';
import { registerEvents } from '../../api/operations/events.ts';
import { registerLogs } from '../../api/operations/logs.ts';
import { FlowproofError } from '../../core/errors.ts';
import { BODIES_BYTES_MAX } from '../../core/limits.ts';
import type { BatchAnswer, IngestRequest } from '../../core/ports.ts';

/** What the routes of ingest make of the port, whose answers are given here. */

type Deps = Parameters<typeof registerLogs>[1];
const ANSWER: BatchAnswer = { batchId: 'b', received: 1, accepted: 1, rejected: [], receipt: null };

let server: FastifyInstance;
afterEach(() => server.close());

async function serverOn(receive: (request: IngestRequest) => Promise<BatchAnswer>) {
  const owner = { keyId: 'k', role: 'vendor', vendorId: 'v', smeId: null };
  const deps = {
    clock: () => 0,
    simulated: false,
    keys: { ownerOf: () => owner },
    ingest: { receive, close: async () => undefined },
  } as unknown as Deps;
  server = fastify();
  server.decorate('bodies', new BodyBudget(BODIES_BYTES_MAX));
  server.setSerializerCompiler(serializerCompiler);
  registerHooks(server, deps, {});
  for (const register of [registerEvents, registerLogs]) {
    await server.register((scope, _options, done) => {
      register(scope, deps);
      done();
    });
  }
  return (url: string, headers: Record<string, string>, payload: string | Buffer) =>
    server.inject({
      method: 'POST',
      url,
      headers: { authorization: 'Bearer k', ...headers },
      payload,
    });
}

const JSON_LOGS = { 'content-type': 'application/json' };
const PROTOBUF_LOGS = { 'content-type': 'Application/X-Protobuf ; v=1' };

describe('POST /v1/logs', () => {
  it.each([
    ['ingest_unavailable', 503, 7],
    ['store_unavailable', 503, 60],
    ['shutting_down', 503, 2],
  ] as const)('answers %s as %i with Retry-After, in both encodings', async (code, status, s) => {
    const post = await serverOn(async () => {
      throw new FlowproofError(code, 'Come back later.', { retryAfterS: s });
    });
    for (const headers of [JSON_LOGS, PROTOBUF_LOGS]) {
      const answer = await post('/v1/logs', headers, 'x');
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['retry-after']).toBe(String(s));
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.json()).toMatchObject({ code, instance: '/v1/logs' });
    }
  });

  it('answers nothing before ingest says that all is on disk', async () => {
    let durable = (_answer: BatchAnswer) => {};
    const post = await serverOn(
      () =>
        new Promise((resolve) => {
          durable = resolve;
        }),
    );
    let answered = false;
    const pending = post('/v1/logs', JSON_LOGS, '{}').then((answer) => {
      answered = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    durable(ANSWER);
    expect((await pending).body).toBe('{}');
  });

  it('names at most five codes, in the order in which they came', async () => {
    const codes = ['too_large', 'malformed', 'too_old', 'unknown_sme', 'too_old', 'unknown_field'];
    const rejected = [...codes, 'missing_field'].map((code, index) => ({
      index,
      id: null,
      code: code as 'too_large',
      detail: 'why',
    }));
    const post = await serverOn(async () => ({ ...ANSWER, received: 9, rejected }));
    const { partialSuccess } = (await post('/v1/logs', JSON_LOGS, '{}')).json();
    expect(partialSuccess).toEqual({
      rejectedLogRecords: '7',
      errorMessage:
        '7 of 9 log records were refused (too_large: 1, malformed: 1, too_old: 2, ' +
        'unknown_sme: 1, unknown_field: 1, …). The first is record 0: too_large, why. ' +
        'See GET /v1/batches/b and GET /v1/rejects.',
    });
  });
});

describe('what ingest is handed', () => {
  it('says which route it came by, and the ce- headers of a binary CloudEvent alone', async () => {
    const seen: IngestRequest[] = [];
    const post = await serverOn(async (request) => {
      seen.push(request);
      return ANSWER;
    });
    const headers = { 'ce-specversion': '1.0', 'CE-Id': '%41', 'x-ce-id': 'x', accept: '*/*' };
    await post('/v1/events', { ...JSON_LOGS, ...headers }, '{}');
    await post('/v1/events', { ...JSON_LOGS, 'ce-id': 'x' }, '{}');
    await post('/v1/logs', PROTOBUF_LOGS, Buffer.from([0x0a, 0x00]));
    expect(seen.map(({ format, cloudEvent }) => ({ format, cloudEvent }))).toEqual([
      { format: 'events', cloudEvent: { specversion: '1.0', id: '%41' } },
      { format: 'events', cloudEvent: null },
      { format: 'otlp', cloudEvent: null },
    ]);
    expect(seen.map(({ body }) => [...body])).toEqual([
      [0x7b, 0x7d],
      [0x7b, 0x7d],
      [0x0a, 0],
    ]);
    expect(seen[0]).toMatchObject({ vendorId: 'v', keyId: 'k', simulatedNowMs: null });
  });
});
