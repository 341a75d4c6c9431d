import { open, readdir, rm, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SEGMENT_HEADER_BYTES } from '../../ingest/spool/segment.ts';
import { Faults, numberOf } from '../helpers/database.ts';
import { eventsOf, until, useLoader } from '../helpers/loader.ts';
import { offer } from '../helpers/offers.ts';

const { test, started, counted } = useLoader();

/** So many that a file of the spool holds one batch and no second. */
const EVENTS = 60;
const SEGMENT = { segmentBytesMax: 2 ** 13 };

async function filesOf(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.spool')).toSorted();
  return names.map((name) => join(dir, name));
}

/** Turns over a byte of the last record, in front of the mark behind it. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const at = size - 100;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, at);
  } finally {
    await file.close();
  }
}

describe('a range that was stored in part when its process ended, and is gone from the spool', () => {
  const cursor = (file: string) => join(dirname(file), 'cursor');
  it.each<[string, string, number, (file: string) => Promise<void>]>([
    ['its record is damaged, the last', 'last', 0, damage],
    ['its record is damaged, another behind it', 'damaged', 1, damage],
    ['its record is cut off', 'cut', 0, (file) => truncate(file, SEGMENT_HEADER_BYTES)],
    ['its file is missing', 'missing', 1, (file) => rm(file)],
    [
      'its file and the cursor are missing',
      'cursor',
      1,
      (file) => Promise.all([rm(file), rm(cursor(file))]).then(() => undefined),
    ],
    ['the spool is missing', 'all', 0, (file) => rm(dirname(file), { recursive: true })],
  ])('is known when it is sent again: %s (I-79)', async (_, name, behind, lose) => {
    const faults = new Faults();
    const first = await started(name, { faults, ...SEGMENT });
    await first.send(offer(eventsOf(`${name}-before`, 0, EVENTS)));
    await first.loader.settled();
    faults.next('INSERT INTO event_ids_v1', Number.POSITIVE_INFINITY);
    await first.send(offer(eventsOf(name, 0, EVENTS)));
    await until(() => first.failures.length > 0);
    if (behind > 0) await first.send(offer(eventsOf(`${name}-behind`, 0, EVENTS)));
    await first.close();
    const known = `SELECT count() FROM event_ids_v1 WHERE match(event_id, '^${name}-[0-9]')`;
    expect([await counted(name), await numberOf(test.db, known)]).toEqual([EVENTS, 0]);
    await lose((await filesOf(first.dir)).at(-1 - behind) ?? '');

    const second = await started(name, SEGMENT);
    await second.loader.settled();
    expect(await counted(`${name}-behind`)).toBe(behind * EVENTS);
    await second.send(offer(eventsOf(name, 0, EVENTS)));
    await second.loader.settled();
    expect(await counted(name)).toBe(EVENTS);
  });

  it('is known while the process goes on, whatever it had screened before (I-79)', async () => {
    const faults = new Faults();
    const { dir, loader, failures, send } = await started('running', { faults, ...SEGMENT });
    await send(offer(eventsOf('running-before', 0, EVENTS)));
    await loader.settled();
    faults.next('INSERT INTO event_ids_v1', Number.POSITIVE_INFINITY);
    await send(offer(eventsOf('running', 0, EVENTS)));
    await until(() => failures.length > 0);
    await damage((await filesOf(dir)).at(-1) ?? '');
    faults.mend();
    await send(offer(eventsOf('running', 0, EVENTS)));
    await loader.settled();
    expect(await counted('running')).toBe(EVENTS);
  });
});
