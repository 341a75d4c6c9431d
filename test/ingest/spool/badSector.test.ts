import { describe, expect, it } from 'vitest';
import type { SpoolReceipt } from '../../../ingest/spool/position.ts';
import type { Spool } from '../../../ingest/spool/spool.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll, SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

const LIMITS = { segmentBytesMax: 40_000 };
/** The page of 4 KiB around the bad place, in a file of about ten pages. */
const PAGE = { start: 16_384, endExclusive: 20_480 };
const RECORD_BYTES = 3_000;

const openLarge = (fs: FaultFs) => openSpool(fs, LIMITS);

async function append(spool: Spool, count: number): Promise<SpoolReceipt[]> {
  const receipts: SpoolReceipt[] = [];
  for (let i = 0; i < count; i += 1) {
    receipts.push(await spool.append(() => Buffer.alloc(RECORD_BYTES, 97 + i), 2));
  }
  return receipts;
}

function breakPage(fs: FaultFs, segment: number, start = PAGE.start): string {
  const prefix = String(segment).padStart(10, '0');
  const name = [...fs.snapshot(SPOOL_DIR).keys()].find((n) => n.startsWith(prefix)) ?? '';
  fs.badPage = { path: `${SPOOL_DIR}/${name}`, start };
  return name;
}

const isReadable = ({ start, end }: SpoolReceipt) =>
  start.offset >= PAGE.endExclusive || end.offset <= PAGE.start;
const seqs = (records: readonly SpoolReceipt[]) => records.map((r) => r.firstSeq);

describe('a place that the disk refuses to read', () => {
  it.each(['while the spool is open', 'since before it was opened'] as const)(
    '%s costs what lies there: the rest is loaded, the file kept (I-157)',
    async (when) => {
      const fs = new FaultFs(seededRandom(1));
      let { spool, alarms } = await openLarge(fs);
      const written = await append(spool, 16);
      expect(written.at(-1)?.start.segment).toBe(2);
      const name = breakPage(fs, 1);
      if (when === 'since before it was opened') {
        fs.kill();
        ({ spool, alarms } = await openLarge(fs));
      }
      const whole = written.filter((r) => r.start.segment === 2 || isReadable(r));
      expect(whole.length).toBeLessThan(written.length);
      const bytes = fs.snapshot(SPOOL_DIR).get(name);
      expect(seqs(await readAll(spool))).toEqual(seqs(whole));
      expect(alarms).toMatchObject([{ kind: 'damaged', segment: 1, quarantine: 'file_kept' }]);
      expect(spool.counts.damagedRanges).toBe(1);
      await spool.release(spool.durableEnd);
      expect(spool.firstPosition.segment).toBe(2);
      expect(fs.snapshot(`${SPOOL_DIR}/quarantine`)).toEqual(new Map([[name, bytes]]));
    },
  );

  it('in what was written last is not cut off, and is loaded should it be read again (I-157)', async () => {
    const fs = new FaultFs(seededRandom(2));
    const { spool } = await openLarge(fs);
    const written = await append(spool, 7);
    breakPage(fs, 1);
    fs.kill();
    const second = await openLarge(fs);
    expect(second.alarms).toMatchObject([{ kind: 'damaged', quarantine: 'file_kept' }]);
    expect(seqs(await readAll(second.spool))).toEqual(seqs(written.filter(isReadable)));
    const later = await append(second.spool, 2);
    fs.kill();
    fs.badPage = null;
    const third = await openLarge(fs);
    // Each with the number that it was acknowledged with, and none has that of another.
    const found = await readAll(third.spool);
    expect(seqs(found)).toEqual(seqs([...written, ...later]));
    expect(new Set(seqs(found)).size).toBe(9);
    expect(third.alarms).toEqual([]);
  });

  it('at the head of a file keeps nothing from opening, and no later record from being read', async () => {
    const fs = new FaultFs(seededRandom(3));
    const { spool } = await openLarge(fs);
    const written = await append(spool, 30);
    breakPage(fs, 2, 0);
    fs.kill();
    const again = await openLarge(fs);
    const lost = ({ start }: SpoolReceipt) => start.segment === 2 && start.offset < 4_096;
    expect(seqs(await readAll(again.spool))).toEqual(seqs(written.filter((r) => !lost(r))));
    expect(again.spool.nextSeq).toBe(spool.nextSeq);
  });

  it('once, and reads the next time, costs nothing', async () => {
    const fs = new FaultFs(seededRandom(4));
    const { spool } = await openLarge(fs);
    const written = await append(spool, 16);
    await spool.close();
    let reads = 0;
    fs.fault = (call) => {
      if (call === 'read') reads += 1;
      return call === 'read' && reads % 5 === 1 ? 'EIO' : null;
    };
    const again = await openLarge(fs);
    expect(await readAll(again.spool)).toHaveLength(written.length);
    expect(again.alarms).toEqual([]);
  });
});
