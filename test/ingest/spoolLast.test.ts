import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNodeFs } from '../../ingest/spool/nodeFs.ts';
import { Spool } from '../../ingest/spool/spool.ts';
import { encodeBatch, receivedAtOf } from '../../ingest/spoolBatch.ts';
import { useFolder } from '../helpers/folder.ts';
import { offer } from '../helpers/offers.ts';

const folder = useFolder();

async function opened(name: string): Promise<Spool> {
  return Spool.open({
    dir: join(folder.path, name),
    fs: await openNodeFs(),
    cursor: null,
    firstSeqAtLeast: 1,
    bytesMax: 2 ** 30,
    segmentBytesMax: 2_048,
    reserveBytes: 0,
    gather: null,
    onAlarm: () => {},
  });
}

async function lastReceived(spool: Spool): Promise<number | null> {
  const last = await spool.readLast();
  return last === null ? null : receivedAtOf(last);
}

const append = (spool: Spool, receivedAtMs: number) => {
  const pending = offer([{ receivedAtMs }, {}]);
  return spool.append((seq) => encodeBatch(pending, seq), pending.rows.length);
};

describe('the last batch of a spool that is opened again', () => {
  it('says when it was received: the times of receipt go on from there (I-92)', async () => {
    const first = await opened('again');
    for (let i = 1; i <= 20; i += 1) await append(first, 1_700_000_000_000 + i);
    expect(await lastReceived(first)).toBeNull();
    await first.close();
    const second = await opened('again');
    expect(await lastReceived(second)).toBe(1_700_000_000_020);
    await append(second, 1_700_000_000_021);
    await second.close();
    const third = await opened('again');
    expect(await lastReceived(third)).toBe(1_700_000_000_021);
    await third.close();
  });

  it('is none where the spool is new or was removed', async () => {
    const first = await opened('none');
    await append(first, 1_700_000_000_000);
    await first.close();
    await rm(join(folder.path, 'none'), { recursive: true });
    const second = await opened('none');
    expect(await lastReceived(second)).toBeNull();
    await second.close();
  });
});
