/** Parts to end, the last added first; one that fails does not keep the others from ending. */
export class Shutdown {
  readonly #parts: { name: string; end: () => Promise<unknown> }[] = [];
  #running: Promise<void> | null = null;

  add(name: string, end: () => Promise<unknown>): void {
    this.#parts.push({ name, end });
  }

  run(): Promise<void> {
    this.#running ??= this.#endAll();
    return this.#running;
  }

  async #endAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const { name, end } of this.#parts.reverse()) {
      try {
        await end();
      } catch (cause) {
        failures.push(new Error(`${name} did not end`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the shutdown was not complete');
  }
}
