import { describe, expect, it, onTestFinished } from 'vitest';
import { Loader } from '../../ingest/loader.ts';
import { SpoolCursor } from '../../ingest/spool/cursor.ts';
import { SpoolWriter } from '../../ingest/spoolWriter.ts';
import { offer } from '../helpers/offers.ts';
import { FaultFs } from '../helpers/spoolFs.ts';
import { openSpool, SPOOL_DIR } from '../helpers/spoolFsOpen.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';

/** What the workers are told while batches are on their way: the real writer, spool and loader. */

const NOW = 1_700_000_000_000;

async function started() {
  const fs = new FaultFs(seededRandom(5));
  const cursor = await SpoolCursor.open(SPOOL_DIR, fs, () => undefined);
  const { spool } = await openSpool(fs);
  const store = { reconcile: async () => undefined, writeRange: async () => undefined };
  const loader = Loader.start({ store, spool, cursor, clock: () => NOW, onRetry: () => undefined });
  onTestFinished(async () => {
    await loader.close();
    await spool.close();
  });
  return { fs, loader, writer: new SpoolWriter(spool, loader) };
}

const received = (receivedAtMs: number) => offer([{ receivedAtMs }]);

describe('the instant until which all is loaded', () => {
  it('is not beyond a batch whose sync is still under way (I-89)', async () => {
    const { fs, loader, writer } = await started();
    await writer.write(received(NOW - 900));
    await loader.settled();
    expect(loader.loadedUntilMs).toBe(NOW);
    let sync = () => {};
    fs.beforeDatasync = () =>
      new Promise((resolve) => {
        sync = resolve;
      });
    const writing = [writer.write(received(NOW - 300)), writer.write(received(NOW - 200))];
    await new Promise((go) => setTimeout(go, 20));
    expect(loader.loadedUntilMs).toBe(NOW - 300);
    fs.beforeDatasync = () => Promise.resolve();
    sync();
    await Promise.all(writing);
    await loader.settled();
    expect(loader.loadedUntilMs).toBe(NOW);
  });

  it('waits for none that the spool refused (I-89)', async () => {
    const { fs, loader, writer } = await started();
    fs.fault = (call) => (call === 'write' ? 'ENOSPC' : null);
    await expect(writer.write(received(NOW - 300))).rejects.toMatchObject({ status: 503 });
    expect(loader.loadedUntilMs).toBe(NOW);
    fs.fault = () => null;
  });
});
