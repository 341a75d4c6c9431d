import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { registryEntrySchema } from '../../core/entries.ts';
import type { IngestRequest } from '../../core/ports.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { Quota } from '../../ingest/quota.ts';
import { Receiver } from '../../ingest/receiver.ts';
import { TURN_LIMITS, Turns } from '../../ingest/turns.ts';
import { EventWriter } from '../../ingest/writer.ts';
import type { Database } from '../../store/clickhouse.ts';
import { findIdentities, lastStored } from '../../store/events.ts';
import { listRejects } from '../../store/rejects.ts';
import { Faults, numberOf, rowsOf, useDatabase, withFaults } from '../helpers/database.ts';
import { filesHolding } from '../helpers/files.ts';
import { directWriter, timesOf } from '../helpers/storedEvents.ts';
import { at, registryOf, solutionEntries } from '../helpers/world.ts';

const test = useDatabase();
const NOW = at('2023-05-01 12:00:00');
const registry = registryOf([
  ...solutionEntries('a'),
  ...solutionEntries('b'),
  registryEntrySchema.parse({ kind: 'sme', id: '12345675', body: { name: 'F' } }),
]);

let batches = 0;
async function receiver(
  options: { db?: Database; clock?: () => number; quota?: Quota } = {},
): Promise<Receiver> {
  const db = options.db ?? test.db;
  const storedSeqMax = (await lastStored(test.db)).seq;
  return new Receiver({
    registry,
    pseudonyms: new Pseudonyms(Buffer.alloc(32, 7)),
    writer: directWriter(
      await EventWriter.open(db, { storedSeqMax, spoolLacks: true }),
      storedSeqMax + 1,
    ),
    turns: new Turns(TURN_LIMITS),
    quota: options.quota ?? null,
    receivedTimes: timesOf(options.clock ?? (() => NOW)),
    newBatchId: () => {
      batches += 1;
      return `batch-${batches}`;
    },
  });
}

function request(body: unknown, fields: Partial<IngestRequest> = {}): IngestRequest {
  return {
    vendorId: 'v-a',
    keyId: 'k',
    format: 'events',
    cloudEvent: null,
    contentType: 'application/json',
    contentEncoding: undefined,
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    simulatedNowMs: null,
    ...fields,
  };
}

const event = (id: string, fields: object = {}) => ({
  id,
  solutionId: 's-a',
  smeId: '12345675',
  actorId: 'u',
  action: 'create',
  occurredAt: '2023-04-20T10:00:00+08:00',
  ...fields,
});
const storedCount = (where: string) =>
  numberOf(test.db, `SELECT count() FROM events_v1 WHERE ${where}`);

describe('an answer', () => {
  it('comes when every accepted event is on disk, and names each refused one', async () => {
    const ingest = await receiver();
    const answer = await ingest.receive(
      request([event('a-1'), event('a-2', { solutionId: 's-b' }), event('a-3')]),
    );
    expect(answer).toMatchObject({
      received: 3,
      accepted: 2,
      rejected: [{ index: 1, id: 'a-2', code: 'unknown_solution' }],
    });
    expect(await storedCount("event_id LIKE 'a-%'")).toBe(2);
    const db = await test.reopen();
    expect(await numberOf(db, "SELECT count() FROM events_v1 WHERE event_id LIKE 'a-%'")).toBe(2);
    expect(await listRejects(db, { vendorId: 'v-a', after: null, limit: 9 })).toMatchObject([
      { batchId: answer.batchId, index: 1, id: 'a-2', code: 'unknown_solution', receivedAtMs: NOW },
    ]);
  });

  it('to other content under a known id is the same, and the rejects show the conflict', async () => {
    const ingest = await receiver();
    await ingest.receive(request(event('c-1')));
    const answer = await ingest.receive(request(event('c-1', { action: 'click' })));
    expect(answer).toMatchObject({ accepted: 1, rejected: [] });
    const rejects = await listRejects(test.db, { vendorId: 'v-a', after: null, limit: 99 });
    expect(rejects.filter((r) => r.batchId === answer.batchId)).toMatchObject([
      { index: 0, id: 'c-1', code: 'id_conflict' },
    ]);
    expect(await storedCount("event_id = 'c-1' AND action = 'create'")).toBe(1);
    expect(await storedCount("event_id = 'c-1'")).toBe(1);
  });

  it('never comes where the store failed: 503, and the same request again is counted once', async () => {
    const faults = new Faults();
    const ingest = await receiver({ db: withFaults(test.db, faults.faultOf) });
    faults.next('INSERT INTO events_v1', 1, 'refused');
    const sent = request([event('f-1'), event('f-2')]);
    await expect(ingest.receive(sent)).rejects.toMatchObject({ status: 503, retryAfterS: 2 });
    expect(await ingest.receive(sent)).toMatchObject({ accepted: 2 });
    expect(await storedCount("event_id LIKE 'f-%'")).toBe(2);
  });

  it('to a compressed body is the same; to another encoding or type 415, to no JSON 400', async () => {
    const ingest = await receiver();
    const body = gzipSync(JSON.stringify(event('z-1')));
    expect(await ingest.receive(request('', { body, contentEncoding: 'GZIP' }))).toMatchObject({
      accepted: 1,
    });
    await expect(
      ingest.receive(request('', { body, contentEncoding: 'br' })),
    ).rejects.toMatchObject({ status: 415 });
    await expect(
      ingest.receive(request(event('z'), { contentType: 'text/html' })),
    ).rejects.toMatchObject({ status: 415 });
    await expect(ingest.receive(request('{"id":'))).rejects.toMatchObject({ status: 400 });
  });
});

describe('a quota', () => {
  it('does not count what was not acknowledged: it is sent again', async () => {
    const faults = new Faults();
    const db = withFaults(test.db, faults.faultOf);
    const ingest = await receiver({ db, quota: new Quota(2) });
    faults.next('INSERT INTO events_v1', 1, 'refused');
    const sent = request([event('q-1'), event('q-2')]);
    await expect(ingest.receive(sent)).rejects.toMatchObject({ status: 503 });
    expect(await ingest.receive(sent)).toMatchObject({ accepted: 2 });
    await expect(ingest.receive(sent)).rejects.toMatchObject({ code: 'over_quota' });
  });

  it('refuses before it reads, once nothing is left', async () => {
    const ingest = await receiver({ quota: new Quota(1) });
    await ingest.receive(request(event('q-3')));
    const unread = request('no JSON at all');
    await expect(ingest.receive(unread)).rejects.toMatchObject({ code: 'over_quota' });
  });
});

describe('the received time', () => {
  const receivedOf = async (id: string) => {
    const known = await findIdentities(test.db, [{ vendorId: 'v-a', eventId: id }]);
    return [...known.values()][0]?.receivedAtMs;
  };

  it('never steps back with the clock (I-67)', async () => {
    let now = NOW;
    const ingest = await receiver({ clock: () => now });
    for (const [id, aheadMs] of [
      ['t-1', 50],
      ['t-2', 20],
      ['t-3', 60],
    ] as const) {
      now = NOW + aheadMs;
      await ingest.receive(request(event(id)));
    }
    expect(await Promise.all(['t-1', 't-2', 't-3'].map(receivedOf))).toEqual([
      NOW + 50,
      NOW + 50,
      NOW + 60,
    ]);
    expect((await lastStored(test.db)).receivedAtMs).toBe(NOW + 60);
  });

  it('is the server’s own: none that a sender claims is taken (I-67)', async () => {
    const ingest = await receiver({ clock: () => NOW + 1_000 });
    const claims = ['receivedAt', 'received_at', 'time', 'seq2'];
    const sent = [
      event('own-1'),
      ...claims.map((name) => event(`own-${name}`, { [name]: '2020-01-01T00:00:00Z' })),
    ];
    const answer = await ingest.receive(request(sent));
    expect(answer).toMatchObject({ accepted: 1 });
    expect(answer.rejected.map((r) => r.code)).toEqual(claims.map(() => 'unknown_field'));
    expect(await receivedOf('own-1')).toBe(NOW + 1_000);
    expect(await storedCount("event_id LIKE 'own-%'")).toBe(1);
  });

  it('is the simulated one where the request has one, and does not move the real one', async () => {
    const ingest = await receiver({ clock: () => NOW });
    const future = at('2023-12-01');
    await ingest.receive(request(event('s-1'), { simulatedNowMs: future }));
    await ingest.receive(request(event('s-2')));
    expect(await receivedOf('s-1')).toBe(future);
    expect(await receivedOf('s-2')).toBe(NOW);
  });
});

describe('who acted and from where', () => {
  const RAW = [
    'amy.lin@raw-person.example',
    '203.0.113.77',
    '2001:db8:feed::77',
    'raw-person-refused',
    'raw-person-shifted',
  ] as const;
  const [AMY, V4, V6, REFUSED, SHIFTED] = RAW;

  it('is in no table and in no file of the store: accepted, in conflict or refused', async () => {
    const ingest = await receiver();
    const answer = await ingest.receive(
      request([
        event('control-marker-1', { actorId: AMY, ip: V4 }),
        event('p-2', { actorId: AMY, ip: V6 }),
        event('control-marker-1', { actorId: AMY, ip: V6, action: 'click' }),
        event('p-3', { actorId: REFUSED, ip: V4, solutionId: 's-b' }),
        event('p-4', { actorId: REFUSED, ip: 'not an address raw-person-refused' }),
        event('p-5', { actorId: REFUSED.repeat(20) }),
        event('p-6', { actorId: { name: REFUSED }, ip: [V4] }),
        event('p-7', { actorId: REFUSED, user: REFUSED, ipAddress: V4 }),
        event('p-8', { actorId: REFUSED, occurredAt: 'yesterday' }),
        event('p-9', { actorId: 'u', occurredAt: SHIFTED }),
        event('p-10', { actorId: 'u', smeId: SHIFTED, seq: SHIFTED, actorRole: SHIFTED }),
        [REFUSED, V4],
        REFUSED,
      ]),
    );
    expect(answer.accepted).toBe(3);
    expect(answer.rejected).toHaveLength(10);
    const csv = `id,solutionId,smeId,actorId,action,occurredAt,ip\np-20,s-a,12345675,"${REFUSED},create,x,${V4}\n`;
    await ingest.receive(request(csv, { contentType: 'text/csv' })).catch(() => undefined);
    const lines = `{"id":"p-21","actorId":"${REFUSED}"\n${JSON.stringify(event('p-22', { actorId: AMY }))}\n`;
    await ingest.receive(request(lines, { contentType: 'application/x-ndjson' }));

    const tables = await rowsOf<{ name: string }>(
      test.db,
      'SELECT name FROM system.tables WHERE database = currentDatabase()',
    );
    for (const { name } of tables) {
      const rows = JSON.stringify(await rowsOf(test.db, `SELECT * FROM ${name}`));
      for (const text of RAW) expect(`${name}: ${rows}`).not.toContain(text);
    }
    expect(await filesHolding(test.folder, RAW)).toEqual([]);
    // The search finds what is there: ids of events are kept as sent.
    expect(await filesHolding(test.folder, ['control-marker-1'])).not.toEqual([]);
  });

  it('is told apart within a vendor, and not to be matched between two', async () => {
    const ingest = await receiver();
    const both = (id: string) => [
      event(`${id}-1`, { actorId: AMY }),
      event(`${id}-2`, { actorId: AMY }),
      event(`${id}-3`, { actorId: 'bob' }),
    ];
    await ingest.receive(request(both('m')));
    const other = both('n').map((e) => ({ ...e, solutionId: 's-b' }));
    await ingest.receive(request(other, { vendorId: 'v-b' }));
    const sql = (like: string) =>
      `SELECT toString(actor) AS a FROM events_v1 WHERE event_id LIKE '${like}-%' ORDER BY event_id`;
    const [ours, theirs] = await Promise.all(
      ['m', 'n'].map((id) => rowsOf<{ a: string }>(test.db, sql(id))),
    );
    expect(new Set(ours?.map((r) => r.a)).size).toBe(2);
    expect(new Set(theirs?.map((r) => r.a)).size).toBe(2);
    expect(new Set([...(ours ?? []), ...(theirs ?? [])].map((r) => r.a)).size).toBe(4);
  });
});
