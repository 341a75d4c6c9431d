import type { Loader } from './loader.ts';
import type { Spool } from './spool/spool.ts';
import { encodeBatch, type PendingBatch } from './spoolBatch.ts';
import type { BatchWriter } from './writer.ts';

/**
 * Makes a batch durable in the spool; the store follows. A batch whose clock was simulated waits for
 * the store too: a replay asks at once for what it sent.
 */
export class SpoolWriter implements BatchWriter {
  readonly #spool: Spool;
  readonly #loader: Loader;

  constructor(spool: Spool, loader: Loader) {
    this.#spool = spool;
    this.#loader = loader;
  }

  async write(pending: PendingBatch): Promise<void> {
    const spooled = this.#loader.expect(pending.batch.receivedAtMs);
    try {
      await this.#spool.append((seq) => encodeBatch(pending, seq), pending.rows.length);
    } finally {
      spooled();
    }
    this.#loader.wake();
    if (pending.batch.simulated) await this.#loader.settled();
  }
}
