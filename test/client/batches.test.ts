import { FlowproofClientError } from 'flowproof/client';
import { afterEach, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, BODY_BYTES_MAX } from '../../core/limits.ts';
import { accept, answer, type Misbehaving, misbehaving } from './server.ts';

/** How the client cuts events into requests, and counts what comes back. */

const event = (id: string, attributes: Record<string, string> = {}) => ({
  id,
  solutionId: 's',
  smeId: '25196966',
  actorId: 'wang',
  action: 'create',
  occurredAt: new Date(0),
  attributes,
});
const events = (count: number) => Array.from({ length: count }, (_, i) => event(`e${i}`));
const linesIn = (body: string) => body.trimEnd().split('\n');

let server: Misbehaving | undefined;
afterEach(() => server?.close());
async function accepting(options: Parameters<typeof misbehaving>[1] = {}): Promise<Misbehaving> {
  const made = await misbehaving(
    (nth, response) => accept(made.bodies[nth - 1], response),
    options,
  );
  server = made;
  return made;
}

describe('events are cut into requests', () => {
  it.each([
    [0, []],
    [1, [1]],
    [BATCH_EVENTS_MAX, [BATCH_EVENTS_MAX]],
    [BATCH_EVENTS_MAX + 1, [BATCH_EVENTS_MAX, 1]],
  ])('%i of them as %j, the most that the server takes', async (count, sizes) => {
    const { client, bodies, contentTypes } = await accepting();
    expect(await client.send(events(count))).toMatchObject({ sent: count, accepted: count });
    expect(bodies.map((body) => linesIn(body).length)).toEqual(sizes);
    expect(new Set(contentTypes)).toEqual(new Set(sizes.map(() => 'application/x-ndjson')));
    expect(bodies.flatMap(linesIn).map((line) => JSON.parse(line).id)).toEqual(
      events(count).map(({ id }) => id),
    );
  });

  it('by bytes too: no request is larger than the server takes, none is smaller than it must', async () => {
    const { client, bodies } = await accepting();
    const large = Array.from({ length: 10 }, (_, i) =>
      event(`l${i}`, { 企業: '鉅'.repeat(200_000) }),
    );
    const lineBytes = Buffer.byteLength(`${JSON.stringify(large[0])}\n`);
    await client.send(large);
    const each = Math.floor(BODY_BYTES_MAX / lineBytes);
    expect(bodies.map((body) => linesIn(body).length)).toEqual([each, 10 - each]);
    expect(bodies.map((body) => Buffer.byteLength(body) <= BODY_BYTES_MAX)).toEqual([true, true]);
  });

  it('and one larger than a request is named, not sent', async () => {
    const { client, bodies } = await accepting();
    const sent = client.send([event('a'), event('b', { x: 'y'.repeat(BODY_BYTES_MAX) })]);
    await expect(sent).rejects.toBeInstanceOf(FlowproofClientError);
    await expect(sent).rejects.toMatchObject({
      code: 'event_too_large',
      message: 'Event 1 is larger than a request may be (4 MiB).',
    });
    expect(bodies).toEqual([]);
  });

  it('as they come: an endless source is read no further than the requests under way', async () => {
    const { client } = await accepting({ concurrency: 3 });
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield event(`e${read}`);
      }
    }
    let answers = 0;
    for await (const { received } of client.batches(endless())) {
      expect(received).toBe(BATCH_EVENTS_MAX);
      answers += 1;
      if (answers === 4) break;
    }
    expect(read).toBeLessThanOrEqual((4 + 3) * BATCH_EVENTS_MAX + 1);
  });
});

describe('requests under way', () => {
  it.each([1, 2, 5])('are at most %i at once, and answers come in order', async (concurrency) => {
    const count = 12;
    const held: (() => void)[] = [];
    let [released, most] = [0, 0];
    const made = await misbehaving(
      (nth, response) => {
        const batchId = made.bodies[nth - 1];
        const body = { batchId, received: 1, accepted: 1, rejected: [], receipt: null };
        held.push(() => answer(response, 200, body));
        most = Math.max(most, held.length);
        if (held.length < Math.min(concurrency, count - released)) return;
        released += held.length;
        // The later ones are answered first.
        for (const release of held.splice(0).reverse()) release();
      },
      { concurrency },
    );
    server = made;
    const bodies = Array.from({ length: count }, (_, i) => ({
      contentType: 'text/csv',
      bytes: new TextEncoder().encode(`${i}`),
    }));
    const order: string[] = [];
    for await (const { batchId } of made.client.bodies(bodies)) order.push(batchId);
    expect(order).toEqual(bodies.map((_, i) => `${i}`));
    expect(most).toBe(concurrency);
  });
});

describe('what was refused', () => {
  it('is named by its place in what the caller gave, over all requests (I-114)', async () => {
    const made = await misbehaving(
      (nth, response) => {
        const lines = linesIn(made.bodies[nth - 1] ?? '');
        const refused = lines.flatMap((line, index) => {
          const { id } = JSON.parse(line) as { id: string };
          return /00$/.test(id) ? [{ index, id, code: 'unknown_sme', detail: 'd' }] : [];
        });
        const accepted = lines.length - refused.length;
        answer(response, 200, {
          batchId: `b${nth}`,
          received: lines.length,
          accepted,
          rejected: refused,
          receipt: null,
        });
      },
      { concurrency: 2 },
    );
    server = made;
    const { sent, accepted, rejected } = await made.client.send(events(12_001));
    expect([sent, accepted, rejected.length]).toEqual([12_001, 12_001 - 120, 120]);
    expect(rejected.every(({ index, id }) => id === `e${index}`)).toBe(true);
  });
});
