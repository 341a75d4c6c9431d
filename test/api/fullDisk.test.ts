import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { createServer } from '../../api/server.ts';
import { registryEntrySchema } from '../../core/entries.ts';
import { Loader } from '../../ingest/loader.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { Receiver } from '../../ingest/receiver.ts';
import { SpoolCursor } from '../../ingest/spool/cursor.ts';
import type { Spool } from '../../ingest/spool/spool.ts';
import { SpoolWriter } from '../../ingest/spoolWriter.ts';
import { TURN_LIMITS, Turns } from '../../ingest/turns.ts';
import { FaultFs, type FsCall } from '../helpers/spoolFs.ts';
import { openSpool, SPOOL_DIR } from '../helpers/spoolFsOpen.ts';
import { seededRandom } from '../helpers/spoolFsRandom.ts';
import { timesOf } from '../helpers/storedEvents.ts';
import { at, registryOf, solutionEntries } from '../helpers/world.ts';

/**
 * A disk that refuses writes though it says that there is room, as quotas, thin volumes and reserved
 * blocks do. Routes, receiver, spool and loader are the real ones; the store takes everything.
 */

const NOW = at('2023-05-01');
const registry = registryOf([
  ...solutionEntries('a'),
  registryEntrySchema.parse({ kind: 'sme', id: '12345675', body: { name: 'F' } }),
]);

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

interface Started {
  readonly url: string;
  readonly spool: Spool;
  /** Ids of the batches that reached the store, in order. */
  readonly loaded: string[];
  /** Everything that is durable now is in the store. */
  readonly settled: () => Promise<void>;
}

async function start(fs: FaultFs): Promise<Started> {
  const cursor = await SpoolCursor.open(SPOOL_DIR, fs, () => undefined);
  const size = { segmentBytesMax: 2 ** 20, bytesMax: 2 ** 24, cursor: cursor.position };
  const { spool } = await openSpool(fs, size);
  const loaded: string[] = [];
  const store = {
    reconcile: async () => undefined,
    writeRange: async (range: readonly { readonly batch: { readonly batchId: string } }[]) => {
      for (const { batch } of range) loaded.push(batch.batchId);
    },
  };
  const loader = Loader.start({
    store,
    spool,
    cursor,
    clock: () => NOW,
    onRetry: () => undefined,
  });
  let batches = 0;
  const ingest = new Receiver({
    registry,
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 7)),
    writer: new SpoolWriter(spool, loader),
    turns: new Turns(TURN_LIMITS),
    quota: null,
    receivedTimes: timesOf(() => NOW),
    newBatchId: () => {
      batches += 1;
      return `batch-${batches}`;
    },
  });
  const server = await serverOf(ingest);
  ends.push(
    () => spool.close(),
    () => loader.close(),
    () => server.close(),
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, spool, loaded, settled: () => loader.settled() };
}

function serverOf(ingest: Receiver): Promise<FastifyInstance> {
  const owner = { keyId: 'k', role: 'vendor', vendorId: 'v-a', smeId: null };
  const deps = {
    clock: () => NOW,
    simulated: false,
    random: { id: () => 'id', secret: () => '' },
    keys: { ownerOf: () => owner },
    ingest,
    ready: async () => undefined,
    logger: pino({ level: 'silent' }),
  } as unknown as ApiDependencies;
  return createServer(deps, new Set(['ingest']));
}

let ids = 0;
/** A batch of so many events with ids of its own. */
function batchOf(count: number): string {
  const events = Array.from({ length: count }, () => {
    ids += 1;
    return {
      id: `full-${ids}`,
      solutionId: 's-a',
      smeId: '12345675',
      actorId: 'u',
      action: 'create',
      occurredAt: '2023-04-20T10:00:00+08:00',
    };
  });
  return JSON.stringify(events);
}

async function post(url: string, body: string) {
  const headers = { authorization: 'Bearer key', 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body });
  const said = (await answer.json()) as { readonly batchId?: string; readonly code?: string };
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), ...said };
}

/** Bytes that the files of the spool have on the disk. */
function fileBytes(fs: FaultFs): number {
  const files = [...fs.snapshot(SPOOL_DIR)].filter(([name]) => name.endsWith('.spool'));
  return files.reduce((sum, [, content]) => sum + content.length, 0);
}

describe('a disk that is full though it says that it has room', () => {
  it.each<[string, readonly FsCall[]]>([
    ['for content', ['write']],
    ['for content and new files', ['write', 'open']],
    ['for content, and cuts no file back', ['write', 'truncate']],
  ])(
    '%s has events refused with Retry-After, keeps what it acknowledged, and goes on by itself (I-81)',
    async (_name, refused) => {
      const fs = new FaultFs(seededRandom(3));
      const { url, spool, loaded, settled } = await start(fs);
      const acknowledged: (string | undefined)[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (let i = 0; i < 3; i += 1) {
          const answer = await post(url, batchOf(20));
          expect(answer.status).toBe(200);
          acknowledged.push(answer.batchId);
        }
        await settled();
        const [end, bytes] = [spool.durableEnd, fileBytes(fs)];
        fs.fault = (call) => (refused.includes(call) ? 'ENOSPC' : null);
        const waiting = Array.from({ length: 8 }, () => batchOf(50));
        for (let again = 0; again < 2; again += 1) {
          for (const answer of await Promise.all(waiting.map((body) => post(url, body)))) {
            expect(answer).toMatchObject({ status: 503, code: 'ingest_unavailable' });
            expect(Number(answer.retryAfter)).toBeGreaterThan(0);
          }
          expect(spool.durableEnd).toEqual(end);
        }
        // Where it can be cut, nothing of what was refused takes room on the full disk.
        if (!refused.includes('truncate')) expect(fileBytes(fs)).toBe(bytes);
        fs.fault = () => null;
        for (const body of waiting) {
          const answer = await post(url, body);
          expect(answer).toMatchObject({ status: 200, accepted: 50, rejected: [] });
          acknowledged.push(answer.batchId);
        }
      }
      await settled();
      expect([...new Set(loaded)]).toEqual(acknowledged);
    },
  );

  it('and loses its power has every batch acknowledged before, and no other (I-81)', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const fs = new FaultFs(seededRandom(seed));
      const first = await openSpool(fs, { segmentBytesMax: 2 ** 16, bytesMax: 2 ** 20 });
      const append = (text: string) => first.spool.append(() => Buffer.from(text.repeat(200)), 1);
      await append('a');
      await append('b');
      fs.fault = (call) => (call === 'write' ? 'ENOSPC' : null);
      for (const text of ['c', 'd']) {
        await expect(append(text)).rejects.toMatchObject({ code: 'ingest_unavailable' });
      }
      if (seed % 2 === 0) {
        fs.fault = () => null;
        await append('e');
      }
      fs.crash();
      const { spool } = await openSpool(fs, { segmentBytesMax: 2 ** 16, bytesMax: 2 ** 20 });
      const page = await spool.read(spool.firstPosition, 2 ** 20);
      const texts = page.records.map((record) => record.payload.toString().slice(0, 1));
      expect(texts).toEqual(seed % 2 === 0 ? ['a', 'b', 'e'] : ['a', 'b']);
      await spool.close();
    }
  });
});
