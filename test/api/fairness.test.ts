import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventOf, type Seed, seed } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';

/** One vendor that sends as fast as it can, on many connections, beside one that sends little. */

const GREEDY_CONNECTIONS = 50;
/** Of those in work at most four to five are before a modest request; the rest wait behind it. */
const BATCHES_BEFORE_MAX = 20;

const folder = useFolder();
let server: ServeProcess;
let greedy: Seed;
let modest: Seed;
beforeAll(async () => {
  server = await startServe(folder.path);
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

describe('beside a vendor with 50 connections of full batches', () => {
  it('each request of another is answered after a few of its batches (I-99)', {
    timeout: 120_000,
  }, async () => {
    const events = Array.from({ length: 1_000 }, (_, i) =>
      eventOf(greedy, { id: `g-${i}`, occurredAt }),
    );
    const batch = Buffer.from(JSON.stringify(events));
    let [answered, isOver] = [0, false];
    const statuses = new Set<number>();
    const lanes = Array.from({ length: GREEDY_CONNECTIONS }, async () => {
      while (!isOver) {
        statuses.add(await post(greedy, batch));
        answered += 1;
      }
    });
    const before: number[] = [];
    try {
      while (answered < GREEDY_CONNECTIONS) await new Promise((go) => setTimeout(go, 10));
      for (let i = 0; i < 20; i += 1) {
        const event = eventOf(modest, { id: `m-${i}`, occurredAt });
        const answeredBefore = answered;
        expect(await post(modest, Buffer.from(JSON.stringify(event)))).toBe(200);
        before.push(answered - answeredBefore);
      }
    } finally {
      isOver = true;
      await Promise.all(lanes);
    }
    expect(Math.max(...before)).toBeLessThanOrEqual(BATCHES_BEFORE_MAX);
    expect([...statuses]).toEqual([200]);
  });
});
