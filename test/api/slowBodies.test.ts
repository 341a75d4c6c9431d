import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { createServer, SERVER_LIMITS } from '../../api/server.ts';
import { REQUEST_TIMEOUT_MS } from '../../core/limits.ts';

/** Real sockets that send slowly, or never to the end, on the server of the ingest routes. */

let server: FastifyInstance;
let sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  // One whose body is still let pass by is not idle, and would hold up the end.
  server.server.closeAllConnections();
  await server.close();
});

let received: string[] = [];
async function serverWith(limits: Partial<typeof SERVER_LIMITS>): Promise<string> {
  received = [];
  const answer = { batchId: 'b', received: 1, accepted: 1, rejected: [], receipt: null };
  const deps = {
    clock: () => 0,
    simulated: false,
    random: { id: () => 'id', secret: () => '' },
    keys: {
      ownerOf: (key: string) => ({ keyId: key, role: 'vendor', vendorId: key, smeId: null }),
    },
    ingest: {
      receive: async ({ body }: { body: Uint8Array }) => {
        received.push(Buffer.from(body).toString());
        return answer;
      },
    },
    ready: async () => undefined,
    logger: pino({ level: 'silent' }),
  } as unknown as ApiDependencies;
  server = await createServer(deps, new Set(['ingest']), { ...SERVER_LIMITS, ...limits });
  return server.listen({ host: '127.0.0.1', port: 0 });
}

/** A request of which a part of the body is sent; `said` is what came back until now. */
async function begin(url: string, bytes: number, sent: string, vendorId = 'slow') {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  const heard = { socket, said: '', closed: Promise.resolve() };
  heard.closed = new Promise((done) => socket.once('close', () => done()));
  socket.on('data', (chunk) => {
    heard.said += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${vendorId}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${sent}`,
  );
  return heard;
}

const post = async (url: string, body: string, vendorId = 'quick') =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${vendorId}`, 'content-type': 'application/json' },
    body,
  });

/** Fails where it does not come true: what a test waits for may have been and gone. */
async function until(isTrue: () => boolean): Promise<void> {
  await expect.poll(isTrue, { interval: 5, timeout: 20_000 }).toBe(true);
}

/** Waits until the server holds so much of bodies. */
const holding = (bytes: number) => until(() => server.bodies.heldBytes >= bytes);

describe('a body that does not arrive', () => {
  it('is given up: 408 as a problem, the connection ends, its memory is free (I-101)', async () => {
    const url = await serverWith({ requestTimeoutMs: 3_000 });
    const slow = await begin(url, 1_000, '[{"id":');
    await holding(1);
    await slow.closed;
    expect(slow.said).toMatch(/^HTTP\/1\.1 408 .*\r\n/);
    expect(slow.said).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(slow.said.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 408,
      code: 'request_timeout',
    });
    expect(received).toEqual([]);
    expect(server.bodies.heldBytes).toBe(0);
  });

  it('holds up no other, however many there are of it (I-101)', async () => {
    const url = await serverWith({});
    const slow = await Promise.all(Array.from({ length: 500 }, () => begin(url, 1_000, '[')));
    await holding(500);
    expect((await post(url, '{"id":"1"}')).status).toBe(200);
    expect((await post(url, '{"id":"2"}', 'slow')).status).toBe(200);
    expect(received).toEqual(['{"id":"1"}', '{"id":"2"}']);
    expect(slow.every(({ said }) => said === '')).toBe(true);
  });

  it('that comes byte by byte within the time is taken', async () => {
    const url = await serverWith({});
    const body = '{"id":"slow"}';
    const { socket, closed } = await begin(url, body.length, '');
    for (const byte of body) {
      socket.write(byte);
      await new Promise((go) => setTimeout(go, 2));
    }
    await until(() => received.length > 0);
    expect(received).toEqual([body]);
    socket.end();
    await closed;
  });

  it('whose sender leaves gives its memory back (I-98)', async () => {
    const url = await serverWith({});
    const { socket } = await begin(url, 1_000_000, 'x'.repeat(100_000));
    await holding(100_000);
    socket.destroy();
    await until(() => server.bodies.heldBytes === 0);
    expect(received).toEqual([]);
  });

  it('is timed out as the limit says', async () => {
    await serverWith({});
    expect(server.server.requestTimeout).toBe(REQUEST_TIMEOUT_MS);
  });
});

describe('memory for bodies', () => {
  it('one vendor uses up its part alone: it is told to come back, others are served (I-98)', async () => {
    const url = await serverWith({ bodiesBytesMax: 200_000 });
    await begin(url, 1_000_000, 'x'.repeat(80_000));
    await holding(80_000);
    const refused = await post(url, 'y'.repeat(50_000), 'slow');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'ingest_unavailable' });
    expect((await post(url, 'z'.repeat(50_000))).status).toBe(200);
  });

  it('is held until the answer, and then free (I-98)', async () => {
    const url = await serverWith({});
    for (const body of ['', '{}', 'x'.repeat(1_000_000), 'x'.repeat(5_000_000)]) {
      await (await post(url, body)).text();
      await (await fetch(`${url}/v1/events?bogus=1`, { method: 'POST', body })).text();
    }
    await until(() => server.bodies.heldBytes === 0);
    expect(server.bodies.heldBytes).toBe(0);
  });
});
