import type { BufferedRejection } from 'flowproof/client';
import { afterEach, describe, expect, it } from 'vitest';
import { accept, answer, type Behave, type Misbehaving, misbehaving, problem } from './server.ts';

/** Events that an application hands over one by one. */

const event = {
  solutionId: 's',
  smeId: '25196966',
  actorId: 'a',
  action: 'create',
  occurredAt: '',
};
const NEVER_MS = 2 ** 30;

let server: Misbehaving | undefined;
afterEach(() => server?.close());

async function buffered(behave: Behave, options: { eventsMax?: number; delayMsMax?: number } = {}) {
  const made = await misbehaving(behave, { triesMax: 2 });
  server = made;
  const [rejected, errors]: [BufferedRejection[], unknown[]] = [[], []];
  const buffer = made.client.buffer({
    delayMsMax: NEVER_MS,
    ...options,
    onRejected: (some) => rejected.push(...some),
    onError: (error) => errors.push(error),
  });
  const idsIn = (body: string) =>
    body
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
  return { buffer, rejected, errors, sent: () => made.bodies.map(idsIn) };
}
const accepting = (options = {}) =>
  buffered((nth, response) => accept(server?.bodies[nth - 1], response), options);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a buffer', () => {
  it('that is full says so and takes nothing, and has room again when it was flushed (I-115)', async () => {
    let isOpen = false;
    const { buffer, sent, errors } = await buffered(
      (nth, r) => (isOpen ? accept(server?.bodies[nth - 1], r) : problem(r, 503, 'shutting_down')),
      { eventsMax: 3 },
    );
    const ids = [buffer.add(event), buffer.add({ ...event, id: 'own' }), buffer.add(event)];
    expect(() => buffer.add(event)).toThrow(expect.objectContaining({ code: 'buffer_full' }));
    expect(buffer.size).toBe(3);
    await until(() => errors.length > 0);
    expect(buffer.size).toBe(3);
    isOpen = true;
    await buffer.flush();
    expect(buffer.size).toBe(0);
    expect(ids[1]).toBe('own');
    expect(sent().at(-1)).toEqual(ids);
    expect(buffer.add(event)).not.toBe(ids[0]);
    await buffer.close();
  });

  it('keeps what could not be sent, under the ids that it has, and rejects the flush', async () => {
    let isOpen = false;
    const { buffer, sent } = await buffered((nth, r) =>
      isOpen ? accept(server?.bodies[nth - 1], r) : problem(r, 401, 'unauthenticated'),
    );
    const id = buffer.add(event);
    await expect(buffer.flush()).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(buffer.close()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(buffer.size).toBe(1);
    isOpen = true;
    await buffer.close();
    expect([buffer.size, new Set(sent().flat())]).toEqual([0, new Set([id])]);
  });

  it('takes an event as it is: what the caller does with it later changes nothing', async () => {
    const { buffer } = await accepting();
    const attributes: Record<string, string> = { till: '1' };
    buffer.add({ ...event, attributes });
    attributes['till'] = '2';
    await buffer.flush();
    expect(server?.bodies.map((body) => JSON.parse(body).attributes)).toEqual([{ till: '1' }]);
    await buffer.close();
  });

  it('sends after its delay by itself, and what came meanwhile after the next', async () => {
    const { buffer, sent } = await accepting({ delayMsMax: 10 });
    const first = buffer.add(event);
    await until(() => buffer.size === 0);
    const second = buffer.add(event);
    await until(() => buffer.size === 0);
    expect(sent()).toEqual([[first], [second]]);
    await buffer.close();
  });

  it('sends by itself what was added while a send took longer than the delay', async () => {
    const { buffer, sent } = await buffered(
      (nth, response) => {
        const take = () => accept(server?.bodies[nth - 1], response);
        if (nth === 1) setTimeout(take, 50);
        else take();
      },
      { delayMsMax: 10 },
    );
    const first = buffer.add(event);
    await until(() => sent().length === 1);
    const second = buffer.add(event);
    await until(() => buffer.size === 0);
    expect(sent()).toEqual([[first], [second]]);
    await buffer.close();
  });

  it('flushes what was added while a send was under way', async () => {
    const held: (() => void)[] = [];
    const { buffer, sent } = await buffered((nth, response) => {
      held.push(() => accept(server?.bodies[nth - 1], response));
    });
    const first = buffer.add(event);
    const one = buffer.flush();
    await until(() => held.length === 1);
    const second = buffer.add(event);
    const [two, three] = [buffer.flush(), buffer.flush()];
    held[0]?.();
    await one;
    await until(() => held.length === 2);
    held[1]?.();
    await Promise.all([two, three]);
    expect(sent()).toEqual([[first], [second]]);
    await buffer.close();
  });

  it('hands refused events back as they were sent, and keeps none of them', async () => {
    const { buffer, rejected } = await buffered((_, response) =>
      answer(response, 200, {
        batchId: 'b',
        received: 2,
        accepted: 1,
        rejected: [{ index: 1, id: 'bad', code: 'unknown_sme', detail: 'no firm' }],
        receipt: null,
      }),
    );
    buffer.add(event);
    buffer.add({ ...event, id: 'bad' });
    await buffer.flush();
    const told = {
      id: 'bad',
      code: 'unknown_sme',
      detail: 'no firm',
      event: { ...event, id: 'bad' },
    };
    expect(rejected).toEqual([told]);
    expect(buffer.size).toBe(0);
    await buffer.close();
  });

  it('that is closed takes nothing', async () => {
    const { buffer } = await accepting();
    await buffer.close();
    expect(() => buffer.add(event)).toThrow(expect.objectContaining({ code: 'buffer_closed' }));
  });
});
