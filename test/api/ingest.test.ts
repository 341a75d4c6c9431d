import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, ID_CHARS_MAX, INFLATED_BYTES_MAX } from '../../core/limits.ts';
import { openDatabase } from '../../store/clickhouse.ts';
import {
  type Answer,
  type Client,
  type EventBody,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { NAUGHTY } from '../helpers/naughty.ts';
import { expectProblem } from '../helpers/problem.ts';

let app: TestApp;
let auditor: Client;
beforeAll(async () => {
  // The events are of the day before: they are in time.
  const began = Date.now();
  const clock = () => Date.UTC(2023, 0, 12) + Date.now() - began;
  app = await startTestApp({ clock });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
});
afterAll(() => app.remove());

interface BatchAnswer {
  readonly batchId: string;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: { index: number; id: string | null; code: string; detail: string }[];
}
interface Reject {
  readonly batchId: string;
  readonly index: number;
  readonly id: string | null;
  readonly code: string;
  readonly event: Record<string, unknown> | null;
}
interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

const at = (n: number) => `2023-01-11T09:${String(n % 60).padStart(2, '0')}:00.125+08:00`;

/** Every field of an event, in its widest form. */
const full = (seeded: Seed): EventBody[] => [
  eventOf(seeded, { id: 'plain', occurredAt: at(1) }),
  eventOf(seeded, {
    id: '編號, "1"',
    actorRole: 'owner',
    action: 'print',
    occurredAt: '2023-01-11T01:02:03Z',
    source: '系統 A',
    seq: 7,
    sessionId: 's\\1',
    resource: 'a,b "c"\nd',
    ip: '2001:db8::1',
    attributes: { z: 'last', a: '值, "x"' },
  }),
  eventOf(seeded, { id: 'consumer', actorRole: 'consumer', occurredAt: at(2) }),
];

function csvOf(events: readonly EventBody[]): string {
  const flat = events.map(({ attributes, ...event }) => ({
    ...event,
    ...Object.fromEntries(
      Object.entries((attributes ?? {}) as object).map(([k, v]) => [`attributes.${k}`, v]),
    ),
  }));
  const columns = [...new Set(flat.flatMap((event) => Object.keys(event)))];
  return stringify(flat, { header: true, columns });
}

const FORMATS: readonly [string, string, (events: readonly EventBody[]) => string][] = [
  ['json', 'application/json', (events) => JSON.stringify(events)],
  [
    'ndjson',
    'application/x-ndjson',
    (events) => events.map((e) => JSON.stringify(e)).join('\r\n\n'),
  ],
  ['csv', 'text/csv; charset=utf-8', csvOf],
];

function send(client: Client, events: readonly EventBody[], format = FORMATS[0], gzip = false) {
  const [, type = '', encode = String] = format ?? [];
  const body = encode(events);
  const headers = { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}) };
  return client.post('/v1/events', gzip ? gzipSync(body) : body, headers);
}

describe('the same events in every format', () => {
  const kinds = FORMATS.flatMap((format) => [
    { name: format[0], format, gzip: false },
    { name: `${format[0]} gzip`, format, gzip: true },
  ]);

  it('give the same stored rows', async () => {
    const rows: unknown[] = [];
    for (const [i, { format, gzip }] of kinds.entries()) {
      const seeded = await seed(app, `format-${i}`);
      const answer = await send(seeded.vendor, full(seeded), format, gzip);
      expect(answer.ok<BatchAnswer>()).toMatchObject({ received: 3, accepted: 3, rejected: [] });
      rows.push(await storedOf(seeded.vendorId));
    }
    expect(rows[0]).toMatchObject([
      { event_id: 'consumer' },
      { event_id: 'plain', actor_role: 'staff', attributes: '', source_seq: null },
      {
        event_id: '編號, "1"',
        attributes: '{"a":"值, \\"x\\""' + ',"z":"last"}',
        resource: 'a,b "c"\nd',
      },
    ]);
    for (const other of rows.slice(1)) expect(other).toEqual(rows[0]);
  });

  it('are the same events: none of them is a conflict, and none is stored again (I-12)', async () => {
    const seeded = await seed(app, 'formats');
    for (const { format, gzip } of kinds) {
      expect((await send(seeded.vendor, full(seeded), format, gzip)).ok()).toMatchObject({
        accepted: 3,
      });
    }
    expect(await storedOf(seeded.vendorId)).toHaveLength(3);
    expect((await seeded.vendor.get('/v1/rejects')).ok()).toEqual({ items: [], nextCursor: null });
  });

  it('and one event alone needs no array', async () => {
    const seeded = await seed(app, 'alone');
    const [event] = full(seeded);
    expect((await seeded.vendor.post('/v1/events', event)).ok()).toMatchObject({ received: 1 });
    expect(await storedOf(seeded.vendorId)).toHaveLength(1);
  });

  it('that say naughty strings say them byte for byte in the store', async () => {
    const seeded = await seed(app, 'naughty');
    const texts = NAUGHTY.filter((text) => text !== '' && [...text].length <= ID_CHARS_MAX);
    const sent = texts.map((text, i) =>
      eventOf(seeded, { id: text, resource: text, attributes: { text }, occurredAt: at(i) }),
    );
    const answer = await send(seeded.vendor, sent);
    expect(answer.ok()).toMatchObject({ accepted: texts.length, rejected: [] });
    const rows = (await storedOf(seeded.vendorId)) as Record<string, string>[];
    const said = rows.map((row) => [row['event_id'], row['resource'], row['attributes']]);
    const bytewise = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(said).toEqual(bytewise.map((text) => [text, text, JSON.stringify({ text })]));
  });

  async function storedOf(vendorId: string) {
    const db = openDatabase({ path: join(app.dataDir, 'clickhouse') });
    const query = `SELECT event_id, actor_role, action, occurred_at, source, source_seq, session_id,
        resource, address = 0 AS no_address, attributes, supersedes
      FROM events_v1 WHERE vendor_id = {vendorId:String} ORDER BY event_id`;
    const rows = await db
      .reader()
      .query({ query, format: 'JSONEachRow', query_params: { vendorId } });
    return rows.json();
  }
});

describe('the answer to a batch', () => {
  it('is 200 with what was refused beside it: one bad event costs only itself (I-10)', async () => {
    const seeded = await seed(app, 'partly');
    const good = (id: string) => eventOf(seeded, { id, occurredAt: at(1) });
    const events = [
      good('g1'),
      { ...good('b1'), solutionId: 'nothing' },
      good('g2'),
      { ...good('b2'), smeId: '00000000' },
      { ...good('b3'), occurredAt: '2019-12-31T23:59:59.999+08:00' },
      { ...good('b4'), occurredAt: '2099-01-01T00:00:00Z' },
      { ...good('b5'), action: 'fly' },
      { ...good('b6'), bogus: 1 },
      { id: 'b7' },
      good(''),
      'no object',
      good('g3'),
    ];
    const answer = (await seeded.vendor.post('/v1/events', events)).ok<BatchAnswer>();
    expect(answer).toMatchObject({ received: 12, accepted: 3, receipt: null });
    expect(answer.rejected.map((r) => [r.index, r.id, r.code])).toEqual([
      [1, 'b1', 'unknown_solution'],
      [3, 'b2', 'unknown_sme'],
      [4, 'b3', 'too_old'],
      [5, 'b4', 'future_timestamp'],
      [6, 'b5', 'unknown_action'],
      [7, 'b6', 'unknown_field'],
      [8, 'b7', 'missing_field'],
      [9, null, 'invalid_field'],
      [10, null, 'malformed'],
    ]);
    expect(await eventIds(seeded)).toEqual(['g1', 'g2', 'g3']);
    const rejects = (await seeded.vendor.get('/v1/rejects')).ok<Page<Reject>>();
    expect(rejects.items.map((r) => [r.index, r.code])).toEqual(
      answer.rejected.map((r) => [r.index, r.code]),
    );
    const batch = await seeded.vendor.get(`/v1/batches/${answer.batchId}`);
    expect(batch.ok()).toMatchObject({
      batchId: answer.batchId,
      vendorId: seeded.vendorId,
      received: 12,
      accepted: 3,
      rejected: 9,
      receipt: null,
    });
    expect((await auditor.get(`/v1/batches/${answer.batchId}`)).text).toBe(batch.text);
  });

  it('is 422 with the same body where none was accepted, and that batch is found too (I-10)', async () => {
    const seeded = await seed(app, 'none');
    const answer = await seeded.vendor.post('/v1/events', [{ id: 'x' }, 3]);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const { batchId, ...counts } = answer.json<BatchAnswer>();
    expect(counts).toMatchObject({
      received: 2,
      accepted: 0,
      rejected: [{ index: 0 }, { index: 1 }],
    });
    expect((await seeded.vendor.get(`/v1/batches/${batchId}`)).ok()).toMatchObject({ rejected: 2 });
  });

  it('another vendor’s solution is as unknown as one that is not there', async () => {
    const [a, b] = [await seed(app, 'theirs'), await seed(app, 'mine')];
    const sent = await b.vendor.post('/v1/events', eventOf(a, { id: 'x', occurredAt: at(1) }));
    const none = await b.vendor.post('/v1/events', {
      ...eventOf(a, { id: 'x', occurredAt: at(1) }),
      solutionId: 'nothing',
    });
    const { batchId: _a, ...theirs } = sent.json<BatchAnswer>();
    const { batchId: _b, ...nothing } = none.json<BatchAnswer>();
    expect(theirs).toEqual(nothing);
  });

  it('a body that cannot be read at all is 400, and leaves no batch', async () => {
    const { vendor } = await seed(app, 'unreadable');
    const path = '/v1/events';
    const type = (contentType: string) => ({ 'content-type': contentType });
    expectProblem(await vendor.post(path, '[{', type('application/json')), 'unreadable_body', path);
    expectProblem(await vendor.post(path, 'a,a\n1,2', type('text/csv')), 'unreadable_body', path);
    expectProblem(await vendor.post(path, '[]', type('application/json')), 'empty_batch', path);
    expectProblem(await vendor.post(path, '', type('application/json')), 'unreadable_body', path);
    expectProblem(await vendor.post(path, '', type('text/csv')), 'empty_batch', path);
    expectProblem(await vendor.send('POST', path, undefined), 'empty_batch', path);
    expectProblem(
      await vendor.post(path, '\n\n', type('application/x-ndjson')),
      'empty_batch',
      path,
    );
    const zipped = { ...type('application/json'), 'content-encoding': 'gzip' };
    expectProblem(await vendor.post(path, 'no gzip', zipped), 'unreadable_body', path);
    expect((await vendor.get('/v1/rejects')).ok()).toEqual({ items: [], nextCursor: null });
  });

  it('5,000 events are taken, one more and what inflates too far are 413 (I-14)', async () => {
    const seeded = await seed(app, 'many');
    const events = Array.from({ length: BATCH_EVENTS_MAX + 1 }, (_, i) =>
      eventOf(seeded, { id: `m${i}`, occurredAt: at(i) }),
    );
    const path = '/v1/events';
    expectProblem(await send(seeded.vendor, events), 'too_many_events', path);
    const bomb = gzipSync(Buffer.alloc(INFLATED_BYTES_MAX + 1, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expectProblem(await seeded.vendor.post(path, bomb, headers), 'body_too_large', path);
    expect(await eventIds(seeded)).toEqual([]);
    const fitting = await send(seeded.vendor, events.slice(1), FORMATS[1], true);
    expect(fitting.ok()).toMatchObject({ accepted: BATCH_EVENTS_MAX });
  });
});

describe('an event counts once', () => {
  it('however often its batch is sent, and its batches all answer the same (I-06)', async () => {
    const seeded = await seed(app, 'retry');
    const events = [1, 2, 3].map((n) => eventOf(seeded, { id: `r${n}`, occurredAt: at(n) }));
    const first = await months(seeded, () => send(seeded.vendor, events));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send(seeded.vendor, events)),
    );
    for (const answer of answers) {
      expect(answer.ok()).toMatchObject({ received: 3, accepted: 3, rejected: [] });
    }
    expect(await months(seeded)).toEqual(first);
    expect(first).toMatchObject({ events: 3, interactions: 3 });
    expect(await eventIds(seeded)).toEqual(['r1', 'r2', 'r3']);
  });

  it('and twice inside one batch (I-06)', async () => {
    const seeded = await seed(app, 'inside');
    const event = eventOf(seeded, { id: 'same', occurredAt: at(1) });
    const answer = await seeded.vendor.post('/v1/events', [event, event]);
    expect(answer.ok()).toMatchObject({ received: 2, accepted: 2 });
    expect(await months(seeded)).toMatchObject({ events: 1 });
  });

  it('for each vendor: one id at two vendors is two events (I-07)', async () => {
    const [a, b] = [await seed(app, 'twin-a'), await seed(app, 'twin-b')];
    for (const seeded of [a, b]) {
      const event = eventOf(seeded, { id: 'twin', occurredAt: at(1) });
      expect((await seeded.vendor.post('/v1/events', event)).ok()).toMatchObject({ accepted: 1 });
      expect(await months(seeded)).toMatchObject({ events: 1 });
      expect((await seeded.vendor.get('/v1/rejects')).ok()).toEqual({
        items: [],
        nextCursor: null,
      });
    }
  });

  it.each([
    ['time', { occurredAt: at(2) }],
    ['action', { action: 'update' }],
    ['actor', { actorId: 'u2' }],
    ['role', { actorRole: 'owner' }],
    ['resource', { resource: 'r' }],
  ])(
    'its first content stands: another %s under the id is in the rejects and in nothing else (I-08)',
    async (name, change) => {
      const seeded = await seed(app, `conflict-${name}`);
      const event = eventOf(seeded, { id: 'c', occurredAt: at(1) });
      (await seeded.vendor.post('/v1/events', event)).ok();
      const before = [await months(seeded), (await seeded.vendor.get(eventsPath(seeded))).text];
      const answer = (
        await seeded.vendor.post('/v1/events', [event, { ...event, ...change }])
      ).ok<BatchAnswer>();
      expect(answer).toMatchObject({ received: 2, accepted: 2, rejected: [] });
      expect([await months(seeded), (await seeded.vendor.get(eventsPath(seeded))).text]).toEqual(
        before,
      );
      const { items } = (await seeded.vendor.get('/v1/rejects')).ok<Page<Reject>>();
      expect(items).toMatchObject([
        { batchId: answer.batchId, index: 1, id: 'c', code: 'id_conflict', event: { id: 'c' } },
      ]);
      const batch = await seeded.vendor.get(`/v1/batches/${answer.batchId}`);
      expect(batch.ok()).toMatchObject({ accepted: 2, rejected: 0 });
    },
  );
});

describe('the rejects', () => {
  it('page through by cursor, each once and in order, a vendor’s own alone', async () => {
    const [a, b] = [await seed(app, 'pages-a'), await seed(app, 'pages-b')];
    for (let i = 0; i < 5; i += 1) {
      const events = Array.from({ length: 50 }, (_, n) => ({ id: `p${i}-${n}` }));
      await a.vendor.post('/v1/events', events);
      await b.vendor.post('/v1/events', [{ id: `foreign${i}` }]);
    }
    const ids = (await allRejects(a.vendor, 37)).map((r) => r.id);
    expect(ids).toEqual(Array.from({ length: 250 }, (_, i) => `p${Math.floor(i / 50)}-${i % 50}`));
    expect((await allRejects(b.vendor, 1)).map((r) => r.id)).toEqual([
      'foreign0',
      'foreign1',
      'foreign2',
      'foreign3',
      'foreign4',
    ]);
    const seen = new Set((await allRejects(auditor, 1_000)).map((r) => r.id));
    expect(ids.every((id) => seen.has(id)) && seen.has('foreign0')).toBe(true);
  });

  async function allRejects(client: Client, limit: number): Promise<Reject[]> {
    const all: Reject[] = [];
    let cursor = '';
    do {
      const answer = await client.get(`/v1/rejects?limit=${limit}${cursor}`);
      const page: Page<Reject> = answer.ok<Page<Reject>>();
      expect(page.items.length).toBeLessThanOrEqual(limit);
      all.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    return all;
  }
});

function eventsPath({ orderId }: Seed): string {
  return `/v1/orders/${orderId}/events`;
}

async function eventIds(seeded: Seed): Promise<string[]> {
  const { items } = (await seeded.vendor.get(eventsPath(seeded))).ok<Page<{ id: string }>>();
  return items.map((event) => event.id);
}

/** The totals of the order's first month, after some work. */
async function months(seeded: Seed, work?: () => Promise<Answer>): Promise<object> {
  if (work !== undefined) (await work()).ok();
  const answer = await seeded.vendor.get(`/v1/orders/${seeded.orderId}/months`);
  const { months: found } = answer.ok<{ months: { totals: object }[] }>();
  const log = await seeded.vendor.get(eventsPath(seeded));
  return { ...found[0]?.totals, log: log.text };
}
