import { hasCode, quietly, readFully, type SpoolFs, writeFully } from './spoolFs.ts';

const NAME = /^lock\.(\d+)$/;
const CONTENT = /^(\d+) (\S+)\n$/;
const CONTENT_BYTES_MAX = 1024;
/** Each attempt is lost to another process that came first: this many means a living crowd. */
const ATTEMPTS_MAX = 8;

/** The directory is another spool's, in this process or another. */
export class SpoolLocked extends Error {
  readonly pid: number;

  constructor(dir: string, pid: number) {
    super(`the spool ${dir} is open in process ${pid}`);
    this.name = 'SpoolLocked';
    this.pid = pid;
  }
}

/**
 * One spool a directory: the file `lock.N` with the highest N names the process that has it. A lock
 * of a process that is gone is taken over by making N + 1, which only one can; what is below the
 * highest counts for nothing. Processes of other machines and of other containers look gone: a
 * directory shared by them is not guarded.
 */
export class DirLock {
  readonly #fs: SpoolFs;
  readonly #path: string;

  private constructor(fs: SpoolFs, path: string) {
    this.#fs = fs;
    this.#path = path;
  }

  /** Throws SpoolLocked where a living process has it. */
  static async take(fs: SpoolFs, dir: string): Promise<DirLock> {
    const draft = `${dir}/lock-${Buffer.from(fs.randomBytes(8)).toString('hex')}.tmp`;
    try {
      const file = await fs.open(draft, 'create');
      try {
        await writeFully(file, Buffer.from(`${fs.self.pid} ${fs.self.startedAt}\n`));
      } finally {
        await file.close();
      }
      return await DirLock.#takeWith(fs, dir, draft);
    } finally {
      await quietly(fs.remove(draft));
    }
  }

  async release(): Promise<void> {
    await quietly(this.#fs.remove(this.#path));
  }

  static async #takeWith(fs: SpoolFs, dir: string, draft: string): Promise<DirLock> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const held = await lockNumbers(fs, dir);
      const highest = Math.max(0, ...held);
      if (held.length > 0) await refuseLiving(fs, dir, highest);
      const own = highest + 1;
      if (!(await linked(fs, draft, `${dir}/lock.${own}`))) continue;
      const now = await lockNumbers(fs, dir);
      if (Math.max(...now) > own) {
        await quietly(fs.remove(`${dir}/lock.${own}`));
        continue;
      }
      for (const number of now.filter((n) => n < own)) {
        await quietly(fs.remove(`${dir}/lock.${number}`));
      }
      return new DirLock(fs, `${dir}/lock.${own}`);
    }
    throw new Error(`the lock of the spool ${dir} changed hands ${ATTEMPTS_MAX} times`);
  }
}

async function lockNumbers(fs: SpoolFs, dir: string): Promise<number[]> {
  const names = await fs.list(dir);
  return names.flatMap((name) => {
    const number = Number(NAME.exec(name)?.[1]);
    return Number.isSafeInteger(number) ? [number] : [];
  });
}

async function linked(fs: SpoolFs, draft: string, path: string): Promise<boolean> {
  try {
    await fs.link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** A lock appears with its whole content: what is not whole is what a power loss left of it. */
async function refuseLiving(fs: SpoolFs, dir: string, number: number): Promise<void> {
  const [, digits, startedAt] = CONTENT.exec(await lockContent(fs, `${dir}/lock.${number}`)) ?? [];
  const pid = Number(digits);
  if (startedAt === undefined || !Number.isSafeInteger(pid)) return;
  if ((await fs.startOf(pid)) === startedAt) throw new SpoolLocked(dir, pid);
}

async function lockContent(fs: SpoolFs, path: string): Promise<string> {
  try {
    const file = await fs.open(path, 'read');
    try {
      return (await readFully(file, Buffer.alloc(CONTENT_BYTES_MAX), 0)).toString('latin1');
    } finally {
      await file.close();
    }
  } catch (error) {
    // Given back in this moment.
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
