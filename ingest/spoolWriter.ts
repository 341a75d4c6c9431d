import type { Loader } from './loader.ts';
import type { Spool } from './spool/spool.ts';
import { encodeBatch } from './spoolBatch.ts';
import type { BatchWriter, PendingBatch } from './writer.ts';

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
    await this.#spool.append(encodeBatch(pending), pending.rows.length);
    this.#loader.wake();
    if (pending.batch.simulated) await this.#loader.settled();
  }

  async close(): Promise<void> {
    await this.#loader.close();
    await this.#spool.close();
  }
}
