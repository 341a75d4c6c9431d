import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient, ApiProblem, NoServer } from '../../cli/http.ts';

const KEY = 'fp_admin_notarealkey0123456789';
const anything = z.object({ ok: z.boolean() });

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers by the given function and counts what it is asked. */
async function serving(
  answer: (asked: number, request: IncomingMessage, r: ServerResponse) => void,
) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => answer(asked, request, response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: new ApiClient({ url, key: KEY }), url, asked: () => asked };
}

function problem(response: ServerResponse, status: number, headers: Record<string, string> = {}) {
  const body = {
    title: 'No event can be accepted now',
    detail: 'Full.',
    code: 'ingest_unavailable',
  };
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify(body));
}

describe('a server that asks to come back', () => {
  it.each([429, 503])('with %i is asked again after the pause, then answers', async (status) => {
    const startedMs = Date.now();
    const { client, asked } = await serving((n, _, response) => {
      if (n === 1) problem(response, status, { 'retry-after': '1' });
      else response.end('{"ok":true}');
    });
    expect(await client.json(anything, 'POST', '/', { triesMax: 3 })).toEqual({ ok: true });
    expect(asked()).toBe(2);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(990);
  });

  it('is asked so many times and no more', async () => {
    const { client, asked } = await serving((_, __, r) => problem(r, 503, { 'retry-after': '0' }));
    await expect(client.call('POST', '/', { triesMax: 3 })).rejects.toThrow(ApiProblem);
    expect(asked()).toBe(3);
  });

  it('is asked once where the call may not be repeated', async () => {
    const { client, asked } = await serving((_, __, r) => problem(r, 503, { 'retry-after': '0' }));
    await expect(client.call('POST', '/')).rejects.toThrow('No event can be accepted now: Full.');
    expect(asked()).toBe(1);
  });

  it('is not asked again after another refusal', async () => {
    const { client, asked } = await serving((_, __, r) => problem(r, 400, { 'retry-after': '0' }));
    await expect(client.call('POST', '/', { triesMax: 3 })).rejects.toThrow(ApiProblem);
    expect(asked()).toBe(1);
  });
});

describe('an answer that is none', () => {
  it('of another shape is refused, not guessed', async () => {
    const { client } = await serving((_, __, response) => response.end('{"ok":"yes"}'));
    await expect(client.json(anything, 'GET', '/')).rejects.toThrow('another shape: ok');
  });

  it('of something that is no flowproof says so', async () => {
    const { client } = await serving((_, __, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<p>Bad gateway</p>');
    });
    await expect(client.call('GET', '/')).rejects.toThrow('Status 502');
  });

  it('of a redirect sends the key nowhere else', async () => {
    const other = await serving((_, __, response) => response.end('{"ok":true}'));
    const { client } = await serving((_, __, response) => {
      response.writeHead(302, { location: other.url }).end();
    });
    await expect(client.call('GET', '/')).rejects.toThrow(NoServer);
    expect(other.asked()).toBe(0);
  });
});

describe('a list', () => {
  /** So many items, two a page at most. */
  const listing = (total: number) =>
    serving((_, request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      const from = Number(query.get('cursor') ?? 0);
      const end = Math.min(from + Math.min(Number(query.get('limit')), 2), total);
      const items = Array.from({ length: end - from }, (_unused, i) => from + i);
      response.end(JSON.stringify({ items, nextCursor: end < total ? String(end) : null }));
    });

  it('is read page by page, at most so far as asked', async () => {
    const { client, asked } = await listing(6);
    const found = await client.list(z.number(), '/', 5);
    expect(found).toEqual({ items: [0, 1, 2, 3, 4], isCut: true });
    expect(asked()).toBe(3);
  });

  it('that ends where it was asked for is not cut', async () => {
    const { client } = await listing(5);
    expect(await client.list(z.number(), '/', 5)).toMatchObject({ isCut: false });
    expect(await client.list(z.number(), '/', 9)).toMatchObject({ isCut: false });
  });
});
