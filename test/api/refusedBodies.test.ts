import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { BODIES_BYTES_MAX, BODY_BYTES_MAX } from '../../core/limits.ts';
import { eventOf, type Seed, seed } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { riseMiBOf, settledMemory } from '../helpers/memory.ts';
import { type ServeProcess, startServe } from '../helpers/process.ts';
import { RawConnection } from '../helpers/rawConnection.ts';

/** Bodies in chunks that a real server refuses, and what becomes of their connection. */

const MIB = 1024 * 1024;
const BODY_MIB = 48;
/** Of four bodies at once, two at most could be held; what is sent in all is four times as much. */
const RISE_MIB_MAX = 96;
const LANES = 4;

const folder = useFolder();
let server: ServeProcess;
let seeded: Seed;
beforeAll(async () => {
  server = await startServe(folder.path);
  seeded = await seed(server, 'refused');
  for (let i = 0; i < 20; i += 1) await takenOn(opened());
  await settledMemory(server.pid);
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
});

function opened(): RawConnection {
  return new RawConnection(server.admin.url);
}

const headersOf = (key: string | null) => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/x-ndjson',
});

/** Sends a body on a connection; the second half when its answer has come. */
async function refusedOn(connection: RawConnection, key: string | null, bytes: number) {
  const half = Buffer.alloc(bytes / 2, 'a');
  await connection.begin('/v1/events', headersOf(key));
  await connection.body(half);
  const answer = await connection.answer();
  await connection.body(half);
  await connection.end();
  return answer;
}

let ids = 0;
/** Sends events that must be taken. */
async function takenOn(connection: RawConnection): Promise<void> {
  const lines = Array.from({ length: 100 }, () => {
    ids += 1;
    const event = eventOf(seeded, { id: `r-${ids}`, occurredAt: new Date().toISOString() });
    return `${JSON.stringify(event)}\n`;
  });
  await connection.begin('/v1/events', headersOf(seeded.vendor.key));
  await connection.body(Buffer.from(lines.join('')));
  await connection.end();
  const answer = await connection.answer();
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ received: 100, accepted: 100 });
}

/** Bodies of the vendor that have begun and do not end: as much as it may hold, less a little. */
async function holdRoom(): Promise<void> {
  const each = BODY_BYTES_MAX - 128 * 1024;
  const holders = Array.from({ length: Math.floor(BODIES_BYTES_MAX / 2 / each) }, opened);
  onTestFinished(() => {
    for (const holder of holders) holder.close();
  });
  for (const holder of holders) {
    await holder.begin('/v1/events', headersOf(seeded.vendor.key));
    await holder.body(Buffer.alloc(each, 'b'));
  }
}

describe('the connection of a chunked body that is refused', () => {
  const own = () => seeded.vendor.key;
  it.each<[string, () => string | null, number, string]>([
    ['as too large', own, 413, 'body_too_large'],
    ['for its key', () => 'no-key', 401, 'unauthenticated'],
    ['for its role', () => server.admin.key, 403, 'forbidden'],
  ])(
    '%s is usable after it, and the body is held nowhere (I-102)',
    {
      timeout: 120_000,
    },
    async (...row) => {
      const [, keyOf, status, code] = row;
      const rise = await riseMiBOf(server.pid, async () => {
        const lanes = Array.from({ length: LANES }, async () => {
          const connection = opened();
          for (let round = 0; round < 2; round += 1) {
            const answer = await refusedOn(connection, keyOf(), BODY_MIB * MIB);
            expect(answer.status).toBe(status);
            expect(JSON.parse(answer.body)).toMatchObject({ status, code });
            await takenOn(connection);
          }
          connection.close();
        });
        await Promise.all(lanes);
      });
      expect(rise).toBeLessThan(RISE_MIB_MAX);
    },
  );

  it('for want of room is usable after it, and told when to come back (I-102)', {
    timeout: 120_000,
  }, async () => {
    await holdRoom();
    const rise = await riseMiBOf(server.pid, async () => {
      const lanes = Array.from({ length: LANES }, async () => {
        const connection = opened();
        for (let round = 0; round < 2; round += 1) {
          // Within what a body may have: refused for the room alone.
          const answer = await refusedOn(connection, seeded.vendor.key, BODY_BYTES_MAX);
          expect(answer.status).toBe(503);
          expect(answer.headers['retry-after']).toBe('1');
          expect(JSON.parse(answer.body)).toMatchObject({ code: 'ingest_unavailable' });
        }
        return connection;
      });
      for (const connection of await Promise.all(lanes)) {
        await takenOn(connection);
        connection.close();
      }
    });
    expect(rise).toBeLessThan(RISE_MIB_MAX);
  });
});
