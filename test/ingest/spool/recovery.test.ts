import { describe, expect, it } from 'vitest';
import { SEGMENT_HEADER_BYTES } from '../../../ingest/spool/segment.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

describe('what was written and never acknowledged', () => {
  it('is durable before the next segment says so, also where a sync failed meanwhile', async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const fs = new FaultFs(seededRandom(seed));
      const { spool } = await openSpool(fs);
      await spool.append(() => Buffer.alloc(700, 'a'), 1);
      fs.fault = (call) => (call === 'datasync' ? 'power' : null);
      await expect(spool.append(() => Buffer.alloc(700, 'b'), 1)).rejects.toThrow();
      fs.kill();
      // A process finds the record in the memory of the system; its own sync fails.
      fs.fault = (call) => (call === 'sync' ? 'EIO' : null);
      await expect(openSpool(fs)).rejects.toThrow('EIO');
      fs.kill();
      const second = await openSpool(fs);
      await second.spool.append(() => Buffer.alloc(700, 'c'), 1);
      const before = (await readAll(second.spool)).map((r) => r.payload.toString('latin1', 0, 1));
      fs.crash();
      const third = await openSpool(fs);
      const after = (await readAll(third.spool)).map((r) => r.payload.toString('latin1', 0, 1));
      expect(after).toEqual(before);
      expect(third.alarms).toEqual([]);
    }
  });

  it('never shows beside what was written over it, under the same numbers (I-83)', async () => {
    let both = 0;
    for (let seed = 0; seed < 1_500; seed += 1) {
      const fs = new FaultFs(seededRandom(seed));
      const { spool } = await openSpool(fs);
      await spool.append(() => Buffer.alloc(400, '0'), 1);
      fs.fault = (call) => (call === 'write' ? 'EIO' : null);
      const refused = ['a', 'b', 'c'].map((text) => spool.append(() => Buffer.alloc(400, text), 1));
      await Promise.allSettled(refused);
      fs.fault = (call) => (call === 'datasync' ? 'power' : null);
      await spool.append(() => Buffer.alloc(400, 'd'), 1).catch(() => {});
      fs.crash();
      const found = await readAll((await openSpool(fs)).spool);
      const texts = found.map((r) => r.payload.toString('latin1', 0, 1));
      expect(texts[0]).toBe('0');
      for (const [i, record] of found.entries()) {
        const before = found[i - 1];
        if (before !== undefined) expect(record.firstSeq).toBeGreaterThan(before.firstSeq);
      }
      if (texts.includes('d') && texts.includes('b')) both += 1;
    }
    expect(both).toBe(0);
  });

  it('is not shown where the next segment was begun before it', async () => {
    const fs = new FaultFs(seededRandom(1));
    const { spool } = await openSpool(fs);
    await spool.append(() => Buffer.from('before'), 1);
    fs.fault = (call) => (call === 'datasync' || call === 'truncate' ? 'EIO' : null);
    await expect(spool.append(() => Buffer.from('refused'), 1)).rejects.toThrow();
    fs.fault = () => null;
    await spool.append(() => Buffer.from('after'), 1);
    fs.kill();
    const again = await openSpool(fs);
    const texts = (await readAll(again.spool)).map((r) => r.payload.toString());
    expect(texts).toEqual(['before', 'after']);
    expect(again.alarms).toEqual([]);
  });
});

describe('opening', () => {
  it('reads the last segment and the heads of the others, however many wait (I-156)', async () => {
    const read: number[] = [];
    for (const segments of [3, 60]) {
      const fs = new FaultFs(seededRandom(1));
      const { spool } = await openSpool(fs);
      for (let i = 0; i < segments; i += 1) await spool.append(() => Buffer.alloc(3_000), 1);
      fs.kill();
      fs.bytesRead = 0;
      const again = await openSpool(fs);
      expect(again.spool.durableEnd.segment).toBe(segments);
      expect(again.spool.nextSeq).toBe(segments + 1);
      read.push(fs.bytesRead - segments * SEGMENT_HEADER_BYTES);
      expect(await readAll(again.spool)).toHaveLength(segments);
    }
    expect(read[1]).toBe(read[0]);
    expect(read[0]).toBeLessThan(4 * 3_000);
  });

  it('finds the last record also where nothing was taken into the files behind it', async () => {
    const fs = new FaultFs(seededRandom(1));
    const { spool } = await openSpool(fs);
    await spool.append(() => Buffer.alloc(3_000, 'a'), 1);
    await spool.append(() => Buffer.alloc(3_000, 'b'), 1);
    fs.fault = (call) => (call === 'datasync' ? 'EIO' : null);
    for (let i = 0; i < 3; i += 1) {
      await expect(spool.append(() => Buffer.alloc(3_000, 'c'), 1)).rejects.toThrow();
    }
    fs.kill();
    const again = await openSpool(fs);
    expect((await again.spool.readLast())?.payload.toString('latin1', 0, 1)).toBe('b');
  });

  it('takes nothing for empty that the disk refuses to list or to measure', async () => {
    const fs = new FaultFs(seededRandom(1));
    const { spool } = await openSpool(fs);
    await spool.append(() => Buffer.from('kept'), 1);
    await spool.close();
    for (const call of ['open', 'list', 'size'] as const) {
      fs.fault = (met) => (met === call ? 'EIO' : null);
      await expect(openSpool(fs)).rejects.toThrow('EIO');
    }
    fs.fault = () => null;
    const again = await openSpool(fs);
    expect((await readAll(again.spool)).map((r) => r.payload.toString())).toEqual(['kept']);
  });
});
