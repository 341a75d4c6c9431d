import { describe, expect, it } from 'vitest';
import { FlowproofError } from '../../../core/errors.ts';
import type { SpoolAlarm } from '../../../ingest/spool/alarm.ts';
import type { Spool } from '../../../ingest/spool/spool.ts';
import { sweepFault } from '../../faults/spoolPowerLoss.ts';
import { type Fault, FaultFs, type FsCall } from '../../helpers/spoolFs.ts';
import { openSpool, readTexts } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

const newFs = () => new FaultFs(seededRandom(1));

function append(spool: Spool, text: string) {
  return spool.append(() => Buffer.from(text, 'latin1'), 1);
}

async function refusal(promise: Promise<unknown>): Promise<FlowproofError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FlowproofError) return error;
  throw new Error(`expected a refusal, got ${error}`);
}

function failOnce(fs: FaultFs, call: FsCall, fault: Fault): void {
  let left = 1;
  fs.fault = (met) => {
    if (met !== call || left === 0) return null;
    left -= 1;
    return fault;
  };
}

const kinds = (alarms: readonly SpoolAlarm[]) => alarms.map((alarm) => alarm.kind);

describe.each(['ENOSPC', 'EIO', 'short'] as const)('a write that fails with %s', (fault) => {
  it('refuses the group, cuts back and goes on in the same segment (I-81)', async () => {
    const fs = newFs();
    const { spool, alarms } = await openSpool(fs);
    const before = await append(spool, 'before');
    failOnce(fs, 'write', fault);
    const refused = await Promise.all(
      ['a', 'b'].map((text) => refusal(append(spool, text.repeat(700)))),
    );
    expect(refused.map((e) => [e.code, e.retryAfterS])).toEqual([
      ['ingest_unavailable', 2],
      ['ingest_unavailable', 2],
    ]);
    expect(spool.durableEnd).toEqual(before.end);
    const after = await append(spool, 'after');
    expect(after.start).toEqual(before.end);
    expect(await readTexts(spool)).toEqual(['before', 'after']);
    expect(kinds(alarms)).toEqual(['write_failed']);
    // The numbers of what was refused are not given again.
    expect([before.firstSeq, after.firstSeq]).toEqual([1, 4]);
  });

  it('goes on in a new segment where it cannot be cut back', async () => {
    const fs = newFs();
    const { spool, alarms } = await openSpool(fs);
    const before = await append(spool, 'before');
    let writes = 1;
    fs.fault = (call) => {
      if (call === 'write' && writes > 0) {
        writes -= 1;
        return fault;
      }
      return call === 'truncate' ? 'EIO' : null;
    };
    await refusal(append(spool, 'lost'.repeat(50)));
    const after = await append(spool, 'after');
    expect(after.start.segment).toBeGreaterThan(before.start.segment);
    expect(kinds(alarms)).toEqual(['write_failed', 'cut_failed', 'segment_abandoned']);
    await spool.close();
    fs.kill();
    const again = await openSpool(fs);
    expect(await readTexts(again.spool)).toEqual(['before', 'after']);
    expect(again.alarms).toEqual([]);
  });
});

describe('a sync that fails', () => {
  it('ends the segment: nothing is acknowledged from it any more (I-81)', async () => {
    const fs = newFs();
    const { spool, alarms } = await openSpool(fs);
    const before = await append(spool, 'before');
    failOnce(fs, 'datasync', 'EIO');
    expect((await refusal(append(spool, 'lost'))).code).toBe('ingest_unavailable');
    const after = await append(spool, 'after');
    expect(after.start.segment).toBe(before.start.segment + 1);
    expect(await readTexts(spool)).toEqual(['before', 'after']);
    expect(kinds(alarms)).toEqual(['sync_failed', 'segment_abandoned']);
    fs.crash();
    const again = await openSpool(fs);
    expect(await readTexts(again.spool)).toEqual(['before', 'after']);
    expect(again.spool.counts.damagedRanges).toBe(0);
  });

  it.each(['sync', 'syncDir', 'open'] as const)(
    'of a new segment (%s) refuses the group, and the next makes another',
    async (call) => {
      const fs = newFs();
      const { spool, alarms } = await openSpool(fs);
      failOnce(fs, call, 'EIO');
      expect((await refusal(append(spool, 'lost'))).code).toBe('ingest_unavailable');
      await append(spool, 'after');
      expect(await readTexts(spool)).toEqual(['after']);
      expect(kinds(alarms)).toEqual(['create_failed']);
    },
  );
});

describe('space', () => {
  it('refuses while the disk is full, stays up, and accepts as soon as there is room (I-81)', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs);
    await append(spool, 'before');
    fs.fault = (call) => (call === 'write' || call === 'open' ? 'ENOSPC' : null);
    for (let i = 0; i < 50; i += 1) {
      expect((await refusal(append(spool, 'x'.repeat(300)))).code).toBe('ingest_unavailable');
    }
    fs.fault = () => null;
    await append(spool, 'after');
    expect(await readTexts(spool)).toEqual(['before', 'after']);
  });

  it('keeps the reserve free: nothing is written below it', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, { reserveBytes: 10_000 });
    fs.free = 10_000 + 48 + 64 + 100;
    const refused = await refusal(append(spool, 'x'.repeat(101)));
    expect([refused.code, refused.retryAfterS]).toEqual(['ingest_unavailable', 10]);
    expect(fs.calls.get('write')).toBe(1);
    await append(spool, 'x'.repeat(100));
    fs.fault = (call) => (call === 'freeBytes' ? 'EIO' : null);
    expect((await refusal(append(spool, 'y'))).code).toBe('ingest_unavailable');
    expect((await refusal(append(spool, 'y'))).retryAfterS).toBe(2);
  });

  it('is asked for again after 4 MiB: what others took meanwhile is seen', async () => {
    const fs = newFs();
    const size = 1_000_000;
    const { spool } = await openSpool(fs, { segmentBytesMax: 2 ** 24, bytesMax: 2 ** 26 });
    fs.free = 2 ** 30;
    await append(spool, 'x'.repeat(size));
    fs.free = 0;
    let accepted = 1;
    for (; accepted < 20; accepted += 1) {
      if ((await append(spool, 'x'.repeat(size)).catch(() => null)) === null) break;
    }
    expect(accepted).toBe(5);
  });

  it('keeps the whole spool below its size, and goes on once it is released (I-81)', async () => {
    const fs = newFs();
    const { spool } = await openSpool(fs, { bytesMax: 8_000 });
    const text = 'x'.repeat(952);
    let accepted = 0;
    while (accepted < 100) {
      try {
        await append(spool, text);
        accepted += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ingest_unavailable', retryAfterS: 10 });
        break;
      }
    }
    expect(accepted).toBe(7);
    expect(spool.bytes).toBeLessThanOrEqual(8_000);
    const page = await spool.read(spool.firstPosition, 100_000);
    await spool.release(page.next);
    await append(spool, text);
    expect(await readTexts(spool)).toHaveLength(2);
  });
});

describe('an input or output error at each call in turn', () => {
  it.each([1, 2, 3, 4])('loses nothing of life %i', async (life) => {
    const { calls, faults } = await sweepFault(life * 7_000, 'EIO');
    expect(faults).toEqual([]);
    expect(calls).toBeGreaterThan(20);
  });

  it('is over with it: what is sent again is accepted', async () => {
    for (let at = 0; ; at += 1) {
      const fs = newFs();
      const { spool } = await openSpool(fs, { segmentBytesMax: 400 });
      let met = false;
      const first = fs.callIndex;
      fs.fault = (_, index) => {
        if (index !== first + at) return null;
        met = true;
        return 'EIO';
      };
      const sent = ['a', 'b', 'c', 'd'].map((text) => text.repeat(150));
      for (const text of sent) await append(spool, text).catch(() => append(spool, text));
      fs.fault = () => null;
      expect(await readTexts(spool)).toEqual(sent);
      if (!met) return;
    }
  });
});
