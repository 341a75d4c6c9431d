import { posix } from 'node:path';
import {
  SPOOL_QUARANTINE_BYTES_MAX,
  SPOOL_QUARANTINE_FILES_MAX,
  SPOOL_WINDOW_BYTES,
} from '../../core/limits.ts';
import type { QuarantineOutcome } from './alarm.ts';
import type { Gap, Segment } from './segment.ts';
import {
  hasCode,
  quietly,
  readFully,
  type SpoolFile,
  type SpoolFs,
  writeFully,
} from './spoolFs.ts';

interface Held {
  readonly names: Set<string>;
  bytes: number;
}

/** Copies of what cannot be read, one file a range, for a person to look at; never throws. */
export class Quarantine {
  readonly #fs: SpoolFs;
  readonly #dir: string;
  readonly #bytesMax: number;
  #held: Held | null = null;

  constructor(fs: SpoolFs, spoolDir: string, bytesMax: number = SPOOL_QUARANTINE_BYTES_MAX) {
    this.#fs = fs;
    this.#dir = `${spoolDir}/quarantine`;
    this.#bytesMax = bytesMax;
  }

  /**
   * The bytes that are there; what is missing at the end of the file is left out. Where the disk
   * refuses to read them the whole file is kept, for a time when it does not.
   */
  async keep(
    file: SpoolFile,
    { number, path }: Pick<Segment, 'number' | 'path'>,
    gap: Gap,
  ): Promise<QuarantineOutcome> {
    const name = `${String(number).padStart(10, '0')}-${gap.start}-${gap.endExclusive}.damaged`;
    try {
      await this.#fs.mkdir(this.#dir);
      const held = this.#held ?? (await this.#look());
      this.#held = held;
      if (held.names.has(name)) return 'copied_before';
      const length = Math.max(0, Math.min(gap.endExclusive, await file.size()) - gap.start);
      if (held.bytes + length > this.#bytesMax) return 'full';
      if (held.names.size >= SPOOL_QUARANTINE_FILES_MAX) return 'full';
      try {
        await this.#copy(file, gap.start, length, name);
      } catch (error) {
        if (!hasCode(error, 'EIO')) throw error;
        return await this.#keepWhole(path, await file.size(), held);
      }
      held.names.add(name);
      held.bytes += length;
      return 'copied';
    } catch {
      return 'failed';
    }
  }

  /** By a second name: the spool deletes its own. */
  async #keepWhole(path: string, size: number, held: Held): Promise<QuarantineOutcome> {
    const name = posix.basename(path);
    if (held.names.has(name)) return 'file_kept';
    if (held.bytes + size > this.#bytesMax) return 'full';
    await this.#fs.link(path, `${this.#dir}/${name}`);
    await this.#fs.syncDir(this.#dir);
    held.names.add(name);
    held.bytes += size;
    return 'file_kept';
  }

  async #look(): Promise<Held> {
    const names = await this.#fs.list(this.#dir);
    let bytes = 0;
    for (const name of names) {
      const file = await this.#fs.open(`${this.#dir}/${name}`, 'read');
      try {
        bytes += await file.size();
      } finally {
        await file.close();
      }
    }
    return { names: new Set(names), bytes };
  }

  async #copy(from: SpoolFile, start: number, length: number, name: string): Promise<void> {
    const path = `${this.#dir}/${name}`;
    await quietly(this.#fs.remove(`${path}.tmp`));
    const into = await this.#fs.open(`${path}.tmp`, 'create');
    try {
      const buffer = Buffer.allocUnsafe(Math.min(length, SPOOL_WINDOW_BYTES));
      for (let done = 0; done < length; ) {
        const piece = buffer.subarray(0, Math.min(buffer.length, length - done));
        const read = await readFully(from, piece, start + done);
        if (read.length === 0) break;
        await writeFully(into, read, done);
        done += read.length;
      }
      await into.sync();
    } catch (error) {
      await quietly(this.#fs.remove(`${path}.tmp`));
      throw error;
    } finally {
      await into.close();
    }
    await this.#fs.rename(`${path}.tmp`, path);
    await this.#fs.syncDir(this.#dir);
  }
}
