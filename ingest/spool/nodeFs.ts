import { randomBytes } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, type SpoolFile, type SpoolFs } from './spoolFs.ts';

const FLAGS = { create: 'wx+', update: 'r+', read: 'r' } as const;

/** The file system and the processes of this machine. */
export async function openNodeFs(): Promise<SpoolFs> {
  const startedAt = (await startOf(process.pid)) ?? 'unknown';
  return {
    open: async (path, mode) => fileOf(await open(path, FLAGS[mode])),
    rename,
    link,
    remove: (path) => rm(path),
    list: (dir) => readdir(dir),
    syncDir,
    mkdir: makeDirectory,
    freeBytes: async (dir) => {
      const { bavail, bsize } = await statfs(dir);
      return bavail * bsize;
    },
    randomBytes,
    self: { pid: process.pid, startedAt },
    startOf,
  };
}

function fileOf(handle: FileHandle): SpoolFile {
  return {
    write: async (bytes, position) =>
      (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    datasync: () => handle.datasync(),
    sync: () => handle.sync(),
    truncate: (length) => handle.truncate(length),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The names of new folders are durable once their parents are. */
async function makeDirectory(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true });
  if (first === undefined) return;
  for (let made = dir; made.length >= first.length; made = dirname(made)) {
    await syncDir(dirname(made));
  }
}

/**
 * Boot and clock tick, from the process table of Linux. Elsewhere a running process is only known
 * to run.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold anything; the 20th field after it is the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${boot.trim()}:${fields[19]}`;
  } catch {
    return process.platform === 'linux' ? null : runs(pid);
  }
}

function runs(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return 'unknown';
  } catch (error) {
    return hasCode(error, 'EPERM') ? 'unknown' : null;
  }
}
