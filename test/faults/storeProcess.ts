import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from './atExit.ts';

const SCRIPT = fileURLToPath(new URL('storeServer.ts', import.meta.url));

/** The stand-in for a ClickHouse server (storeServer.ts) as a process of its own. */
export interface StoreProcess {
  readonly url: string;
  readonly port: number;
  /** As `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
}

/** @param port 0: any; that of one before, to come back under its address */
export async function startStore(folder: string, port = 0): Promise<StoreProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const said = await Promise.race([once(child.stdout, 'data'), ended.then(() => null)]);
  if (said === null) throw new Error('the store ended by itself');
  const isGone = atExit(() => child.kill('SIGKILL'));
  const taken = Number(String(said[0]));
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      isGone();
    },
  };
}
