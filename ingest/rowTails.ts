/**
 * The accepted events of a batch: of each the part of its line that is known before the spool has
 * numbered it, as bytes.
 */
export class RowTails {
  #bytes: Buffer;
  /** Behind each. */
  readonly #ends: number[] = [];

  /** @param bytesExpected more is admitted, and costs a copy */
  constructor(bytesExpected: number) {
    this.#bytes = Buffer.allocUnsafe(bytesExpected);
  }

  static of(texts: readonly string[]): RowTails {
    const tails = new RowTails(0);
    for (const text of texts) tails.add(text);
    return tails;
  }

  get length(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** Adds one that is text. */
  add(text: string): void {
    const out = this.room(Buffer.byteLength(text));
    this.end(this.bytes + out.write(text, this.bytes));
  }

  /** Where one of so many bytes at most may be written, from `bytes` on; `end` then adds it. */
  room(bytesMax: number): Buffer {
    const needed = this.bytes + bytesMax;
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(wider, 0, 0, this.bytes);
      this.#bytes = wider;
    }
    return this.#bytes;
  }

  end(endExclusive: number): void {
    this.#ends.push(endExclusive);
  }

  /** Copies one, and gives the place behind the copy. */
  copy(row: number, target: Buffer, at: number): number {
    const start = this.#ends[row - 1] ?? 0;
    return at + this.#bytes.copy(target, at, start, this.#ends[row]);
  }
}
