import { Agent, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventOf, type Seed, seed } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';

/**
 * One vendor that sends as fast as it can, on many connections, beside one that sends little. What
 * went before what is read from the server's own lines, as the client of fifty connections sees
 * answers late and in any order.
 */

const GREEDY_CONNECTIONS = 50;
const MODEST_REQUESTS = 20;
/** Those in work, and one more at each of its turns: eleven were the most ever seen. */
const BATCHES_BEFORE_MAX = 20;
/** In the server when some modest request came: in the order of arrival all would be before it. */
const BATCHES_WAITING_MIN = 30;

const folder = useFolder();
let server: ServeProcess;
let greedy: Seed;
let modest: Seed;
beforeAll(async () => {
  server = await startServe(folder.path, { LOG_LEVEL: 'debug' });
  greedy = await seed(server, 'greedy');
  modest = await seed(server, 'modest');
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
});

const occurredAt = new Date().toISOString();
const agent = new Agent({ keepAlive: true, maxSockets: GREEDY_CONNECTIONS + 5 });
afterAll(() => agent.destroy());

function post(seeded: Seed, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${server.admin.url}/v1/events`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${seeded.vendor.key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'content-length': body.length,
      },
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.end(body);
  });
}

/** Fifty lanes of batches for as long as the modest requests go, one after another. */
async function sendBeside(batch: Buffer, isEnough: () => boolean): Promise<Set<number>> {
  const statuses = new Set<number>();
  let [answered, isOver] = [0, false];
  const lanes = Array.from({ length: GREEDY_CONNECTIONS }, async () => {
    while (!isOver) {
      statuses.add(await post(greedy, batch));
      answered += 1;
    }
  });
  try {
    while (answered < GREEDY_CONNECTIONS) await new Promise((go) => setTimeout(go, 10));
    for (let i = 0; i < MODEST_REQUESTS || !isEnough(); i += 1) {
      const event = eventOf(modest, { id: `m-${i}`, occurredAt });
      statuses.add(await post(modest, gzipSync(JSON.stringify(event))));
    }
  } finally {
    isOver = true;
    await Promise.all(lanes);
  }
  return statuses;
}

interface Served {
  readonly keyId: string;
  /** When it was read and when it was answered, in milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** The requests for events until now, as the server tells of them when it has answered. */
function servedEvents(): Served[] {
  const lines = server.said().split('\n').slice(0, -1);
  return lines.flatMap((line): Served[] => {
    if (!line.includes('"route":"/v1/events"') || !line.startsWith('{')) return [];
    const { keyId, time, elapsedTime } = JSON.parse(line);
    return [{ keyId, from: time - elapsedTime, to: time }];
  });
}

/** Of each modest request the batches that were there as it came, and those answered until it was. */
function besides(modestKey: string) {
  const served = servedEvents();
  const batches = served.filter(({ keyId }) => keyId !== modestKey);
  return served
    .filter(({ keyId }) => keyId === modestKey)
    .map(({ from, to }) => ({
      waiting: batches.filter((one) => one.from < from && one.to >= from).length,
      before: batches.filter((one) => one.to >= from && one.to <= to).length,
    }));
}

async function keyOf({ vendorId }: Seed): Promise<string> {
  const { items } = (await server.admin.get('/v1/keys')).ok<{ items: ListedKey[] }>();
  const key = items.find((one) => one.vendorId === vendorId);
  if (key === undefined) throw new Error(`${vendorId} has no key`);
  return key.keyId;
}

interface ListedKey {
  readonly keyId: string;
  readonly vendorId?: string;
}

describe('beside a vendor with 50 connections of full batches', () => {
  it('each request of another is answered after a few of its batches (I-99)', {
    timeout: 120_000,
  }, async () => {
    const events = Array.from({ length: 1_000 }, (_, i) =>
      eventOf(greedy, { id: `g-${i}`, occurredAt }),
    );
    const modestKey = await keyOf(modest);
    const queued = () =>
      besides(modestKey).filter(({ waiting }) => waiting >= BATCHES_WAITING_MIN).length;
    const statuses = await sendBeside(gzipSync(JSON.stringify(events)), () => queued() > 0);
    expect([...statuses]).toEqual([200]);
    expect(queued()).toBeGreaterThan(0);
    for (const { before } of besides(modestKey)) {
      expect(before).toBeLessThanOrEqual(BATCHES_BEFORE_MAX);
    }
  });
});
