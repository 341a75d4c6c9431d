import { SPOOL_WINDOW_BYTES } from '../../core/limits.ts';
import { readAround } from './readAround.ts';
import type { Gap } from './segment.ts';
import type { SpoolFile } from './spoolFs.ts';

/** Forward reading of a file of any size in bounded memory; what cannot be read is zeros. */
export class Window {
  readonly size: number;
  readonly #file: SpoolFile;
  #buffer: Buffer = Buffer.alloc(0);
  #held: Buffer = Buffer.alloc(0);
  #start = 0;
  readonly #unreadable: Gap[] = [];

  constructor(file: SpoolFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** `length` bytes from there, fewer at the end of the file; valid until the next call. */
  async at(offset: number, length: number): Promise<Buffer> {
    const endExclusive = Math.min(this.size, offset + length);
    if (offset < this.#start || endExclusive > this.#start + this.#held.length) {
      await this.#fill(offset, length);
    }
    return this.#held.subarray(offset - this.#start, Math.max(offset, endExclusive) - this.#start);
  }

  /** Whether the disk refused any byte of the range, as far as it was read. */
  isUnreadable(range: Gap): boolean {
    return this.#unreadable.some(
      ({ start, endExclusive }) => start < range.endExclusive && range.start < endExclusive,
    );
  }

  async #fill(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, SPOOL_WINDOW_BYTES), Math.max(0, this.size - offset));
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(wanted);
    const into = this.#buffer.subarray(0, wanted);
    this.#held = await readAround(this.#file, into, offset, (start, endExclusive) =>
      this.#unreadable.push({ start, endExclusive }),
    );
    this.#start = offset;
    if (this.#held.length < wanted) throw new Error('a spool file shrank while it was read');
  }
}
