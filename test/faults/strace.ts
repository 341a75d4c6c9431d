import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { pause } from './scenario.ts';

const ATTACH_MS_MAX = 20_000;

export interface Injection {
  /** Such as `fdatasync`: what fails, the first time that a thread does it. */
  readonly calls: readonly string[];
  readonly error: 'EIO' | 'ENOSPC';
}

/** strace is not there, or may not trace here. */
export class NoStrace extends Error {}

/** Calls of a running process on one file, told line by line, some of which fail. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #output: string;

  private constructor(child: ChildProcess, output: string) {
    this.#child = child;
    this.#output = output;
  }

  /** Throws NoStrace where it cannot attach. */
  static async attach(pid: number, path: string, output: string, injection: Injection) {
    const { calls, error } = injection;
    const traced = ['fdatasync', 'fsync', 'pwrite64', 'ftruncate'];
    const injects = calls.flatMap((call) => ['-e', `inject=${call}:error=${error}:when=1`]);
    const traces = ['-f', '-p', String(pid), '-P', path, '-e', `trace=${traced.join(',')}`];
    const child = spawn('strace', [...traces, ...injects, '-o', output], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', (cause) => {
      said += String(cause);
    });
    for (const until = Date.now() + ATTACH_MS_MAX; Date.now() < until; await pause(20)) {
      if (/attached/.test(said)) return new Strace(child, output);
      if (child.exitCode !== null || /ENOENT/.test(said)) break;
    }
    child.kill('SIGKILL');
    throw new NoStrace(said.trim() || 'strace does not attach');
  }

  /** A line for each call that ended, in order. */
  async lines(): Promise<string[]> {
    return (await readFile(this.#output, 'utf8')).split('\n').filter((line) => line !== '');
  }

  /** Lets the process go on without it. */
  async detach(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await ended;
  }
}
