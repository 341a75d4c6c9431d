import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startProgress } from '../../cli/commands/shared/progress.ts';
import { startNode } from '../ingest/children.ts';
import { type NationalServer, startServer } from './server.ts';
import { AS_OF, ordersNamed } from './shape.ts';

const NOW = `${AS_OF}T00:00:00+08:00`;
const POLL_MS = 50;
const ORDERS_ASKED = 1_000;

/** Times the bare aggregation, the closing and single orders on a filled data directory. */
export async function measure(folder: string, orders: number) {
  const bare = z
    .object({ seconds: z.number(), cpuSeconds: z.number() })
    .parse(await onStore([folder, 'bare']));
  const startedMs = performance.now();
  const server = await startServer(folder, NOW);
  say(`serving after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  try {
    const idleCpuSeconds = server.cpuSeconds();
    const seconds = await close(server, orders);
    const cpuSeconds = server.cpuSeconds() - idleCpuSeconds;
    say(`closed in ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU`);
    const closedRssMiB = server.peakRssMiB();
    const orderP99Ms = await monthsP99(server, orders);
    say(`resident at most ${closedRssMiB} MiB when closed, ${server.peakRssMiB()} MiB at the end`);
    const cpuRatio = cpuSeconds / bare.cpuSeconds;
    return {
      seconds,
      bareSeconds: bare.seconds,
      cpuRatio,
      orderP99Ms,
      peakRssMiB: server.peakRssMiB(),
    };
  } finally {
    await server.stop();
  }
}

/** Throws unless every order's month is sealed exactly once, with exactly the events of the log. */
export async function assertClosed(folder: string, orders: number): Promise<void> {
  const sealed = z
    .object({
      seals: z.number(),
      orders: z.number(),
      revision: z.number(),
      events: z.number(),
      logged: z.number(),
    })
    .parse(await onStore([folder, 'check']));
  const isRight =
    sealed.seals === orders &&
    sealed.orders === orders &&
    sealed.revision === 1 &&
    sealed.events === sealed.logged;
  if (!isRight) throw new Error(`sealed something else: ${JSON.stringify(sealed)}`);
}

/** A task of `storeChild.ts`, in a process of its own: its memory is not the server's. */
export async function onStore(args: readonly string[]): Promise<unknown> {
  const script = fileURLToPath(new URL('storeChild.ts', import.meta.url));
  const child = startNode(['--import', 'tsx', script, ...args], process.env);
  const answer = await child.next();
  await child.end();
  return answer;
}

const verificationSchema = z.object({ verificationId: z.string() });
const progressSchema = z.object({ state: z.string(), done: z.number(), total: z.number() });

async function close(server: NationalServer, orders: number): Promise<number> {
  const begunMs = performance.now();
  const asked = await server.call('POST', '/v1/verifications', { asOf: AS_OF });
  const { verificationId } = verificationSchema.parse(asked);
  const progress = startProgress('bench: orders closed', orders, process.stderr);
  for (;;) {
    const answer = await server.call('GET', `/v1/verifications/${verificationId}`);
    const { state, done } = progressSchema.parse(answer);
    progress.update(done);
    if (state === 'done') break;
    if (state === 'failed') throw new Error('the verification failed');
    await sleep(POLL_MS);
  }
  progress.end();
  return (performance.now() - begunMs) / 1_000;
}

/** Of orders all over the table: the closed month as sealed, the others counted live. */
async function monthsP99(server: NationalServer, orders: number): Promise<number> {
  const times: number[] = [];
  for (const orderId of ordersNamed(ORDERS_ASKED, orders)) {
    const begunMs = performance.now();
    await server.call('GET', `/v1/orders/${orderId}/months`);
    times.push(performance.now() - begunMs);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

function say(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
