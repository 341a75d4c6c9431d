/**
 * Events of a batch, accepted or refused: of each the part of its line that is its own, known before
 * the spool has numbered them, as bytes.
 */
export class RowTails {
  #memory: Buffer;
  /** Behind each. */
  readonly #ends: number[] = [];

  /** @param bytesExpected more is admitted, and costs a copy */
  constructor(bytesExpected: number) {
    this.#memory = Buffer.allocUnsafe(bytesExpected);
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Of all; the next begins there. */
  get bytes(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Adds one that is text. */
  add(text: string): void {
    const out = this.room(Buffer.byteLength(text));
    this.end(this.bytes + out.write(text, this.bytes));
  }

  /** Where one of so many bytes at most may be written, from `bytes` on; then `end` adds it. */
  room(bytesMax: number): Buffer {
    const needed = this.bytes + bytesMax;
    if (needed > this.#memory.length) {
      const wider = Buffer.allocUnsafe(Math.max(needed, 2 * this.#memory.length));
      this.#memory.copy(wider, 0, 0, this.bytes);
      this.#memory = wider;
    }
    return this.#memory;
  }

  end(endExclusive: number): void {
    this.#ends.push(endExclusive);
  }

  /** Copies one, and gives the place behind the copy. */
  copy(row: number, target: Buffer, at: number): number {
    const start = this.#ends[row - 1] ?? 0;
    return at + this.#memory.copy(target, at, start, this.#ends[row]);
  }
}
