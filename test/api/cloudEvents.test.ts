import { CloudEvent, emitterFor, HTTP, type Message, Mode } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

let app: TestApp;
let own: Seed;
let acme: Client;
let data: Record<string, unknown>;
const time = new Date().toISOString();

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  own = await seed(app, 'own', { order: RUNNING });
  acme = await seedRecipes(app);
  data = { solutionId: own.solutionId, smeId: own.smeId, actorId: 'u1', action: 'create' };
});
afterAll(() => app.remove());

const counted = (orderId: string, prefix: string) => countedOf(app, orderId, prefix);

function send(headers: object, body: unknown): Promise<Answer> {
  return own.vendor.post('/v1/events', String(body), headers as Record<string, string>);
}
const event = (id: string, changes: object = {}) =>
  new CloudEvent({ id, source: '/pos', type: 'tw.pos.use', time, data, ...changes });

describe('the CloudEvents SDK', () => {
  it.each([Mode.STRUCTURED, Mode.BINARY])('delivers by its emitter in %s mode', async (mode) => {
    const answers: Answer[] = [];
    const emit = emitterFor(
      async (message: Message) => answers.push(await send(message.headers, message.body)),
      { mode },
    );
    await emit(event(`sdk-${mode}-1`));
    await emit(
      event(`sdk-${mode}-2`, { subject: 'x', traceparent: '00-a', dataschema: 'https://a/' }),
    );
    expect(answers.map((a) => a.ok())).toMatchObject([{ accepted: 1 }, { accepted: 1 }]);
    expect(await counted(own.orderId, `sdk-${mode}-`)).toEqual({
      [`sdk-${mode}-1`]: true,
      [`sdk-${mode}-2`]: true,
    });
  });

  it('delivers a batch, of which a bad event costs only itself', async () => {
    const events = [event('sdk-b-1'), { ...event('sdk-b-2').toJSON(), specversion: '0.3' }];
    const body = JSON.stringify([...events, event('sdk-b-3')]);
    const answer = await send({ 'content-type': 'application/cloudevents-batch+json' }, body);
    expect(answer.ok()).toMatchObject({
      received: 3,
      accepted: 2,
      rejected: [{ index: 1, id: 'sdk-b-2', code: 'malformed' }],
    });
    expect(await counted(own.orderId, 'sdk-b-')).toEqual({ 'sdk-b-1': true, 'sdk-b-3': true });
  });

  it('delivers bytes that hold JSON', async () => {
    const bytes = new Uint8Array(Buffer.from(JSON.stringify(data)));
    const { headers, body } = HTTP.structured(event('sdk-bytes', { data: bytes }));
    expect(String(body)).toContain('data_base64');
    expect((await send(headers, body)).ok()).toMatchObject({ accepted: 1 });
    expect(await counted(own.orderId, 'sdk-bytes')).toEqual({ 'sdk-bytes': true });
  });
});

describe('the recipes', () => {
  it.each([
    ['cloudevents-structured', 'ce-curl-1', { 'ce-curl-1': true }],
    ['cloudevents-batch', 'ce-curl-', { 'ce-curl-1': true, 'ce-curl-2': true, 'ce-curl-3': true }],
    ['cloudevents-binary', 'ce-curl-4', { 'ce-curl-4臺': true }],
    ['cloudevents-sdk', 'ce-sdk-', { 'ce-sdk-1': true, 'ce-sdk-2': true }],
  ])('%s delivers what it says, and it counts', async (name, prefix, expected) => {
    const printed = await runRecipe(name, acme);
    if (name !== 'cloudevents-sdk') expect(printed).toContain('"rejected":[]');
    expect(await counted(RECIPE_ORDER, prefix)).toEqual(expected);
  });
});

describe('an answer', () => {
  it('is 422 with the refusal where the one event was refused, in every mode', async () => {
    const { headers } = HTTP.structured(event('t'));
    const timeless = { ...event('t').toJSON(), time: undefined };
    const { 'ce-time': _time, ...binary } = HTTP.binary(event('t')).headers;
    for (const answer of [
      await send(headers, JSON.stringify(timeless)),
      await send(binary, JSON.stringify(data)),
    ]) {
      expect(answer.ok(422)).toMatchObject({
        accepted: 0,
        rejected: [{ index: 0, id: 't', code: 'missing_field', detail: 'missing occurredAt' }],
      });
    }
  });

  it('of a binary event without a body names what it lacks', async () => {
    const headers = HTTP.binary(event('empty')).headers as Record<string, string>;
    const answer = await own.vendor.send('POST', '/v1/events', undefined, headers);
    expect(answer.ok(422)).toMatchObject({
      rejected: [{ id: 'empty', code: 'missing_field' }],
    });
  });

  it('is a problem where the body cannot be read or its type is unknown', async () => {
    const type = (name: string) => ({ 'content-type': `application/cloudevents${name}` });
    expectProblem(await send(type('+json'), '{'), 'unreadable_body', '/v1/events');
    expectProblem(await send(type('-batch+json'), '{}'), 'unreadable_body', '/v1/events');
    expectProblem(await send(type('-batch+json'), '[]'), 'empty_batch', '/v1/events');
    expectProblem(await send(type('+xml'), '<e/>'), 'unsupported_media_type', '/v1/events');
    const curl = ['-sS', `${app.url}/v1/events`, '-H', 'ce-specversion: 1.0', '--data', '{'];
    const key = `authorization: Bearer ${own.vendor.key}`;
    const printed = await run('curl', [...curl, '-H', key], own.vendor);
    expect(printed).toContain('"code":"malformed"');
  });
});

describe('the same event in another form', () => {
  it('is the same event: sent again in every form it is one, without a conflict', async () => {
    const full = {
      ...data,
      actorRole: 'owner',
      source: 'pos',
      seq: 7,
      sessionId: 'x',
      resource: 'r',
      ip: '203.0.113.9',
      attributes: { b: '1', a: '台' },
    };
    const ce = event('same', { data: full });
    (await own.vendor.post('/v1/events', { ...full, id: 'same', occurredAt: time })).ok();
    const messages = [HTTP.structured(ce), HTTP.binary(ce)];
    for (const { headers, body } of messages) expect((await send(headers, body)).status).toBe(200);
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    expect((await send(batch, JSON.stringify([ce, ce]))).ok()).toMatchObject({ accepted: 2 });
    expect(await counted(own.orderId, 'same')).toEqual({ same: true });
    expect(await conflictsOf(own.vendor)).toEqual([]);
    const changed = event('same', { data: { ...full, resource: 's' } });
    expect((await send(batch, JSON.stringify([changed]))).ok()).toMatchObject({ accepted: 1 });
    expect(await conflictsOf(own.vendor)).toEqual(['same']);
  });
});
