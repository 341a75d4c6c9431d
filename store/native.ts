/** Reads the engine's format Native piece by piece; an answer that ends too early throws. */
export class NativeCursor {
  readonly #answer: Buffer;
  #at = 0;

  constructor(answer: Buffer) {
    this.#answer = answer;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#answer.length;
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#answer.length) throw new RangeError('the answer ends too early');
    const found = this.#answer.subarray(this.#at, end);
    this.#at = end;
    return found;
  }

  varUint(): number {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.bytes(1)[0] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  }

  uint64(): number {
    return Number(this.bytes(8).readBigUInt64LE());
  }

  text(): string {
    return this.bytes(this.varUint()).toString();
  }
}
