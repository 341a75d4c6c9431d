import type { Body, FlowproofClient, NewUsageEvent } from 'flowproof/client';
import { afterEach, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX } from '../../core/limits.ts';
import { accept, type Behave, type Misbehaving, misbehaving, problem } from './server.ts';

/** The client while its source has nothing more to give, and does not end either. */

const event = {
  solutionId: 's',
  smeId: '25196966',
  actorId: 'wang',
  action: 'create',
  occurredAt: new Date(0),
};
const body: Body = {
  contentType: 'application/x-ndjson',
  bytes: new TextEncoder().encode('{}\n'),
};

let server: Misbehaving | undefined;
afterEach(() => server?.close());
async function serving(behave: Behave): Promise<Misbehaving> {
  server = await misbehaving(behave, { concurrency: 2 });
  return server;
}

/** Gives these, and then nothing for ever; `told` resolves when nobody reads on. */
function idleAfter<T>(items: readonly T[]) {
  const left = [...items];
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const source: AsyncIterable<T> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const [value] = left.splice(0, 1);
        return value === undefined
          ? new Promise<never>(() => undefined)
          : Promise.resolve({ value, done: false });
      },
      return: () => {
        tell();
        return Promise.resolve({ value: undefined, done: true });
      },
    }),
  };
  return { source, told };
}

/** One request is cut in either way, and the source is waited for. */
const WAYS: readonly [string, () => ReturnType<typeof idleAfter>][] = [
  ['batches', () => idleAfter<NewUsageEvent>(Array(BATCH_EVENTS_MAX + 1).fill(event))],
  ['bodies', () => idleAfter<Body>([body])],
];
const answersOf = (client: FlowproofClient, way: string, source: unknown, signal?: AbortSignal) => {
  const options = signal === undefined ? {} : { signal };
  return way === 'bodies'
    ? client.bodies(source as AsyncIterable<Body>, options)
    : client.batches(source as AsyncIterable<NewUsageEvent>, options);
};

describe.each(WAYS)('%s of a source that gives nothing more', (way, make) => {
  it('has the answers that are there (I-161)', async () => {
    const { client, bodies } = await serving((nth, r) => accept(bodies[nth - 1], r));
    const { source, told } = make();
    const answers = answersOf(client, way, source);
    const first = await answers.next();
    expect(first.value).toMatchObject({ received: way === 'bodies' ? 1 : BATCH_EVENTS_MAX });
    await answers.return();
    await told;
  });

  it('rejects for a request that failed, and tells the source (I-161)', async () => {
    const { client } = await serving((_, r) => problem(r, 401, 'unauthenticated'));
    const { source, told } = make();
    const first = answersOf(client, way, source).next();
    await expect(first).rejects.toMatchObject({ code: 'unauthenticated' });
    await told;
  });

  it('rejects when the signal aborts, and tells the source (I-161)', async () => {
    const ended = new AbortController();
    const { client, bodies } = await serving((nth, r) => accept(bodies[nth - 1], r));
    const { source, told } = make();
    const answers = answersOf(client, way, source, ended.signal);
    await answers.next();
    const second = answers.next();
    const reason = new Error('the deadline');
    ended.abort(reason);
    await expect(second).rejects.toBe(reason);
    await told;
  });
});
