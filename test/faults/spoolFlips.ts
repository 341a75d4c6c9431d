import type { SpoolAlarm } from '../../ingest/spool/alarm.ts';
import type { SpoolReceipt, SpoolRecord } from '../../ingest/spool/position.ts';
import { FaultFs } from '../helpers/spoolFs.ts';
import { openSpool, readAll, SPOOL_DIR } from '../helpers/spoolFsOpen.ts';
import { below, bytesOf, type Random, seededRandom } from '../helpers/spoolFsRandom.ts';

/** Files of a spool as they lie on the disk, and what was acknowledged of them. */
export interface Image {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly written: readonly Written[];
}

interface Written {
  readonly payload: Buffer;
  readonly receipt: SpoolReceipt;
}

export interface Flip {
  readonly segment: number;
  readonly offset: number;
}

interface Flipped {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly flips: readonly Flip[];
}

/** Several segments of groups, one of them abandoned with a refused tail that could not be cut. */
export async function makeImage(seed: number, closed: boolean): Promise<Image> {
  const random = seededRandom(seed);
  const fs = new FaultFs(random);
  const { spool } = await openSpool(fs);
  const written: Written[] = [];
  for (let turn = 0; turn < 24; turn += 1) {
    const payloads = Array.from({ length: 1 + below(random, 4) }, () =>
      bytesOf(random, below(random, 500)),
    );
    if (turn === 12) fs.fault = (c) => (c === 'datasync' || c === 'truncate' ? 'EIO' : null);
    const answers = await Promise.allSettled(payloads.map((p) => spool.append(() => p, 2)));
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

/** A copy with so many bits changed, each anywhere in the files. */
export function flipped(image: Pick<Image, 'files'>, count: number, random: Random): Flipped {
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

/** Whether the bytes of a record hold the flip. */
export function touches({ start, end }: Pick<SpoolReceipt, 'start' | 'end'>, flip: Flip): boolean {
  const { segment, offset } = flip;
  return segment === start.segment && offset >= start.offset && offset < end.offset;
}

export const keyOf = (r: SpoolRecord | SpoolReceipt) => `${r.start.segment}:${r.start.offset}`;

/**
 * Opens the image with so many bits flipped and holds it against what is known of it: what was hit
 * is told and not accepted, nothing else is lost, and what is appended after is read back.
 * @returns how many records were hit, and what is wrong
 */
export async function flipAndOpen(
  image: Image,
  count: number,
  random: Random,
): Promise<{ readonly hit: number; readonly faults: readonly string[] }> {
  const { files, flips } = flipped(image, count, random);
  const fs = FaultFs.holding(random, SPOOL_DIR, files);
  const { spool, alarms } = await openSpool(fs);
  const found = new Map((await readAll(spool)).map((record) => [keyOf(record), record]));
  const faults: string[] = [];
  let hit = 0;
  for (const { payload, receipt } of image.written) {
    const flip = flips.find((f) => touches(receipt, f));
    const place = keyOf(receipt);
    const record = found.get(place);
    found.delete(place);
    if (flip === undefined) {
      if (record?.payload.equals(payload) !== true) faults.push(`${place} is not whole`);
    } else {
      hit += 1;
      if (record !== undefined) faults.push(`${place} was accepted with a wrong bit`);
      if (!alarms.some((alarm) => covers(alarm, flip))) faults.push(`${place} was not told`);
    }
  }
  // Only the refused group may show besides, where the header that says so was hit; never damaged.
  if (flips.every((f) => f.offset >= 64) && found.size > 0) faults.push('records out of nothing');
  const { damagedRanges, tornRanges } = spool.counts;
  if (hit > 0 && damagedRanges + tornRanges === 0) faults.push('nothing was counted');
  await spool.append(() => Buffer.from('after'), 1);
  const last = (await readAll(spool)).at(-1)?.payload.toString();
  if (last !== 'after') faults.push('what was appended after is not read');
  if (faults.length > 0) faults.push(JSON.stringify({ flips, alarms }));
  return { hit, faults };
}

function covers(alarm: SpoolAlarm, { segment, offset }: Flip): boolean {
  if (alarm.kind !== 'damaged' && alarm.kind !== 'torn') return false;
  return segment === alarm.segment && offset >= alarm.start && offset < alarm.endExclusive;
}
