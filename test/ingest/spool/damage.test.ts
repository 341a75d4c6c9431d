import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpoolAlarm } from '../../../ingest/spool/alarm.ts';
import type { SpoolReceipt, SpoolRecord } from '../../../ingest/spool/position.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll, SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { below, bytesOf, type Random, seededRandom } from '../../helpers/spoolFsRandom.ts';

interface Written {
  readonly payload: Buffer;
  readonly receipt: SpoolReceipt;
}

interface Image {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly written: readonly Written[];
}

interface Flip {
  readonly segment: number;
  readonly offset: number;
}

/** Several segments of groups, one of them abandoned with a refused tail that could not be cut. */
async function makeImage(seed: number, closed: boolean): Promise<Image> {
  const random = seededRandom(seed);
  const fs = new FaultFs(random);
  const { spool } = await openSpool(fs);
  const written: Written[] = [];
  for (let turn = 0; turn < 24; turn += 1) {
    const payloads = Array.from({ length: 1 + below(random, 4) }, () =>
      bytesOf(random, below(random, 500)),
    );
    if (turn === 12) fs.fault = (c) => (c === 'datasync' || c === 'truncate' ? 'EIO' : null);
    const answers = await Promise.allSettled(payloads.map((p) => spool.append(p, 2)));
    fs.fault = () => null;
    for (const [i, answer] of answers.entries()) {
      const payload = payloads[i];
      if (answer.status === 'fulfilled' && payload !== undefined) {
        written.push({ payload, receipt: answer.value });
      }
    }
  }
  if (closed) await spool.close();
  const files = [...fs.snapshot(SPOOL_DIR)].filter(([name]) => name.endsWith('.spool'));
  return { files: new Map(files), written };
}

function flipped(image: Image, count: number, random: Random) {
  const files = new Map([...image.files].map(([name, bytes]) => [name, Buffer.from(bytes)]));
  const flips: Flip[] = [];
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  for (let i = 0; i < count; i += 1) {
    let at = below(random, total);
    for (const [name, bytes] of files) {
      if (at < bytes.length) {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
        flips.push({ segment: Number(name.slice(0, 10)), offset: at });
        break;
      }
      at -= bytes.length;
    }
  }
  return { files, flips };
}

function touches({ receipt: { start, end } }: Written, { segment, offset }: Flip): boolean {
  return segment === start.segment && offset >= start.offset && offset < end.offset;
}

function covers(alarm: SpoolAlarm, { segment, offset }: Flip): boolean {
  if (alarm.kind !== 'damaged' && alarm.kind !== 'torn') return false;
  return segment === alarm.segment && offset >= alarm.start && offset < alarm.endExclusive;
}

const keyOf = (r: SpoolRecord | SpoolReceipt) => `${r.start.segment}:${r.start.offset}`;

/** Opens the flipped image and holds it against what is known of it. */
async function expectDetected(image: Image, count: number, random: Random): Promise<number> {
  const { files, flips } = flipped(image, count, random);
  const fs = FaultFs.holding(random, SPOOL_DIR, files);
  const { spool, alarms } = await openSpool(fs);
  const found = new Map((await readAll(spool)).map((record) => [keyOf(record), record]));
  const faults: string[] = [];
  let lost = 0;
  for (const written of image.written) {
    const flip = flips.find((f) => touches(written, f));
    const record = found.get(keyOf(written.receipt));
    found.delete(keyOf(written.receipt));
    const place = keyOf(written.receipt);
    if (flip === undefined) {
      if (record?.payload.equals(written.payload) !== true) faults.push(`${place} is not whole`);
    } else {
      lost += 1;
      if (record !== undefined) faults.push(`${place} was accepted with a wrong bit`);
      if (!alarms.some((alarm) => covers(alarm, flip))) faults.push(`${place} was not told`);
    }
  }
  // Only the refused group may show besides, where the header that says so was hit; never damaged.
  if (flips.every((f) => f.offset >= 64) && found.size > 0) faults.push('records out of nothing');
  const { damagedRanges, tornRanges } = spool.counts;
  if (lost > 0 && damagedRanges + tornRanges === 0) faults.push('nothing was counted');
  if (faults.length > 0) faults.push(JSON.stringify({ flips, alarms }));
  expect(faults).toEqual([]);
  await spool.append(Buffer.from('after'), 1);
  expect((await readAll(spool)).at(-1)?.payload.toString()).toBe('after');
  return lost;
}

describe('10,000 flipped bits', () => {
  it.each([
    [1, 2_500, false],
    [1, 2_500, true],
    [2, 1_000, true],
    [5, 600, false],
  ])(
    '%i at a time, %i times, closed %s: told, never accepted, nothing else lost',
    async (count, times, closed) => {
      const image = await makeImage(count, closed);
      expect(image.files.size).toBeGreaterThan(4);
      const random = seededRandom(count * 31 + times);
      let lost = 0;
      for (let i = 0; i < times; i += 1) lost += await expectDetected(image, count, random);
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

  it('is copied byte for byte, once, and told again at the next opening (I-75)', async () => {
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
      outcomes.push(...alarms.map((a) => ('quarantine' in a ? a.quarantine : a.kind)));
      await spool.close();
      fs.kill();
    }
    expect(outcomes).toEqual(['copied', 'copied_before']);
    const kept = fs.snapshot(`${SPOOL_DIR}/quarantine`);
    expect([...kept.values()]).toEqual([bytes.subarray(start.offset, end.offset)]);
  });

  it('that comes while the spool is open is set aside, and reading goes on after it (I-75)', async () => {
    const fs = new FaultFs(seededRandom(3));
    const { spool, alarms } = await openSpool(fs);
    for (const text of ['a', 'b', 'c', 'd']) await spool.append(Buffer.from(text.repeat(60)), 1);
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
    expect(alarms).toMatchObject([{ kind: 'damaged', quarantine: 'failed' }]);
    const first = spool.firstPosition;
    await spool.release(spool.durableEnd);
    expect(spool.firstPosition).toEqual(first);
    fs.fault = () => null;
    await spool.release(spool.durableEnd);
    expect(spool.firstPosition.segment).toBeGreaterThan(first.segment);
    expect(fs.snapshot(`${SPOOL_DIR}/quarantine`).size).toBe(1);
  });

  it('tells a segment that is gone', async () => {
    const image = await makeImage(10, true);
    const files = new Map([...image.files].filter((_, i) => i !== 2));
    const { alarms } = await openSpool(FaultFs.holding(seededRandom(1), SPOOL_DIR, files));
    expect(alarms).toEqual([{ kind: 'segment_missing', segment: 3 }]);
  });

  it('of any kind, rubbish and cut files included, never keeps the spool from opening (I-75)', async () => {
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
        const receipt = await spool.append(Buffer.from('after'), 1);
        expect((await spool.read(receipt.start, 1)).records).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });
});
