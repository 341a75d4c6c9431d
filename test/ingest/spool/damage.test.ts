import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flipAndOpen, flipped, keyOf, makeImage } from '../../faults/spoolFlips.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll, readTexts, SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

describe('2,000 flipped bits', () => {
  it.each([
    [1, 500, false],
    [1, 500, true],
    [2, 200, true],
    [5, 120, false],
  ])(
    '%i at a time, %i times, closed %s: told, never accepted, nothing else lost',
    async (count, times, closed) => {
      const image = await makeImage(count, closed);
      expect(image.files.size).toBeGreaterThan(4);
      const random = seededRandom(count * 31 + times);
      let lost = 0;
      const faults: string[] = [];
      for (let i = 0; i < times; i += 1) {
        const found = await flipAndOpen(image, count, random);
        lost += found.hit;
        faults.push(...found.faults);
      }
      expect(faults).toEqual([]);
      expect(lost).toBeGreaterThan(times / 2);
    },
  );
});

describe('damage', () => {
  it('of the last acknowledged record before a clean close is damage, not a torn end', async () => {
    const image = await makeImage(7, true);
    const last = image.written.at(-1)?.receipt;
    const [name, bytes] = [...image.files].at(-1) ?? ['', Buffer.alloc(0)];
    const at = (last?.end.offset ?? 0) - 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const files = new Map([...image.files, [name, bytes]]);
    const { spool, alarms } = await openSpool(FaultFs.holding(seededRandom(1), SPOOL_DIR, files));
    expect(alarms).toEqual([
      {
        kind: 'damaged',
        segment: last?.start.segment,
        start: last?.start.offset,
        endExclusive: last?.end.offset,
        quarantine: 'copied',
      },
    ]);
    expect(await readAll(spool)).toHaveLength(image.written.length - 1);
  });

  it('is copied byte for byte, once, and told again when it is loaded again (I-82)', async () => {
    const image = await makeImage(8, false);
    const { start, end } = image.written[0]?.receipt ?? {
      start: { offset: 0 },
      end: { offset: 0 },
    };
    const [name, bytes] = [...image.files][0] ?? ['', Buffer.alloc(0)];
    bytes[start.offset + 50] = (bytes[start.offset + 50] ?? 0) ^ 0x80;
    const fs = FaultFs.holding(
      seededRandom(1),
      SPOOL_DIR,
      new Map([...image.files, [name, bytes]]),
    );
    const outcomes: unknown[] = [];
    for (let opening = 0; opening < 2; opening += 1) {
      const { spool, alarms } = await openSpool(fs);
      await readAll(spool);
      outcomes.push(...alarms.map((a) => ('quarantine' in a ? a.quarantine : a.kind)));
      await spool.close();
      fs.kill();
    }
    expect(outcomes).toEqual(['copied', 'copied_before']);
    const kept = fs.snapshot(`${SPOOL_DIR}/quarantine`);
    expect([...kept.values()]).toEqual([bytes.subarray(start.offset, end.offset)]);
  });

  it('that comes while the spool is open is set aside, and reading goes on after it (I-82)', async () => {
    const fs = new FaultFs(seededRandom(3));
    const { spool, alarms } = await openSpool(fs);
    for (const text of ['a', 'b', 'c', 'd'])
      await spool.append(() => Buffer.from(text.repeat(60)), 1);
    const name = [...fs.snapshot(SPOOL_DIR).keys()].find((n) => n.endsWith('.spool')) ?? '';
    const file = await fs.open(`${SPOOL_DIR}/${name}`, 'update');
    await file.write(Buffer.from('X'), 64 + 108 + 50);
    const texts = (await readAll(spool)).map((r) => r.payload.toString('latin1', 0, 1));
    expect(texts).toEqual(['a', 'c', 'd']);
    expect(alarms).toMatchObject([{ kind: 'damaged', start: 172, endExclusive: 280 }]);
    expect(spool.counts).toMatchObject({ damagedRanges: 1, damagedBytes: 108 });
    expect(await readAll(spool)).toHaveLength(3);
  });

  it('whose copy fails keeps its segment from being released until it is copied', async () => {
    const image = await makeImage(9, true);
    const files = flipped(image, 1, () => 0.01).files;
    const fs = FaultFs.holding(seededRandom(1), SPOOL_DIR, files);
    fs.fault = (call) => (call === 'mkdir' && fs.callIndex > 1 ? 'ENOSPC' : null);
    const { spool, alarms } = await openSpool(fs);
    await readAll(spool);
    expect(alarms).toMatchObject([{ kind: 'damaged', quarantine: 'failed' }]);
    const first = spool.firstPosition;
    await spool.release(spool.durableEnd);
    expect(spool.firstPosition).toEqual(first);
    fs.fault = () => null;
    await spool.release(spool.durableEnd);
    expect(spool.firstPosition.segment).toBeGreaterThan(first.segment);
    expect(fs.snapshot(`${SPOOL_DIR}/quarantine`).size).toBe(1);
  });

  it('of what is loaded is not told, and does not keep it from being deleted (I-82)', async () => {
    const fs = new FaultFs(seededRandom(4));
    const { spool } = await openSpool(fs);
    for (const text of ['a', 'b', 'c', 'd']) await spool.append(() => Buffer.alloc(3_000, text), 1);
    await spool.close();
    const names = [...fs.snapshot(SPOOL_DIR).keys()].filter((n) => n.endsWith('.spool'));
    for (const [name, at] of [
      [names[0], 10],
      [names[1], 500],
    ] as const) {
      const file = await fs.open(`${SPOOL_DIR}/${name}`, 'update');
      await file.write(Buffer.from('X'), at);
    }
    const cursor = { segment: 3, offset: 64 };
    const again = await openSpool(fs, { cursor });
    expect((await readTexts(again.spool, cursor)).map((text) => text[0])).toEqual(['c', 'd']);
    await again.spool.release(cursor);
    expect(again.spool.firstPosition).toEqual(cursor);
    expect(again.alarms).toEqual([]);
  });

  it('tells a segment that is gone', async () => {
    const image = await makeImage(10, true);
    const files = new Map([...image.files].filter((_, i) => i !== 2));
    const { alarms } = await openSpool(FaultFs.holding(seededRandom(1), SPOOL_DIR, files));
    expect(alarms).toEqual([{ kind: 'segment_missing', segment: 3 }]);
  });

  it('of any kind, rubbish and cut files included, never keeps the spool from opening (I-82)', async () => {
    const image = await makeImage(11, false);
    const count = image.files.size;
    const rubbish = fc.record({
      file: fc.nat(count - 1),
      at: fc.nat(4_000),
      bytes: fc.uint8Array({ maxLength: 600 }),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rubbish, { minLength: 1, maxLength: 4 }), async (hits) => {
        const files = new Map(image.files);
        for (const { file, at, bytes, cut } of hits) {
          const [name, before] = [...files][file] ?? ['', Buffer.alloc(0)];
          const kept = before.subarray(0, at);
          const rest = cut ? Buffer.alloc(0) : before.subarray(at + bytes.length);
          files.set(name, Buffer.concat([kept, bytes, rest]));
        }
        const { spool } = await openSpool(FaultFs.holding(seededRandom(1), SPOOL_DIR, files));
        const sent = new Map(image.written.map((w) => [keyOf(w.receipt), w.payload]));
        for (const record of await readAll(spool)) {
          const payload = sent.get(keyOf(record));
          if (payload !== undefined) expect(record.payload.equals(payload)).toBe(true);
        }
        const receipt = await spool.append(() => Buffer.from('after'), 1);
        expect((await spool.read(receipt.start, 1)).records).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
