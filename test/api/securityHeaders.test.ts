import { once } from 'node:events';
import { connect } from 'node:net';
import fastifyHelmet from '@fastify/helmet';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../helpers/app.ts';

let app: TestApp;
let expected: Map<string, string>;

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  expected = await helmetHeaders();
});
afterAll(() => app.remove());

/** What helmet adds to an answer that has nothing else. */
async function helmetHeaders(): Promise<Map<string, string>> {
  const headersWith = async (isOn: boolean) => {
    const server = fastify();
    if (isOn) await server.register(fastifyHelmet);
    server.get('/', (_request, reply) => reply.send());
    const { headers } = await server.inject('/');
    await server.close();
    return new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  };
  const [plain, all] = [await headersWith(false), await headersWith(true)];
  for (const name of plain.keys()) all.delete(name);
  return all;
}

/** The answer to these bytes, until the server ends the connection. */
async function answerTo(bytes: string): Promise<{ status: number; headers: Headers }> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  let said = '';
  socket.on('data', (chunk) => {
    said += String(chunk);
  });
  socket.write(bytes);
  await once(socket, 'close');
  const [first = '', ...lines] = said.split('\r\n\r\n')[0]?.split('\r\n') ?? [];
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return { status: Number(first.split(' ')[1]), headers: new Headers(fields) };
}

describe('what browsers are told', () => {
  it.each<[string, number, () => Promise<{ status: number; headers: Headers }>]>([
    ['a success', 200, () => app.admin.get('/healthz')],
    ['a path without a route', 404, () => app.admin.get('/nowhere')],
    ['a part that no id can be', 404, () => app.admin.get(`/v1/orders/${'x'.repeat(300)}`)],
    ['a badly encoded path', 400, () => app.admin.get('/v1/orders/%E0%A4%A')],
    ['no key', 401, () => app.admin.as(null).get('/v1/orders')],
    ['what is no HTTP', 400, () => answerTo('no HTTP\r\n\r\n')],
  ])('is the same on every answer: %s', async (_name, status, ask) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(expected.size).toBeGreaterThan(9);
    const found = [...expected.keys()].map((name) => [name, answer.headers.get(name)]);
    expect(new Map(found as [string, string][])).toEqual(expected);
    expect(answer.headers.get('flowproof-simulated')).toBe('true');
  });
});
