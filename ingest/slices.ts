/**
 * Long work in slices, one a turn of the event loop: between two slices, of whatever work, answers
 * are sent and disks are heard. Who waits is served in the order asked.
 */
export class Slices {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when the next slice may run. */
  next(): Promise<void> {
    return new Promise((begin) => {
      this.#waiting.push(begin);
      if (this.#waiting.length === 1) setImmediate(() => this.#serve());
    });
  }

  #serve(): void {
    const begin = this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(() => this.#serve());
    begin?.();
  }
}
