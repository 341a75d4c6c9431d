import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from './app.ts';

const BIN = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const START_MS_MAX = 30_000;
/** The last of what a process said is what explains its end. */
const SAID_CHARS_MAX = 1_000_000;
const ADMIN_KEY = 'test-admin-key-0123456789abcdef';

/** `flowproof serve` as a process of its own, in a group of its own. */
export interface ServeProcess {
  /** Under the administrator's key. */
  readonly admin: Client;
  readonly pid: number;
  /** To every process of its group. */
  signal(signal: NodeJS.Signals): void;
  /** Settles with the exit code, null after a kill. */
  readonly ended: Promise<number | null>;
  /** What it wrote on both outputs until now. */
  said(): string;
}

/** One that is on its way to serve; `serving` rejects where it ends before. */
export interface SpawnedServe extends Omit<ServeProcess, 'admin'> {
  readonly serving: Promise<ServeProcess>;
}

/** Starts it on a data directory and any free port, and waits until it serves. */
export function startServe(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServeProcess> {
  return spawnServe(dataDir, env).serving;
}

/** The same without the wait. */
export function spawnServe(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): SpawnedServe {
  const child = spawn(process.execPath, [BIN, 'serve'], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      ADMIN_KEY,
      LOG_LEVEL: 'info',
      SIMULATED_CLOCK: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('node could not be started');
  const ended = new Promise<number | null>((settle) => {
    child.once('close', (code) => settle(code));
  });
  const signal = (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, name);
  };
  const heard = { text: '' };
  const parts = { pid, signal, ended, said: () => heard.text };
  const serving = servedUrl(child, heard).then((url) => ({
    ...parts,
    admin: new Client(url, ADMIN_KEY),
  }));
  // Whoever kills it on its way does not wait for it.
  serving.catch(() => undefined);
  return { ...parts, serving };
}

function servedUrl(child: ChildProcess, heard: { text: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}: ${heard.text}`));
    const timer = setTimeout(() => fail(`not serving, ${standOf(child.pid)}`), START_MS_MAX);
    let isServing = false;
    const hear = (chunk: Buffer) => {
      heard.text = (heard.text + chunk.toString()).slice(-SAID_CHARS_MAX);
      if (isServing) return;
      const url = /"url":"([^"]+)"/.exec(heard.text)?.[1];
      if (url === undefined) return;
      isServing = true;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended');
    });
  });
}

/** What each thread of a process waits in, and which processes it has started; Linux tells by /proc. */
function standOf(pid: number | undefined): string {
  const read = (path: string) => {
    try {
      return readFileSync(`/proc/${path}`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return '';
    }
  };
  const tasks = readdirSync(`/proc/${pid}/task`);
  const waits = tasks.map(
    (id) => `${read(`${pid}/task/${id}/comm`)} ${read(`${pid}/task/${id}/wchan`)}`,
  );
  const started = tasks.flatMap((id) => read(`${pid}/task/${id}/children`).split(' '));
  const children = started.filter(Boolean).map((id) => read(`${id}/cmdline`));
  return `waits in ${waits.join(', ')}; has started ${children.join(', ')}`;
}

/** Processes that run inside a folder, such as a Redis on its data; Linux tells by /proc. */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && workingFolderOf(pid).startsWith(folder));
}

function workingFolderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** Waits until it is so, at most so long. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
