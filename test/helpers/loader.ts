import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Loader } from '../../ingest/loader.ts';
import { SpoolCursor } from '../../ingest/spool/cursor.ts';
import { openNodeFs } from '../../ingest/spool/nodeFs.ts';
import { Spool } from '../../ingest/spool/spool.ts';
import type { SpoolFs } from '../../ingest/spool/spoolFs.ts';
import type { PendingBatch, SpooledBatch } from '../../ingest/spoolBatch.ts';
import { SpoolWriter } from '../../ingest/spoolWriter.ts';
import { EventWriter, type RangeWriter } from '../../ingest/writer.ts';
import { lastStored } from '../../store/events.ts';
import { countApril } from './countWindows.ts';
import { type Faults, rowsOf, useDatabase, withFaults } from './database.ts';
import { useFolder } from './folder.ts';
import { at } from './world.ts';

/** When all of `eventsOf` was received, and the clock of a loader at first. */
export const NOW = at('2023-05-01');

/** The real writer, which may be held or fail before it is asked. */
class Gate implements RangeWriter {
  readonly #writer: EventWriter;
  #open: Promise<void> = Promise.resolve();
  failures = 0;
  readonly written: string[] = [];

  constructor(writer: EventWriter) {
    this.#writer = writer;
  }

  /** @returns what lets it go on */
  hold(): () => void {
    let letGo = () => {};
    this.#open = new Promise((resolve) => {
      letGo = resolve;
    });
    return letGo;
  }

  reconcile(): Promise<void> {
    return this.#writer.reconcile();
  }

  async writeRange(range: readonly SpooledBatch[]): Promise<void> {
    for (const { batch } of range) this.written.push(batch.batchId);
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store is away');
    }
    await this.#open;
    await this.#writer.writeRange(range);
  }
}

export interface Start {
  readonly segmentBytesMax?: number;
  readonly faults?: Faults;
  readonly held?: boolean;
  /** While it says so, no file of the spool can be deleted. */
  readonly keepsFiles?: () => boolean;
}

/** A real spool on disk, the loader behind it, and the real store on the embedded engine. */
export function useLoader() {
  const test = useDatabase();
  const folder = useFolder();

  async function started(name: string, options: Start = {}) {
    const dir = join(folder.path, name);
    const disk = await openNodeFs();
    const fs = { ...disk, remove: refusing(options.keepsFiles ?? (() => false), disk) };
    const { seq: storedSeqMax } = await lastStored(test.db);
    const alarms: unknown[] = [];
    const onAlarm = (alarm: unknown) => alarms.push(alarm);
    const cursor = await SpoolCursor.open(dir, fs, onAlarm);
    const spool = await Spool.open({
      dir,
      fs,
      cursor: cursor.position,
      firstSeqAtLeast: storedSeqMax + 1,
      bytesMax: 2 ** 30,
      segmentBytesMax: options.segmentBytesMax ?? 2 ** 26,
      reserveBytes: 0,
      gather: null,
      onAlarm,
    });
    const { faults } = options;
    const db = faults === undefined ? test.db : withFaults(test.db, faults.faultOf);
    const store = new Gate(
      await EventWriter.open(db, {
        storedSeqMax,
        spoolLacks: spool.mayLack,
      }),
    );
    const letGo = options.held ? store.hold() : () => {};
    const clock = { nowMs: NOW };
    const failures: number[] = [];
    const loader = Loader.start({
      store,
      spool,
      cursor,
      clock: () => clock.nowMs,
      onRetry: (_error, n) => failures.push(n),
    });
    const writer = new SpoolWriter(spool, loader);
    onTestFinished(async () => {
      letGo();
      await close();
    });
    const close = async () => {
      await loader.close();
      await spool.close();
    };
    const send = (pending: PendingBatch) => writer.write(pending);
    return { dir, spool, cursor, store, clock, loader, failures, alarms, send, close, letGo };
  }

  async function storedIds(name: string): Promise<string[]> {
    const rows = await rowsOf<{ event_id: string }>(
      test.db,
      `SELECT event_id FROM events_v1 WHERE solution_id = '${name}' ORDER BY seq`,
    );
    return rows.map((row) => row.event_id);
  }

  const counted = (solutionId: string) => countApril(test.db, solutionId);
  return { test, folder, started, storedIds, counted };
}

function refusing(isRefused: () => boolean, disk: SpoolFs): SpoolFs['remove'] {
  return async (path) => {
    if (path.endsWith('.spool') && isRefused()) throw new Error('EACCES');
    await disk.remove(path);
  };
}

/** So many events of a solution of the same name, from a number on. */
export function eventsOf(name: string, from: number, n: number) {
  return Array.from({ length: n }, (_, i) => ({
    solutionId: name,
    eventId: `${name}-${from + i}`,
    content: BigInt(from + i),
    receivedAtMs: NOW,
  }));
}

export function until(condition: () => boolean): Promise<void> {
  return expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
}
