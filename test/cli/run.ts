import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The command line as a process of its own. */

const BIN = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  /** Beside what a process needs to start; nothing else of this environment is handed on. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  /** Null after a kill. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when standard output or error holds the text; fails where the process ends first. */
  says(text: string): Promise<void>;
  stdout(): string;
  stderr(): string;
}

export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}

export function start(args: readonly string[], options: RunOptions = {}): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: { PATH, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((settle) => {
    child.once('close', (code) => settle({ code, stdout, stderr }));
  });
  const says = async (text: string) => {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!stdout.includes(text) && !stderr.includes(text)) {
      if (over) throw new Error(`it ended before it said "${text}": ${stdout}${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, ended, says, stdout: () => stdout, stderr: () => stderr };
}

/** What flowproof left in a folder for temporary files; other tools keep their caches there. */
export function dataIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('flowproof-'));
}
