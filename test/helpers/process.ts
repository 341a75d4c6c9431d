import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from './app.ts';

const BIN = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const START_MS_MAX = 30_000;
const ADMIN_KEY = 'test-admin-key-0123456789abcdef';

/** `flowproof serve` as a process of its own, in a group of its own. */
export interface ServeProcess {
  /** Under the administrator's key. */
  readonly admin: Client;
  /** To every process of its group. */
  signal(signal: NodeJS.Signals): void;
  /** Settles with the exit code, null after a kill. */
  readonly ended: Promise<number | null>;
}

/** Starts it on a data directory and any free port, and waits until it serves. */
export async function startServe(dataDir: string): Promise<ServeProcess> {
  const child = spawn(process.execPath, [BIN, 'serve'], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: '0',
      ADMIN_KEY,
      LOG_LEVEL: 'info',
      SIMULATED_CLOCK: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = new Promise<number | null>((settle) => {
    child.once('close', (code) => settle(code));
  });
  const url = await servedUrl(child);
  const signal = (name: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, name);
  };
  return { admin: new Client(url, ADMIN_KEY), signal, ended };
}

function servedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`not serving: ${said}`)), START_MS_MAX);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const url = /"url":"([^"]+)"/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', () => reject(new Error(`ended: ${said}`)));
  });
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
