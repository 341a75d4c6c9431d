import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/app.ts';
import { atExit } from './atExit.ts';
import { pause } from './scenario.ts';

const MIB = 2 ** 20;
const WATCH_MS = 2;

/** What was seen of a disk while it was watched. */
interface Watched {
  readonly freeBytesMax: number;
  /** What became free, taken again or not. */
  readonly freedBytes: number;
}

/** A small disk of its own, in memory, that can be filled. */
export class SmallDisk {
  readonly folder: string;
  #mounted = true;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** null, and why, where this process may not mount. */
  static async mount(bytes: number): Promise<SmallDisk | string> {
    const folder = await temporaryFolder();
    try {
      const size = `size=${bytes}`;
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { stdio: 'pipe' });
    } catch (error) {
      await rm(folder, { recursive: true });
      return error instanceof Error ? error.message : String(error);
    }
    const disk = new SmallDisk(folder);
    atExit(() => disk.#unmount());
    return disk;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  /** Looks many times a second how much is free, until it is told to end. */
  watch(): { end(): Promise<Watched> } {
    const seen = { freeBytesMax: 0, freedBytes: 0 };
    let isOver = false;
    const look = async () => {
      let before = Number.POSITIVE_INFINITY;
      for (; !isOver; await pause(WATCH_MS)) {
        const free = await this.freeBytes();
        seen.freeBytesMax = Math.max(seen.freeBytesMax, free);
        seen.freedBytes += Math.max(0, free - before);
        before = free;
      }
    };
    const looking = look();
    return {
      end: async () => {
        isOver = true;
        await looking;
        return seen;
      },
    };
  }

  /** Takes space until so much is free, or all there is. */
  async fill(untilFreeBytes: number): Promise<void> {
    await mkdir(join(this.folder, 'other'), { recursive: true });
    const file = await open(this.#filler, 'a');
    try {
      for (;;) {
        const excess = (await this.freeBytes()) - untilFreeBytes;
        if (excess <= 0) return;
        await file.appendFile(Buffer.alloc(Math.min(excess, MIB)));
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      await file.close();
    }
  }

  async empty(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  async remove(): Promise<void> {
    this.#unmount();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #filler(): string {
    return join(this.folder, 'other', 'filler');
  }

  #unmount(): void {
    if (!this.#mounted) return;
    this.#mounted = spawnSync('umount', [this.folder]).status !== 0;
  }
}
