import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Manifest } from './manifest.ts';
import { pause } from './scenario.ts';
import { Senders, sendBatch } from './senders.ts';
import { FaultServer } from './server.ts';

const LANES = 4;
const LOADED_MS_MAX = 60_000;

/**
 * A server that was stopped, with a copy of every spool file it ever wrote and of its store before
 * the first event: what it loaded can be loaded again.
 */
export class KeptSpool {
  readonly server: FaultServer;
  readonly manifest: Manifest;

  private constructor(server: FaultServer, manifest: Manifest) {
    this.server = server;
    this.manifest = manifest;
  }

  /** Fills it in several lives, so that there are several files; every second one ends by a kill. */
  static async fill(options: {
    readonly name: string;
    readonly lives: number;
    readonly batchesPerLife: number;
    readonly eventsPerBatch: number;
    readonly seed: number;
  }): Promise<KeptSpool> {
    const { name, lives, batchesPerLife, eventsPerBatch, seed } = options;
    const server = await FaultServer.start();
    const kept = new KeptSpool(server, new Manifest(server.seed, name));
    await server.stop();
    await cp(kept.#store, kept.#emptyStore, { recursive: true });
    await mkdir(kept.folder);
    for (let life = 1; life <= lives; life += 1) {
      await server.restart();
      const senders = Senders.start({
        manifest: kept.manifest,
        client: () => server.vendor,
        lanes: LANES,
        eventsPerBatch,
        batchesPerSecond: Number.POSITIVE_INFINITY,
        seed: seed + life,
      });
      while (senders.exchanges.length < batchesPerLife) await pause(20);
      await senders.stop();
      if (life % 2 === 0) await server.kill();
      else await server.stop();
      await kept.#keep();
    }
    return kept;
  }

  /** Where the copies of the spool files are. */
  get folder(): string {
    return join(this.server.folder, 'kept');
  }

  /** The whole spool lies there again, and nothing says how far it was loaded. */
  async putBack(options: { readonly storeEmptied: boolean }): Promise<void> {
    const { spoolDir } = this.server;
    await this.#keep();
    await rm(join(spoolDir, 'cursor'), { force: true });
    await cp(this.folder, spoolDir, { recursive: true });
    if (!options.storeEmptied) return;
    await rm(this.#store, { recursive: true });
    await cp(this.#emptyStore, this.#store, { recursive: true });
  }

  /** Sends a batch more and waits until it is stored, and so all that lay before it. */
  async loaded(): Promise<void> {
    const { vendor } = this.server;
    const answer = await sendBatch(vendor, this.manifest.next(2));
    const { batchId } = answer?.ok<{ batchId: string }>() ?? { batchId: '' };
    for (const until = Date.now() + LOADED_MS_MAX; Date.now() < until; await pause(50)) {
      const found = await vendor.sendOnly('GET', `/v1/batches/${batchId}`, undefined);
      if (found.status === 200) return;
    }
    throw new Error('what the spool holds is not loaded');
  }

  async remove(): Promise<void> {
    await this.server.remove();
  }

  async #keep(): Promise<void> {
    const names = (await readdir(this.server.spoolDir)).filter((name) => name.endsWith('.spool'));
    for (const name of names) await cp(join(this.server.spoolDir, name), join(this.folder, name));
  }

  get #store(): string {
    return join(this.server.dataDir, 'clickhouse');
  }

  get #emptyStore(): string {
    return join(this.server.folder, 'empty-store');
  }
}

/** The ids that a vendor sent with other content than before. */
export async function conflictsIn({ vendor }: FaultServer): Promise<number> {
  const answer = await vendor.get('/v1/rejects?limit=1000');
  const { items } = answer.ok<{ items: { code: string }[] }>();
  return items.filter(({ code }) => code === 'id_conflict').length;
}
