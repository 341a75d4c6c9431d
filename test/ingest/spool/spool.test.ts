import { describe, expect, it } from 'vitest';
import { SPOOL_GROUP_BYTES_MAX, SPOOL_SEGMENT_BYTES_MAX } from '../../../core/limits.ts';
import { comparePositions, type SpoolReceipt } from '../../../ingest/spool/position.ts';
import { RECORD_HEADER_BYTES } from '../../../ingest/spool/record.ts';
import { SEGMENT_HEADER_BYTES } from '../../../ingest/spool/segment.ts';
import type { Spool } from '../../../ingest/spool/spool.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll, readTexts, SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

const newFs = () => new FaultFs(seededRandom(1));
const LARGE = { segmentBytesMax: SPOOL_SEGMENT_BYTES_MAX, bytesMax: 2 * SPOOL_SEGMENT_BYTES_MAX };

describe('append', () => {
  it('costs one write and one sync alone, once the segment is there', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    await spool.append(() => Buffer.from('first'), 1);
    fs.calls.clear();
    await spool.append(() => Buffer.from('second'), 1);
    expect([...fs.calls].sort()).toEqual([
      ['datasync', 1],
      ['write', 1],
    ]);
  });

  it('commits 200 at once by two syncs at most, receipts in the order of the log', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, LARGE);
    const texts = Array.from({ length: 200 }, (_, i) => `record ${i}`);
    const answered: number[] = [];
    const receipts = await Promise.all(
      texts.map(async (text, i) => {
        const receipt = await spool.append(() => Buffer.from(text), 3);
        answered.push(i);
        return receipt;
      }),
    );
    expect(fs.calls.get('datasync')).toBeLessThanOrEqual(2);
    expect(answered).toEqual(texts.map((_, i) => i));
    expect(receipts.map((r) => r.firstSeq)).toEqual(texts.map((_, i) => 1 + 3 * i));
    expect(await readTexts(spool)).toEqual(texts);
    expect((await readAll(spool)).map((r) => r.start)).toEqual(receipts.map((r) => r.start));
  });

  it('gathers the next group while one is written', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, LARGE);
    let open = () => {};
    fs.beforeDatasync = () => new Promise((resolve) => (open = resolve));
    const first = spool.append(() => Buffer.from('first'), 1);
    while (fs.calls.get('write') !== 2) await Promise.resolve();
    const later = Array.from({ length: 50 }, () => spool.append(() => Buffer.from('later'), 1));
    fs.beforeDatasync = () => Promise.resolve();
    open();
    await Promise.all([first, ...later]);
    expect(spool.counts).toMatchObject({ groups: 2, records: 51 });
  });

  describe('behind a group of many', () => {
    const HOUR_MS = 3_600_000;
    const gathering = (ms: number) =>
      openSpool(newFs(), { ...LARGE, gather: { fromRecords: 2, ms } });
    const append = (spool: Spool, bytes = 1) => spool.append(() => Buffer.alloc(bytes), 1);
    const both = (spool: Spool, bytes = 1) =>
      Promise.all([append(spool, bytes), append(spool, bytes)]);
    const turn = () => new Promise((resolve) => setImmediate(resolve));

    it('waits for as many; one behind one waits for nothing', async () => {
      const { spool } = await gathering(HOUR_MS);
      await append(spool);
      await append(spool);
      await both(spool);
      expect(spool.counts).toMatchObject({ groups: 3, records: 4 });
      const first = append(spool);
      await turn();
      await Promise.all([first, append(spool)]);
      expect(spool.counts).toMatchObject({ groups: 4, records: 6 });
    });

    it('waits until its time is over, and no longer', async () => {
      const { spool } = await gathering(20);
      await both(spool);
      await append(spool);
      expect(spool.counts).toMatchObject({ groups: 2, records: 3 });
    });

    it('does not wait once there are as many, or the group is full', async () => {
      const { spool } = await gathering(HOUR_MS);
      await both(spool);
      await both(spool);
      await append(spool, SPOOL_GROUP_BYTES_MAX);
      expect(spool.counts).toMatchObject({ groups: 3, records: 5 });
    });

    it('does not wait when it is closed: what waited is durable', async () => {
      const { spool } = await gathering(HOUR_MS);
      await both(spool);
      const last = append(spool);
      await turn();
      await Promise.all([spool.close(), last]);
      expect(spool.counts).toMatchObject({ groups: 2, records: 3 });
    });

    it('refuses all of a group whose write fails, and goes on', async () => {
      const fs = newFs();
      const { spool } = await openSpool(fs, { ...LARGE, gather: { fromRecords: 2, ms: 20 } });
      await both(spool);
      fs.fault = (call) => (call === 'write' ? 'ENOSPC' : null);
      const first = append(spool);
      await turn();
      const refused = await Promise.allSettled([first, append(spool)]);
      expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      fs.fault = () => null;
      await append(spool);
      expect(await readAll(spool)).toHaveLength(3);
    });
  });

  it('bounds a group, and writes a larger record alone', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, LARGE);
    const quarter = Buffer.alloc(SPOOL_GROUP_BYTES_MAX / 4 - RECORD_HEADER_BYTES, 'q');
    const large = Buffer.alloc(SPOOL_GROUP_BYTES_MAX * 3, 'l');
    await Promise.all(
      [...Array(8).fill(quarter), large, quarter].map((p) => spool.append(() => p, 1)),
    );
    expect(spool.counts).toMatchObject({ groups: 4, records: 10 });
    expect((await readAll(spool)).map((r) => r.payload.length)).toEqual(
      [...Array(8).fill(quarter), large, quarter].map((p) => p.length),
    );
  });

  it('takes what fits a segment exactly, refuses a byte more and any number of rows that is none', async () => {
    const { spool } = await openSpool(newFs());
    const room = 4_000 - SEGMENT_HEADER_BYTES - RECORD_HEADER_BYTES;
    await spool.append(() => Buffer.alloc(room), 0);
    await expect(spool.append(() => Buffer.alloc(room + 1), 1)).rejects.toMatchObject({
      code: 'body_too_large',
    });
    for (const rows of [-1, 0.5, Number.NaN, 2 ** 32]) {
      await expect(spool.append(() => Buffer.alloc(1), rows)).rejects.toThrow(RangeError);
    }
    expect(await readAll(spool)).toHaveLength(1);
  });

  it('makes a segment durable, name included, before it acknowledges from it', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    const order: string[] = [];
    fs.fault = (call) => {
      order.push(call);
      return null;
    };
    await spool.append(() => Buffer.from('x'), 1);
    expect(order).toEqual(['freeBytes', 'open', 'write', 'sync', 'syncDir', 'write', 'datasync']);
  });
});

describe('read', () => {
  it('shows nothing that is not durable yet (I-83)', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    const first = await spool.append(() => Buffer.from('first'), 1);
    let open = () => {};
    fs.beforeDatasync = () => new Promise((resolve) => (open = resolve));
    const second = spool.append(() => Buffer.from('second'), 1);
    while (fs.calls.get('write') !== 3) await Promise.resolve();
    for (let i = 0; i < 5; i += 1) {
      expect(await readTexts(spool)).toEqual(['first']);
      expect(spool.durableEnd).toEqual(first.end);
    }
    open();
    await second;
    expect(await readTexts(spool)).toEqual(['first', 'second']);
  });

  it('gives pages of the size asked, one record at least, across segments', async () => {
    const { spool } = await openSpool(newFs());
    const texts = Array.from({ length: 30 }, (_, i) => `${i}:`.padEnd(450, 'x'));
    for (const text of texts) await spool.append(() => Buffer.from(text), 1);
    expect(spool.durableEnd.segment).toBe(5);
    for (const pageBytes of [1, 497, 498, 499, 996, 1_500, 4_000, 100_000]) {
      const records = await readAll(spool, spool.firstPosition, pageBytes);
      expect(records.map((r) => r.payload.toString())).toEqual(texts);
      const page = await spool.read(spool.firstPosition, pageBytes);
      expect(page.records).toHaveLength(Math.min(30, Math.max(1, Math.floor(pageBytes / 498))));
    }
    const page = await spool.read(spool.firstPosition, 100_000);
    expect(page.next).toEqual(spool.durableEnd);
    expect(await spool.read(page.next, 1)).toEqual({ records: [], next: spool.durableEnd });
  });
});

describe('release', () => {
  it('deletes whole segments that end at or before the position, the last one never', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    const receipts: SpoolReceipt[] = [];
    for (let i = 0; i < 20; i += 1) receipts.push(await spool.append(() => Buffer.alloc(900), 1));
    const files = () =>
      [...fs.snapshot(SPOOL_DIR).keys()].filter((n) => n.endsWith('.spool')).length;
    expect(files()).toBe(5);
    for (const { end } of receipts) {
      const segments = new Set(receipts.map((r) => r.end.segment));
      await spool.release(end);
      const whole = [...segments].filter((s) =>
        receipts.every((r) => r.end.segment !== s || comparePositions(r.end, end) <= 0),
      );
      expect(files()).toBe(Math.max(1, 5 - whole.length));
      expect((await readAll(spool)).at(-1)?.end).toEqual(receipts.at(-1)?.end);
    }
  });

  it('never gives a number again, nor a position, after all is released and opened anew', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, { firstSeqAtLeast: 100 });
    const first = await spool.append(() => Buffer.alloc(3_000), 7);
    const second = await spool.append(() => Buffer.alloc(3_000), 5);
    await spool.release(second.end);
    await spool.close();
    const again = await openSpool(fs, { cursor: second.end });
    const third = await again.spool.append(() => Buffer.alloc(10), 1);
    expect([first.firstSeq, second.firstSeq, third.firstSeq]).toEqual([100, 107, 112]);
    expect(comparePositions(third.start, second.end)).toBeGreaterThan(0);
    expect((await again.spool.read(second.end, 1)).records).toHaveLength(1);
    await again.spool.close();
    // The numbers of rows that left the log count as well.
    const later = await openSpool(fs, { firstSeqAtLeast: 5_000 });
    expect(later.spool.nextSeq).toBe(5_000);
  });

  it('keeps positions ahead of the cursor where the whole log was taken away, and tells it', async () => {
    const cursor = { segment: 9, offset: 400 };
    const { spool, alarms } = await openSpool(newFs(), { cursor });
    const receipt = await spool.append(() => Buffer.from('x'), 1);
    expect(comparePositions(receipt.start, cursor)).toBeGreaterThan(0);
    expect(alarms).toEqual([{ kind: 'segment_missing', segment: 9 }]);
  });
});

describe('close', () => {
  it('finishes what waits, then refuses', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    const waiting = ['a', 'b', 'c'].map((text) => spool.append(() => Buffer.from(text), 1));
    const closing = spool.close();
    await expect(spool.append(() => Buffer.from('d'), 1)).rejects.toMatchObject({
      code: 'shutting_down',
    });
    expect(await Promise.all(waiting)).toHaveLength(3);
    await closing;
    await spool.close();
    await expect(spool.read(spool.firstPosition, 1)).rejects.toMatchObject({
      code: 'shutting_down',
    });
    expect(await readTexts((await openSpool(fs)).spool)).toEqual(['a', 'b', 'c']);
  });
});

describe('options that cannot hold', () => {
  it.each([
    [{ segmentBytesMax: 112 }],
    [{ segmentBytesMax: 2 ** 31 }],
    [{ segmentBytesMax: 4_000, bytesMax: 7_999 }],
  ])('%j are refused', async (options) => {
    await expect(openSpool(newFs(), options)).rejects.toThrow(RangeError);
  });
});
