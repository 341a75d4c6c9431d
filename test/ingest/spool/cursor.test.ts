import { describe, expect, it } from 'vitest';
import type { SpoolAlarm } from '../../../ingest/spool/alarm.ts';
import { SpoolCursor } from '../../../ingest/spool/cursor.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

async function openCursor(fs: FaultFs) {
  const alarms: SpoolAlarm[] = [];
  const cursor = await SpoolCursor.open(SPOOL_DIR, fs, (alarm) => alarms.push(alarm));
  return { cursor, alarms };
}

describe('the cursor', () => {
  it('begins with nothing, and keeps the last position saved over a power loss', async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const fs = new FaultFs(seededRandom(seed));
      const { cursor } = await openCursor(fs);
      expect(cursor.position).toBeNull();
      await Promise.all([
        cursor.save({ segment: 1, offset: 64 }),
        cursor.save({ segment: 4_294_967_295, offset: 2_147_483_647 }),
      ]);
      fs.crash();
      const again = await openCursor(fs);
      expect(again.cursor.position).toEqual({ segment: 4_294_967_295, offset: 2_147_483_647 });
    }
  });

  it('has the position before or the one after, whichever call the power fails', async () => {
    for (let at = 0; ; at += 1) {
      const fs = new FaultFs(seededRandom(at));
      const { cursor } = await openCursor(fs);
      await cursor.save({ segment: 1, offset: 100 });
      const first = fs.callIndex;
      fs.fault = (_, index) => (index === first + at ? 'power' : null);
      const saved = await cursor.save({ segment: 2, offset: 200 }).then(
        () => true,
        () => false,
      );
      fs.crash();
      const { cursor: again, alarms } = await openCursor(fs);
      expect(alarms).toEqual([]);
      expect(saved ? [2] : [1, 2]).toContain(again.position?.segment);
      if (saved) return;
    }
  });

  it('with any bit changed is told, and taken for none', async () => {
    const fs = new FaultFs(seededRandom(1));
    await (await openCursor(fs)).cursor.save({ segment: 12, offset: 3_456 });
    const line = fs.snapshot(SPOOL_DIR).get('cursor') ?? Buffer.alloc(0);
    expect(line.toString()).toMatch(/^12 3456 [0-9a-f]{8}\n$/);
    for (let bit = 0; bit < line.length * 8; bit += 1) {
      const bytes = Buffer.from(line);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const damaged = FaultFs.holding(seededRandom(1), SPOOL_DIR, new Map([['cursor', bytes]]));
      const { cursor, alarms } = await openCursor(damaged);
      expect(cursor.position).toBeNull();
      expect(alarms).toEqual([{ kind: 'cursor_damaged' }]);
    }
  });

  it('that the disk refuses to read, again and again, is told, and taken for none', async () => {
    const fs = new FaultFs(seededRandom(1));
    await (await openCursor(fs)).cursor.save({ segment: 1, offset: 64 });
    fs.fault = (call) => (call === 'read' ? 'EIO' : null);
    const { cursor, alarms } = await openCursor(fs);
    expect(cursor.position).toBeNull();
    expect(alarms).toEqual([{ kind: 'cursor_damaged' }]);
    fs.fault = (call) => (call === 'open' ? 'EIO' : null);
    await expect(openCursor(fs)).rejects.toThrow('EIO');
  });
});
