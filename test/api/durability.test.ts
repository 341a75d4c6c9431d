import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, eventOf, type Seed, seed, temporaryFolder } from '../helpers/app.ts';
import { eventually, processesIn, type ServeProcess, startServe } from '../helpers/process.ts';

/** Whole processes, killed and stopped in the middle of their work, on one data directory. */
let dataDir: string;
let serve: ServeProcess;
let seeded: Seed;
/** Ids of events whose batch was answered with 200, whatever came later. */
const acknowledged = new Set<string>();
const sent = new Set<string>();

beforeAll(async () => {
  dataDir = await temporaryFolder();
  serve = await startServe(dataDir);
  seeded = await seed(serve, 'durable');
});
afterAll(async () => {
  serve.signal('SIGKILL');
  await serve.ended;
  await eventually(() => processesIn(dataDir).length === 0, 10_000);
  await rm(dataDir, { recursive: true, force: true });
});

/** A start may take half a minute where others use the machine. */
const WITH_STARTS = { timeout: 180_000 };
const EVENTS_PER_BATCH = 5;

/** Sends a batch again and again until the server is gone; each with ids of its own. */
async function stream(client: Client, name: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const status = await sendBatch(client, `${name}-${n}`);
    if (status === undefined) return;
    if (status !== 200 && status !== 503) throw new Error(`answered ${status}`);
  }
}

/** The status of the answer; undefined where there was none. */
async function sendBatch(client: Client, name: string): Promise<number | undefined> {
  const ids = Array.from({ length: EVENTS_PER_BATCH }, (_, i) => `${name}-${i}`);
  // Days of several months: a batch is written in several parts.
  const events = ids.map((id, i) =>
    eventOf(seeded, { id, occurredAt: `2023-0${i + 1}-11T09:00:00+08:00` }),
  );
  for (const id of ids) sent.add(id);
  try {
    const answer = await client.sendOnly('POST', '/v1/events', events);
    if (answer.status === 200) for (const id of ids) acknowledged.add(id);
    return answer.status;
  } catch {
    return undefined;
  }
}

/** The server as it was left goes on, and its log of the order is read once it is loaded. */
async function restart(): Promise<string[]> {
  serve = await startServe(dataDir);
  let ids: string[] = [];
  await eventually(async () => {
    ids = await readLog();
    return [...acknowledged].every((id) => ids.includes(id));
  }, 60_000);
  return ids;
}

async function readLog(): Promise<string[]> {
  const vendor = vendorOf(serve);
  const ids: string[] = [];
  let cursor = '';
  do {
    const path = `/v1/orders/${seeded.orderId}/events?limit=1000${cursor}`;
    const page = (await vendor.get(path)).ok<{
      items: { id: string }[];
      nextCursor: string | null;
    }>();
    ids.push(...page.items.map((event) => event.id));
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return ids;
}

function vendorOf({ admin }: ServeProcess): Client {
  return admin.as(seeded.vendor.key);
}

function expectEachOnce(ids: readonly string[]): void {
  expect(new Set(ids).size).toBe(ids.length);
  expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([]);
  expect(ids.filter((id) => !sent.has(id))).toEqual([]);
}

describe('a process that is killed in the middle of a stream of batches', WITH_STARTS, () => {
  it.each([1, 2, 3])(
    'has every acknowledged event exactly once after its restart, round %i (I-01)',
    async (round) => {
      const vendor = vendorOf(serve);
      const before = acknowledged.size;
      const streams = [0, 1, 2, 3].map((n) => stream(vendor, `kill${round}-${n}`));
      const enough = await eventually(() => acknowledged.size >= before + 300 + round * 35, 20_000);
      expect(enough).toBe(true);
      serve.signal('SIGKILL');
      await serve.ended;
      await Promise.all(streams);
      expect(await eventually(() => processesIn(dataDir).length === 0, 10_000)).toBe(true);
      expectEachOnce(await restart());
    },
  );

  it('and what was sent again after it is still there once', async () => {
    const answers = [];
    for (const n of [0, 1, 2, 3]) answers.push(await sendBatch(vendorOf(serve), `kill1-${n}-0`));
    expect(answers).toEqual([200, 200, 200, 200]);
    serve.signal('SIGKILL');
    await serve.ended;
    expectEachOnce(await restart());
  });
});

describe('a process that is told to stop', WITH_STARTS, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s answers or breaks off each of 50 requests, loses nothing that it answered, and is gone with its Redis within 20 s (I-64)',
    async (signal) => {
      const vendor = vendorOf(serve);
      expect(processesIn(dataDir).length).toBeGreaterThan(0);
      const requests = Array.from({ length: 50 }, (_, n) => sendBatch(vendor, `${signal}-${n}`));
      await Promise.race(requests);
      const toldAt = Date.now();
      serve.signal(signal);
      const statuses = await Promise.all(requests);
      expect(await serve.ended).toBe(0);
      expect(await eventually(() => processesIn(dataDir).length === 0, 10_000)).toBe(true);
      expect(Date.now() - toldAt).toBeLessThan(20_000);
      expect(statuses.length).toBe(50);
      expect(statuses.every((s) => s === 200 || s === 503 || s === undefined)).toBe(true);
      expect(statuses.filter((s) => s === 200).length).toBeGreaterThan(0);
      expectEachOnce(await restart());
    },
  );
});
