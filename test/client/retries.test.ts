import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FlowproofClient, FlowproofClientError } from 'flowproof/client';
import { afterEach, describe, expect, it } from 'vitest';
import { accept, answer, type Behave, KEY, misbehaving, problem } from './server.ts';

/** The client against servers that fail in every way a server and a network can. */

const EVENT = {
  solutionId: 's',
  smeId: '25196966',
  actorId: 'wang',
  action: 'create',
  occurredAt: '2026-01-05T09:00:00+08:00',
};

let servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});
async function serving(behave: Behave, options: Parameters<typeof misbehaving>[1] = {}) {
  const server = await misbehaving(behave, options);
  servers.push(server);
  return server;
}
/** Fails the first so many requests, then accepts the one event. */
function failing(times: number, fail: Behave, options: Parameters<typeof misbehaving>[1] = {}) {
  return serving((nth, response, request) => {
    if (nth <= times) fail(nth, response, request);
    else accept('one line', response);
  }, options);
}
async function failureOf(promise: Promise<unknown>): Promise<FlowproofClientError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FlowproofClientError) return error;
  throw new Error(`no FlowproofClientError: ${String(error)}`);
}

/** Nothing is answered, and what nobody holds is gone: a deadline must be held. */
function collected(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

describe('a request that failed is sent again', () => {
  it.each<[string, Behave]>([
    ['408', (_, r) => problem(r, 408, 'request_timeout')],
    ['429', (_, r) => problem(r, 429, 'over_quota')],
    ['500', (_, r) => problem(r, 500, 'internal_error')],
    ['502 of a proxy', (_, r) => answer(r, 502, '<html>')],
    ['503', (_, r) => problem(r, 503, 'ingest_unavailable')],
    ['504 of a proxy', (_, r) => answer(r, 504, '')],
    ['a connection cut after the body', (_, __, request) => request.socket.destroy()],
    [
      'a connection cut inside the answer',
      (_, r) => {
        r.writeHead(200, { 'content-length': '500' }).write('{"batchId":');
        setImmediate(() => r.destroy());
      },
    ],
    ['no answer in time', collected],
  ])(
    'after %s: the same bytes, so the same ids, also those that the client made (I-112)',
    async (name, fail) => {
      const { client, bodies, pausesMs } = await failing(2, fail, {
        ...(name === 'no answer in time' ? { timeoutMs: 1_500 } : {}),
      });
      const summary = await client.send([EVENT]);
      expect(summary).toEqual({ sent: 1, accepted: 1, rejected: [] });
      expect(bodies).toHaveLength(3);
      expect(new Set(bodies).size).toBe(1);
      expect(JSON.parse(bodies[0] ?? '')).toEqual({
        ...EVENT,
        id: expect.stringMatching(/^[\w-]{36}$/),
      });
      expect(pausesMs).toEqual([250, 500]);
    },
  );

  it('so many times and no more, and the failure says that it may be tried later', async () => {
    const { client, bodies, pausesMs } = await serving((_, r) => problem(r, 503, 'shutting_down'), {
      triesMax: 4,
    });
    const error = await failureOf(client.send([EVENT]));
    expect(error).toMatchObject({ code: 'shutting_down', status: 503, isRetryable: true });
    expect(error.problem?.detail).toBe('a detail.');
    expect(bodies).toHaveLength(4);
    expect(pausesMs).toEqual([250, 500, 1_000]);
  });

  it('with pauses that grow to a minute, spread from nothing to the whole', async () => {
    for (const [random, spread] of [
      [0, 0],
      [0.999_999, 1],
    ] as const) {
      const { client, pausesMs } = await serving((_, r) => answer(r, 503, ''), {
        triesMax: 10,
        random: () => random,
      });
      await failureOf(client.send([EVENT]));
      const whole = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
      expect(pausesMs).toEqual(whole.map((ms) => ms * spread));
    }
  });

  it('never before Retry-After, as seconds or as a date by the clock of the server (I-113)', async () => {
    const date = 'Mon, 05 Jan 2026 01:00:00 GMT';
    const headers = [
      { 'retry-after': '7' },
      { 'retry-after': 'Mon, 05 Jan 2026 01:00:30 GMT', date },
      { 'retry-after': 'Mon, 05 Jan 2026 00:00:00 GMT', date },
      { 'retry-after': 'soon' },
    ];
    const { client, pausesMs } = await failing(4, (nth, response) =>
      problem(response, nth % 2 === 0 ? 503 : 429, 'over_quota', headers[nth - 1]),
    );
    await client.send([EVENT]);
    expect(pausesMs).toEqual([7_000 + 250, 30_000 + 500, 1_000, 2_000]);
  });

  it('but not where the server asks for hours: then the caller decides', async () => {
    const { client, bodies } = await serving((_, r) =>
      problem(r, 429, 'over_quota', { 'retry-after': '7200' }),
    );
    const error = await failureOf(client.send([EVENT]));
    expect(error).toMatchObject({ status: 429, isRetryable: true, retryAfterMs: 7_200_000 });
    expect(bodies).toHaveLength(1);
  });

  it('and the caller is told of every pause', async () => {
    const told: [number, number, string][] = [];
    const { client } = await failing(2, (_, r) => problem(r, 503, 'store_unavailable'), {
      onRetry: ({ tried, waitMs, error }) => told.push([tried, waitMs, error.code]),
    });
    await client.send([EVENT]);
    expect(told).toEqual([
      [1, 250, 'store_unavailable'],
      [2, 500, 'store_unavailable'],
    ]);
  });
});

describe('a request is sent once', () => {
  it.each([400, 401, 403, 404, 413, 415])('where the server refuses it with %i', async (status) => {
    const { client, bodies } = await serving((_, r) => problem(r, status, 'a_code'));
    const error = await failureOf(client.send([EVENT]));
    expect(error).toMatchObject({ status, code: 'a_code', isRetryable: false });
    expect(error.message).toBe('A title: a detail.');
    expect(bodies).toHaveLength(1);
  });

  it.each<[string, Behave]>([
    ['a page that says 200', (_, r) => answer(r, 200, '<html>Log in</html>')],
    ['other JSON that says 200', (_, r) => answer(r, 200, { ok: true })],
    ['a redirection', (_, r) => answer(r, 307, '', { location: 'https://example.com/' })],
  ])(
    'where %s answers: it is no flowproof server, and the key goes nowhere else',
    async (_, behave) => {
      const { client, bodies } = await serving(behave);
      const error = await failureOf(client.send([EVENT]));
      expect(error).toMatchObject({ code: 'unexpected_answer', isRetryable: false });
      expect(bodies).toHaveLength(1);
    },
  );

  it('where none of its events was accepted: that is an answer', async () => {
    const rejected = [{ index: 0, id: 'e', code: 'unknown_sme', detail: 'd' }];
    const { client } = await serving((_, r) =>
      answer(r, 422, { batchId: 'b', received: 1, accepted: 0, rejected, receipt: null }),
    );
    expect(await client.send([EVENT])).toEqual({ sent: 1, accepted: 0, rejected });
  });
});

describe('a failure', () => {
  it('is no_answer where there is no server, and never holds the key', async () => {
    const { client, url, close } = await serving(() => undefined, { triesMax: 2 });
    close();
    const error = await failureOf(client.send([EVENT]));
    expect(error).toMatchObject({ code: 'no_answer', status: null, isRetryable: true });
    expect(error.message).toBe(`No answer from ${url}: ECONNREFUSED.`);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain(KEY);
  });

  it('ends what is under way and begins nothing new', async () => {
    const { client, bodies } = await serving(
      (nth, r) => {
        if (nth === 2) problem(r, 401, 'unauthenticated');
      },
      { concurrency: 2 },
    );
    const body = { contentType: 'application/x-ndjson', bytes: new TextEncoder().encode('{}\n') };
    const first = client.bodies([body, body, body, body]).next();
    expect(await failureOf(first)).toMatchObject({ code: 'unauthenticated' });
    expect(bodies).toHaveLength(2);
  });

  it.each(['under way', 'in a pause'])('of the caller ends a send that is %s', async (when) => {
    const ended = new AbortController();
    const reason = new Error('the deadline');
    const isPause = when === 'in a pause';
    const { client, bodies } = await serving(
      (_, r) => {
        if (isPause) problem(r, 503, 'shutting_down', { 'retry-after': '60' });
        else ended.abort(reason);
      },
      isPause
        ? {
            sleep: (_, signal) => {
              ended.abort(reason);
              return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
            },
          }
        : {},
    );
    await expect(client.send([EVENT], { signal: ended.signal })).rejects.toBe(reason);
    expect(bodies).toHaveLength(1);
  });

  it('of the caller is a deadline, whether the caller holds it or not', async () => {
    const { client, bodies } = await serving(collected);
    const send = client.send([EVENT], { signal: AbortSignal.timeout(1_500) });
    await expect(send).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(bodies).toHaveLength(1);
  });
});

describe('a client', () => {
  it.each([
    ['no address', { url: 'flowproof.example:x', key: KEY }],
    ['another protocol', { url: 'ftp://flowproof.example', key: KEY }],
    ['a key that no header can carry', { url: 'http://127.0.0.1', key: `${KEY}\n` }],
  ])('is not made with %s, and the key is not repeated', (_, options) => {
    expect(() => new FlowproofClient(options)).toThrow(TypeError);
    expect(() => new FlowproofClient(options)).not.toThrow(KEY);
  });
});
