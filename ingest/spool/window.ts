import { SPOOL_WINDOW_BYTES } from '../../core/limits.ts';
import { readFully, type SpoolFile } from './spoolFs.ts';

/** Forward reading of a file of any size in bounded memory. */
export class Window {
  readonly size: number;
  readonly #file: SpoolFile;
  #buffer: Buffer = Buffer.alloc(0);
  #held: Buffer = Buffer.alloc(0);
  #start = 0;

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

  async #fill(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, SPOOL_WINDOW_BYTES), Math.max(0, this.size - offset));
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(wanted);
    this.#held = await readFully(this.#file, this.#buffer.subarray(0, wanted), offset);
    this.#start = offset;
    if (this.#held.length < wanted) throw new Error('a spool file shrank while it was read');
  }
}
