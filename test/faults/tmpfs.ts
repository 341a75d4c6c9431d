import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../helpers/app.ts';
import { atExit } from './atExit.ts';
import { pause } from './scenario.ts';

const MIB = 2 ** 20;
const WATCH_MS = 2;

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

  /** Looks how much is free, many times a second. `end` resolves with the most that was. */
  watch(): { end(): Promise<number> } {
    let most = 0;
    let isOver = false;
    const look = async () => {
      for (; !isOver; await pause(WATCH_MS)) most = Math.max(most, await this.freeBytes());
    };
    const looking = look();
    return {
      end: async () => {
        isOver = true;
        await looking;
        return most;
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
