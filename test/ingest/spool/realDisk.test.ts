import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpoolCursor } from '../../../ingest/spool/cursor.ts';
import { SpoolLocked } from '../../../ingest/spool/dirLock.ts';
import { openNodeFs } from '../../../ingest/spool/nodeFs.ts';
import { eventually } from '../../helpers/process.ts';
import { FaultFs } from '../../helpers/spoolFs.ts';
import { openSpool, readAll, readTexts, SPOOL_DIR } from '../../helpers/spoolFsOpen.ts';
import { seededRandom } from '../../helpers/spoolFsRandom.ts';

/** Numbers that a process has printed before it is killed. */
const PRINTED_MIN = 25;
const SCRIPT = fileURLToPath(new URL('appendForever.ts', import.meta.url));

let parent = '';
let dir = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'flowproof-spool-'));
  dir = join(parent, 'deep', 'spool');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const spoolFiles = async () => (await readdir(dir)).filter((n) => n.endsWith('.spool'));

describe('on a real disk', () => {
  it('appends, reads, is opened anew, and releases', async () => {
    const fs = await openNodeFs();
    const { spool } = await openSpool(fs, { dir });
    const texts = Array.from({ length: 40 }, (_, i) => `${i} `.repeat(200));
    const receipts = await Promise.all(texts.map((t) => spool.append(() => Buffer.from(t), 2)));
    expect(await readTexts(spool)).toEqual(texts);
    await spool.close();

    const cursor = await SpoolCursor.open(dir, fs, () => {});
    const again = await openSpool(fs, { dir, cursor: cursor.position });
    expect(await readTexts(again.spool)).toEqual(texts);
    const after = await again.spool.append(() => Buffer.from('after'), 1);
    expect(after.firstSeq).toBe(81);
    const page = await again.spool.read(again.spool.firstPosition, 10_000);
    await cursor.save(page.next);
    const before = (await spoolFiles()).length;
    await again.spool.release(page.next);
    expect((await spoolFiles()).length).toBeLessThan(before);
    const left = [...texts.slice(page.records.length), 'after'];
    expect(await readTexts(again.spool, page.next)).toEqual(left);
    expect(again.alarms).toEqual([]);
    await again.spool.close();
    expect((await SpoolCursor.open(dir, fs, () => {})).position).toEqual(page.next);
    expect(receipts.map((r) => r.firstSeq)).toEqual(texts.map((_, i) => 1 + 2 * i));
    expect((await readdir(dir)).filter((n) => n.startsWith('lock'))).toEqual([]);
  });

  it('has every number that a killed process had printed, five times over (I-80)', async () => {
    const fs = await openNodeFs();
    const limits = { segmentBytesMax: 2 ** 20, bytesMax: 2 ** 30 };
    const printed: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const child = await startChild((round + 1) * 1_000_000);
      // The lock of a living process holds; that of a killed one does not.
      await expect(openSpool(fs, { dir, ...limits })).rejects.toThrow(SpoolLocked);
      await expect(openSpool(fs, { dir, ...limits })).rejects.toMatchObject({
        pid: child.process.pid,
      });
      expect(await eventually(() => child.lines().length >= PRINTED_MIN, 10_000)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 30 * round));
      printed.push(...(await killed(child)));
      const { spool, alarms } = await openSpool(fs, { dir, ...limits });
      const numbers = (await readAll(spool, spool.firstPosition, 2 ** 20)).map((r) => {
        const text = r.payload.toString();
        const number = Number(text.split(' ', 1)[0]);
        expect(text).toBe(`${number} ${'payload '.repeat(number % 500)}`);
        return number;
      });
      expect(new Set(numbers).size).toBe(numbers.length);
      const found = new Set(numbers);
      expect(printed.filter((number) => !found.has(number))).toEqual([]);
      expect(alarms.filter((alarm) => alarm.kind !== 'torn')).toEqual([]);
      await spool.close();
    }
    expect(printed.length).toBeGreaterThanOrEqual(5 * PRINTED_MIN);
  }, 60_000);
});

describe('the lock', () => {
  it('refuses a second spool in the same process until the first is closed (I-84)', async () => {
    const fs = await openNodeFs();
    const { spool } = await openSpool(fs, { dir });
    await expect(openSpool(fs, { dir })).rejects.toThrow(SpoolLocked);
    await expect(openSpool(await openNodeFs(), { dir })).rejects.toMatchObject({
      pid: process.pid,
    });
    await spool.append(() => Buffer.from('still mine'), 1);
    await spool.close();
    const again = await openSpool(fs, { dir });
    await again.spool.close();
  });

  it('takes over from a process of the same number that started at another time', async () => {
    const fs = await openNodeFs();
    await fs.mkdir(dir);
    await writeFile(join(dir, 'lock.3'), `${process.pid} another-boot:1\n`);
    await writeFile(join(dir, 'lock.2'), `${process.pid} ${fs.self.startedAt}\n`);
    const { spool } = await openSpool(fs, { dir });
    expect((await readdir(dir)).filter((n) => n.startsWith('lock'))).toEqual(['lock.4']);
    await spool.close();
  });

  it('goes to one of many that come at once to a stale one (I-84)', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const fs = new FaultFs(seededRandom(seed));
      await openSpool(fs);
      fs.kill();
      const comers = await Promise.allSettled(Array.from({ length: 6 }, () => openSpool(fs)));
      expect(comers.filter((c) => c.status === 'fulfilled')).toHaveLength(1);
      const names = [...fs.snapshot(SPOOL_DIR).keys()];
      expect(names.filter((name) => name.startsWith('lock'))).toHaveLength(1);
    }
  });
});

interface Child {
  readonly process: ChildProcess;
  readonly lines: () => string[];
}

async function startChild(first: number): Promise<Child> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, dir, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (piece: string) => (text += piece));
  while (!text.includes('\n')) {
    if (child.exitCode !== null) throw new Error('the child ended by itself');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // What follows the last line break was cut off by the kill.
  return { process: child, lines: () => text.split('\n').slice(0, -1) };
}

async function killed(child: Child): Promise<number[]> {
  const closed = once(child.process, 'close');
  child.process.kill('SIGKILL');
  await closed;
  return child.lines().slice(1).map(Number);
}
