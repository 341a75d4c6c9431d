import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX, INFLATED_BYTES_MAX } from '../../core/limits.ts';
import { eventOf, inParallel, type Seed, seed } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { riseMiBOf, settledMemory } from '../helpers/memory.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';

/** What hostile bodies cost a real server, in a process of its own whose memory is looked at. */

const MIB = 1024 * 1024;
const RISE_MIB_MAX = 64;
/** What is kept is held several times over on its way into the store, beside merges of it. */
const RISE_KEPT_MIB_MAX = 128;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };
const CSV = { 'content-type': 'text/csv' };
const GZIP = { 'content-encoding': 'gzip' };

const folder = useFolder();
let server: ServeProcess;
let seeded: Seed;
beforeAll(async () => {
  server = await startServe(folder.path);
  seeded = await seed(server, 'bounds');
  await Promise.all(Array.from({ length: 8 }, () => ordinaryBatches(5)));
  await settledMemory(server.pid);
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
});

let ids = 0;
/** Batches as vendors send them; every one must be accepted. */
async function ordinaryBatches(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const events = Array.from({ length: 1_000 }, () => {
      ids += 1;
      return eventOf(seeded, { id: `o-${ids}`, occurredAt: new Date().toISOString() });
    });
    const answer = await seeded.vendor.sendOnly('POST', '/v1/events', events);
    expect(answer.ok()).toMatchObject({ accepted: 1_000 });
  }
}

const riseMiB = (work: () => Promise<void>) => riseMiBOf(server.pid, work);

/** Little as it is sent: as many events as a request may have, valid, for a firm that is not there. */
function refusedAndKept(): Buffer {
  const attributes = Object.fromEntries(
    Array.from({ length: 16 }, (_, i) => [`k${i}`, 'a'.repeat(186)]),
  );
  const event = eventOf(seeded, { occurredAt: new Date().toISOString() });
  const lines = Array.from({ length: BATCH_EVENTS_MAX }, (_, i) =>
    JSON.stringify({ ...event, id: `k-${i}`, smeId: '99999999', attributes }),
  );
  return gzipSync(lines.join('\n'));
}

/** Waits until it is in the store. */
async function loaded(batchId: string): Promise<void> {
  while ((await seeded.vendor.get(`/v1/batches/${batchId}`)).status !== 200) {
    await new Promise((go) => setTimeout(go, 100));
  }
}

/** Statuses of as many requests, so many at once, and how often each came. */
async function statusesOf(count: number, width: number, send: (n: number) => Promise<number>) {
  const statuses = new Map<number, number>();
  await inParallel(width, Array(count).keys(), async (n) => {
    const status = await send(n);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  });
  return Object.fromEntries(statuses);
}

/** A body of so many bytes that comes in chunks of 1 MiB without a length, read or not. */
function sendUnannounced(bytes: number, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${server.admin.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${seeded.vendor.key}`, ...headers },
    });
    sent.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    const chunk = Buffer.alloc(MIB, 'a');
    let left = bytes;
    const write = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!sent.write(chunk)) return sent.once('drain', write);
      }
      return sent.end();
    };
    write();
  });
}

describe('memory rises by at most 64 MiB', () => {
  const bomb = gzipSync(Buffer.alloc(256 * MIB));
  const largest = (text: string) => gzipSync(Buffer.alloc(INFLATED_BYTES_MAX, text));
  const post = async (body: Uint8Array, headers: Record<string, string>, path = '/v1/events') =>
    (await seeded.vendor.sendOnly('POST', path, body, headers)).status;
  const lines = gzipSync(`${'\n'.repeat(INFLATED_BYTES_MAX - 3)}a"b`);
  const noList = '{"resourceLogs":{"a":[';
  const values = Buffer.alloc(INFLATED_BYTES_MAX - 99, '{},');
  const noRequest = gzipSync(Buffer.concat([Buffer.from(noList), values, Buffer.from('{}]}}')]));

  it.each<[string, Uint8Array, Record<string, string>, number]>([
    ['bombs of 256 MiB', bomb, { ...NDJSON, ...GZIP }, 413],
    ['bombs that claim less', Buffer.concat([bomb, gzipSync('a')]), { ...NDJSON, ...GZIP }, 413],
    ['bombs of 16 MiB: one line', largest('a'), { ...NDJSON, ...GZIP }, 422],
    ['bombs of 16 MiB: small values', largest('{},'), { ...JSON_TYPE, ...GZIP }, 400],
    ['bombs of 16 MiB: nested arrays', largest('[[],'), { ...JSON_TYPE, ...GZIP }, 400],
    ['bombs of 16 MiB: lines before a misplaced quote', lines, { ...CSV, ...GZIP }, 400],
  ])('for 24 %s at once (I-97)', { timeout: 120_000 }, async (_name, body, headers, status) => {
    const rise = await riseMiB(async () => {
      expect(await statusesOf(24, 24, () => post(body, headers))).toEqual({ [status]: 24 });
    });
    expect(rise).toBeLessThan(RISE_MIB_MAX);
  });

  it('for 64 MiB without a newline, announced and not (I-97)', { timeout: 120_000 }, async () => {
    const rise = await riseMiB(async () => {
      expect(await post(Buffer.alloc(64 * MIB, 'a'), NDJSON)).toBe(413);
      expect(await sendUnannounced(64 * MIB, NDJSON)).toBe(413);
      // Two at once have room for what is read of each; of more, one may be told to come back.
      expect(await statusesOf(4, 2, () => sendUnannounced(64 * MIB, NDJSON))).toEqual({ 413: 4 });
    });
    expect(rise).toBeLessThan(RISE_MIB_MAX);
  });

  it('for 200 MiB on 50 connections: some are told to come back (I-97)', {
    timeout: 120_000,
  }, async () => {
    const body = Buffer.alloc(BODY_BYTES_MAX, 'a');
    const rise = await riseMiB(async () => {
      const statuses = await statusesOf(50, 50, () => post(body, NDJSON));
      expect(Object.keys(statuses)).toEqual(['422', '503']);
    });
    expect(rise).toBeLessThan(RISE_MIB_MAX);
  });

  it('for 8 OTLP bodies of 16 MiB without a list at once (I-97)', {
    timeout: 120_000,
  }, async () => {
    const rise = await riseMiB(async () => {
      const send = () => post(noRequest, { ...JSON_TYPE, ...GZIP }, '/v1/logs');
      expect(await statusesOf(8, 8, send)).toEqual({ 400: 8 });
    });
    expect(rise).toBeLessThan(RISE_MIB_MAX);
  });
});

it('memory rises by at most 128 MiB for 4 bombs of 16 MiB that are refused and kept (I-97)', {
  timeout: 120_000,
}, async () => {
  const body = refusedAndKept();
  const rise = await riseMiB(async () => {
    await inParallel(4, Array(4).keys(), async () => {
      const answer = await seeded.vendor.sendOnly('POST', '/v1/events', body, {
        ...NDJSON,
        ...GZIP,
      });
      expect(answer.status).toBe(422);
      await loaded((answer.json() as { batchId: string }).batchId);
    });
  });
  expect(rise).toBeLessThan(RISE_KEPT_MIB_MAX);
});

describe('a bomb', () => {
  it('of who has no key is answered before its body has come: nothing of it is inflated (I-97)', async () => {
    const sent = httpRequest(`${server.admin.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer no-key', ...NDJSON, ...GZIP },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.flushHeaders();
    const [answer] = await answered;
    expect(answer.statusCode).toBe(401);
    // Destroyed by us while half sent: what the socket says of it is no fault.
    sent.on('error', () => undefined).destroy();
  });
});

it('ordinary batches are taken after all of it', async () => {
  await ordinaryBatches(3);
  expect((await server.admin.get('/readyz')).status).toBe(200);
});
