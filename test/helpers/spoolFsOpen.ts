import type { SpoolAlarm } from '../../ingest/spool/alarm.ts';
import { LOG_START, type SpoolPosition, type SpoolRecord } from '../../ingest/spool/position.ts';
import { Spool, type SpoolOptions } from '../../ingest/spool/spool.ts';
import type { SpoolFs } from '../../ingest/spool/spoolFs.ts';

export const SPOOL_DIR = '/spool';

export interface OpenedSpool {
  readonly spool: Spool;
  /** In the order told. */
  readonly alarms: SpoolAlarm[];
}

/** A spool with small segments, and whatever the test asks otherwise. */
export async function openSpool(
  fs: SpoolFs,
  options: Partial<SpoolOptions> = {},
): Promise<OpenedSpool> {
  const alarms: SpoolAlarm[] = [];
  const limits = { bytesMax: 2 ** 24, segmentBytesMax: 4_000, reserveBytes: 0, gather: null };
  const spool = await Spool.open({
    ...{ dir: SPOOL_DIR, fs, firstSeqAtLeast: 1, cursor: null, ...limits },
    onAlarm: (alarm) => alarms.push(alarm),
    ...options,
  });
  return { spool, alarms };
}

/** All records from there to the durable end, page by page. */
export async function readAll(
  spool: Spool,
  from: SpoolPosition = LOG_START,
  pageBytes = 1_000,
): Promise<SpoolRecord[]> {
  const records: SpoolRecord[] = [];
  let next = from;
  for (;;) {
    const page = await spool.read(next, pageBytes);
    if (page.records.length === 0) return records;
    records.push(...page.records);
    next = page.next;
  }
}

export async function readTexts(spool: Spool, from: SpoolPosition = LOG_START): Promise<string[]> {
  return (await readAll(spool, from)).map((record) => record.payload.toString('latin1'));
}
