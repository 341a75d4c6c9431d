import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { VENDORS } from './events.ts';

/** The real server in a process of its own, with the ordinary settings, and a key for each vendor. */
export interface BenchServer {
  readonly url: string;
  readonly keys: readonly string[];
  /** Resident memory of the process. */
  rssMiB(): number;
  peakRssMiB(): number;
  /** Processor time of the process until now. */
  cpuMs(): number;
  stop(): Promise<void>;
}

export async function startServer(dataDir: string, registry: string): Promise<BenchServer> {
  const logPath = join(dataDir, '..', 'server.log');
  const log = openSync(logPath, 'w');
  const main = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
  const profileDir = process.env['BENCH_CPU_PROF'];
  const profiling = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const child = spawn(process.execPath, [...profiling, main, 'serve'], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, SIMULATED_CLOCK: '' },
    stdio: ['ignore', log, 'inherit'],
  });
  closeSync(log);
  const url = await urlOf(logPath, () => child.exitCode);
  const adminKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
  const call = callerOf(url, adminKey);
  const records = 'application/x-ndjson';
  const { results } = z
    .object({ results: z.array(z.object({ status: z.string(), detail: z.string().nullable() })) })
    .parse(await call('/v1/registry', records, registry));
  const refused = results.find(({ status }) => status === 'refused');
  if (refused !== undefined) throw new Error(`the registry was refused: ${refused.detail}`);
  const keys: string[] = [];
  for (let i = 0; i < VENDORS; i += 1) {
    const body = JSON.stringify({ role: 'vendor', vendorId: `bench-${i}`, label: 'bench' });
    const made = await call('/v1/keys', 'application/json', body);
    keys.push(z.object({ key: z.string() }).parse(made).key);
  }
  const memoryMiB = (field: string) => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
  };
  return {
    url,
    keys,
    rssMiB: () => memoryMiB('VmRSS'),
    peakRssMiB: () => memoryMiB('VmHWM'),
    cpuMs: () => cpuMsOf(child.pid),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The kernel counts hundredths of a second. */
function cpuMsOf(pid: number | undefined): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = fields.split(' ').slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) * 10;
}

function callerOf(url: string, key: string) {
  return async (path: string, type: string, body: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type };
    const response = await fetch(url + path, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  };
}

async function urlOf(logPath: string, exitCode: () => number | null): Promise<string> {
  for (;;) {
    const [, url] = /"url":"([^"]+)"/.exec(readFileSync(logPath, 'utf8')) ?? [];
    if (url !== undefined) return url;
    if (exitCode() !== null) throw new Error(`the server ended: see ${logPath}`);
    await sleep(50);
  }
}
