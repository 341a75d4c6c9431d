import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A script of this folder in a process of its own; its lines of JSON are its answers. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line; rejects where the process ends without one. */
  next(): Promise<unknown>;
  /** Asks it to end, and waits. */
  end(): Promise<void>;
}

export function startChild(script: string, args: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return startNode(['--import', 'tsx', path, ...args], process.env);
}

/** @param args of node */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const answers = lines[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return {
    process: child,
    async next() {
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`${args.join(' ')} ended without an answer`);
      return JSON.parse(value);
    },
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
