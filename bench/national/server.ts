import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The real server in a process of its own on a simulated clock: nothing closes unasked. */
export interface NationalServer {
  /** An answer's JSON; throws where it is an error. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Used until now by the process and its engine. */
  cpuSeconds(): number;
  /** Resident at most until now, the embedded engine included. */
  peakRssMiB(): number;
  stop(): Promise<void>;
}

/** Linux counts in hundredths of a second. */
const CLOCK_TICKS_PER_S = 100;
const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';

/** @param now the clock of every request, RFC 3339 */
export async function startServer(dataDir: string, now: string): Promise<NationalServer> {
  const main = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve'], {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: dataDir,
      SIMULATED_CLOCK: '1',
      ADMIN_KEY,
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const served = /"url":"([^"]+)"/.exec(line)?.[1];
      if (served !== undefined) resolve(served);
      else if (/"level":[56]0/.test(line)) process.stderr.write(`${line}\n`);
    });
    child.once('exit', () => reject(new Error('the server ended')));
  });
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'flowproof-now': now };
  return {
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return response.json();
    },
    cpuSeconds() {
      // The name in parentheses may hold spaces; utime and stime are the 12th and 13th after it.
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
      return (Number(fields?.[11]) + Number(fields?.[12])) / CLOCK_TICKS_PER_S;
    },
    peakRssMiB() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(z.coerce.number().parse(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
