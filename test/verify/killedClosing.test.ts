import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { onStore } from '../../bench/national/measure.ts';
import { AS_OF } from '../../bench/national/shape.ts';
import type { Client } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { eventually, type ServeProcess, startServe } from '../helpers/process.ts';

const folder = useFolder();

/** Two closing jobs, the first of several steps. */
const ORDERS = 12_000;
const EVENTS = 120_000;
const ENDED_MS_MAX = 180_000;
const HEADERS = { 'flowproof-now': `${AS_OF}T00:00:00+08:00` };

interface Progress {
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

async function serve(dataDir: string): Promise<ServeProcess> {
  const server = await startServe(dataDir, { SIMULATED_CLOCK: '1' });
  onTestFinished(async () => {
    server.signal('SIGKILL');
    await server.ended;
  });
  return server;
}

async function progressOf(admin: Client, id: string): Promise<Progress> {
  return (await admin.get(`/v1/verifications/${id}`, HEADERS)).ok<Progress>();
}

async function ask(admin: Client): Promise<string> {
  const asked = await admin.post('/v1/verifications', { asOf: AS_OF }, HEADERS);
  return asked.ok<{ verificationId: string }>(202).verificationId;
}

/** Waits until a verification is so far, and says how far it was. */
async function until(
  admin: Client,
  id: string,
  isThere: (progress: Progress) => boolean,
): Promise<Progress> {
  let progress = await progressOf(admin, id);
  const isSo = async () => {
    progress = await progressOf(admin, id);
    return isThere(progress);
  };
  expect(await eventually(isSo, ENDED_MS_MAX)).toBe(true);
  return progress;
}

async function stopped(server: ServeProcess, signal: NodeJS.Signals): Promise<void> {
  server.signal(signal);
  await server.ended;
}

async function closed(dataDir: string): Promise<void> {
  const server = await serve(dataDir);
  await until(server.admin, await ask(server.admin), ({ state }) => state === 'done');
  await stopped(server, 'SIGTERM');
}

it('a closing that is killed goes on by itself: every order once, with the bytes of an undisturbed one (I-141)', async () => {
  const [killed, whole] = [join(folder.path, 'killed'), join(folder.path, 'whole')];
  await onStore([killed, 'fill', ...[ORDERS, EVENTS, 0].map(String)]);
  await cp(killed, whole, { recursive: true });

  let server = await serve(killed);
  const id = await ask(server.admin);
  await until(server.admin, id, ({ state }) => state === 'running');
  await stopped(server, 'SIGKILL');
  server = await serve(killed);
  // While the lock of the job runs out.
  const undisturbed = closed(whole);
  const between = await until(server.admin, id, ({ done }) => done > 0);
  await stopped(server, 'SIGKILL');
  expect(between).toMatchObject({ state: 'running', total: ORDERS });
  expect(between.done).toBeLessThan(ORDERS);
  server = await serve(killed);
  const ended = await until(server.admin, id, ({ state }) => state !== 'running');
  expect(ended).toEqual({ state: 'done', done: ORDERS, total: ORDERS });
  await stopped(server, 'SIGTERM');

  await undisturbed;
  const sealed = await onStore([killed, 'check']);
  expect(sealed).toMatchObject({ seals: ORDERS, orders: ORDERS, revision: 1 });
  expect(sealed).toEqual(await onStore([whole, 'check']));
}, 600_000);
