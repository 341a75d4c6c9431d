import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiDependencies } from '../../api/dependencies.ts';
import { createServer } from '../../api/server.ts';
import type { ChartRenderer } from '../../core/chart.ts';
import { REQUEST_TIMEOUT_MS } from '../../core/limits.ts';
import { Sequence } from '../../core/lock.ts';
import { Pseudonyms } from '../../ingest/pseudonyms.ts';
import { Receiver } from '../../ingest/receiver.ts';
import { TURN_LIMITS, Turns } from '../../ingest/turns.ts';
import { EventWriter } from '../../ingest/writer.ts';
import { createChartRenderer, createSpreadsheets } from '../../render/index.ts';
import { type Database, openDatabase } from '../../store/clickhouse.ts';
import { pingDatabase } from '../../store/health.ts';
import { LiveKeys } from '../../store/liveKeys.ts';
import { LiveRegistry } from '../../store/liveRegistry.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { Months } from '../../verify/months.ts';
import { Reopener } from '../../verify/reopen.ts';
import { Rosters } from '../../verify/roster.ts';
import { Trials } from '../../verify/trials.ts';
import { Warnings } from '../../verify/warnings.ts';
import {
  Client,
  eventOf,
  newTaxId,
  ORDER,
  type Seed,
  seed,
  temporaryFolder,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';
import { directWriter, timesOf } from '../helpers/storedEvents.ts';

/** The server on a real store whose reads and writes fail when they are told to. */
const ADMIN_KEY = 'test-admin-key-0123456789abcdef';
const ORDERS = 1_200;

let dataDir: string;
let db: Database;
let server: FastifyInstance;
let url: string;
let admin: Client;
let seeded: Seed;
const failing = { reads: false, writes: false, readsAfter: Number.POSITIVE_INFINITY };

beforeAll(async () => {
  dataDir = await temporaryFolder();
  db = openDatabase({ path: join(dataDir, 'clickhouse') });
  await migrate(db, MIGRATIONS, Date.now());
  server = await createServer(await dependencies(faulty(db)), new Set(['api', 'ingest']));
  await server.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  admin = new Client(url, ADMIN_KEY);
  seeded = await seed({ admin }, 'unlucky');
  const { vendorId, solutionId } = seeded;
  const lines = Array.from({ length: ORDERS }, (_, i) => {
    const smeId = newTaxId();
    return { kind: 'order', id: `many-${i}`, ...ORDER, vendorId, solutionId, smeId };
  });
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  (await admin.post('/v1/registry', body, ndjson)).ok();
});
afterAll(async () => {
  await server.close();
  await db.close();
  await rm(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  Object.assign(failing, { reads: false, writes: false, readsAfter: Number.POSITIVE_INFINITY });
});

const INTERNAL = 'disk sdb1 of host ch-7 is gone';

function faulty(real: Database): Database {
  const broken = <T extends object>(client: T, isBroken: () => boolean): T =>
    new Proxy(client, {
      get(target, name, receiver) {
        if (isBroken()) return () => Promise.reject(new Error(INTERNAL));
        const member: unknown = Reflect.get(target, name, receiver);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  return {
    writer: broken(real.writer, () => failing.writes),
    reader() {
      failing.readsAfter -= 1;
      const isBroken = failing.reads || failing.readsAfter < 0;
      return broken(real.reader(), () => isBroken);
    },
    rowFiles: real.rowFiles,
    close: () => real.close(),
  };
}

const gathering = { count: 1 };

/** Hands on so many records at once: that they meet in the renderer is not left to chance. */
function gathered(real: ChartRenderer): ChartRenderer {
  const waiting: (() => void)[] = [];
  return {
    async render(chart, format) {
      await new Promise<void>((go) => {
        waiting.push(go);
        if (waiting.length >= gathering.count) for (const each of waiting.splice(0)) each();
      });
      return real.render(chart, format);
    },
    close: () => real.close(),
  };
}

async function dependencies(store: Database): Promise<ApiDependencies> {
  const registry = await LiveRegistry.open(store);
  let ids = 0;
  const id = () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
  };
  const months = new Months(store, registry.view, false);
  return {
    db: store,
    registry,
    keys: await LiveKeys.open(store, ADMIN_KEY),
    months,
    reopener: new Reopener({
      db: store,
      registry: registry.view,
      simulated: false,
      loadedUntilMs: () => Promise.resolve(Date.now()),
    }),
    settling: new Sequence(),
    trials: new Trials(store, registry.view, months),
    warnings: new Warnings(store, registry.view),
    verifications: {
      request: () => Promise.reject(new Error(INTERNAL)),
      progress: () => Promise.reject(new Error(INTERNAL)),
    },
    charts: gathered(createChartRenderer({ workers: 1, waitingMax: 1 })),
    rosters: new Rosters(store, registry.view, months),
    spreadsheets: createSpreadsheets(),
    ingest: new Receiver({
      registry: registry.view,
      pseudonyms: new Pseudonyms(Buffer.alloc(32, 7)),
      writer: directWriter(await EventWriter.open(store, { storedSeqMax: 0, spoolLacks: true }), 1),
      receivedTimes: timesOf(Date.now),
      turns: new Turns(TURN_LIMITS),
      quota: null,
      newBatchId: id,
    }),
    clock: Date.now,
    simulated: false,
    random: { secret: () => `${id()}${id()}`, id },
    ready: () => pingDatabase(store),
    logger: pino({ level: 'silent' }),
  };
}

describe('the server', () => {
  it('gives up on a body that does not arrive: a slow sender holds no connection for ever', () => {
    expect(server.server.requestTimeout).toBe(REQUEST_TIMEOUT_MS);
    expect(REQUEST_TIMEOUT_MS).toBeGreaterThan(0);
  });
});

describe('while the store does not answer', () => {
  it.each([
    'months',
    'months/1/explanation',
    'months/1/reviews',
    'claim',
    'usage.csv',
    'chart.svg',
    'events',
  ])('%s of an order is an error that says to try again, never a number (I-04)', async (name) => {
    const path = `/v1/orders/${seeded.orderId}/${name}`;
    const query = name === 'claim' ? '?instalment=1' : '';
    expect((await admin.get(`${path}${query}`)).status).toBe(200);
    failing.reads = true;
    const answer = await admin.get(`${path}${query}`);
    expectProblem(answer, 'store_unavailable', path);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.text).not.toContain(INTERNAL);
    expect(answer.text).not.toMatch(/"(claimableMonths|amountTwd|events)"/);
  });

  it('the months of all orders, the orders in a state, the rejects and a batch are too', async () => {
    failing.reads = true;
    const claims = await admin.get('/v1/claimable');
    expectProblem(claims, 'store_unavailable', '/v1/claimable');
    expectProblem(
      await admin.get('/v1/claimable', { accept: 'text/csv' }),
      'store_unavailable',
      '/v1/claimable',
    );
    expectProblem(await admin.get('/v1/orders?monthState=met'), 'store_unavailable', '/v1/orders');
    expectProblem(await seeded.vendor.get('/v1/rejects'), 'store_unavailable', '/v1/rejects');
    expectProblem(await seeded.vendor.get('/v1/batches/b'), 'store_unavailable', '/v1/batches/b');
  });

  it('the server is live and not ready', async () => {
    expect((await admin.get('/readyz')).status).toBe(200);
    failing.writes = true;
    expectProblem(await admin.get('/readyz'), 'store_unavailable', '/readyz');
    failing.writes = false;
    failing.reads = true;
    expectProblem(await admin.get('/readyz'), 'store_unavailable', '/readyz');
    expect((await admin.get('/healthz')).status).toBe(200);
  });

  it('no event is acknowledged, and the same batch is taken when the store is back (I-03)', async () => {
    const event = eventOf(seeded, { id: 'unlucky', occurredAt: '2023-01-11T09:00:00+08:00' });
    for (const fault of ['writes', 'reads'] as const) {
      failing[fault] = true;
      const answer = await seeded.vendor.post('/v1/events', event);
      expectProblem(answer, 'ingest_unavailable', '/v1/events');
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      failing[fault] = false;
    }
    expect((await seeded.vendor.post('/v1/events', event)).ok()).toMatchObject({ accepted: 1 });
    const log = await admin.get(`/v1/orders/${seeded.orderId}/events`);
    expect(log.ok<{ items: unknown[] }>().items.length).toBe(1);
  });

  it('no entry of the registry and no key is said to be stored, and none is there after (I-03)', async () => {
    failing.writes = true;
    const vendor = { name: 'x', taxId: newTaxId() };
    expectProblem(
      await admin.put('/v1/vendors/lost', vendor),
      'store_unavailable',
      '/v1/vendors/lost',
    );
    const key = await admin.post('/v1/keys', { role: 'auditor', label: 'lost' });
    expectProblem(key, 'store_unavailable', '/v1/keys');
    failing.writes = false;
    expect((await admin.get('/v1/keys')).text).not.toContain('lost');
    const bound = await admin.post('/v1/keys', { role: 'vendor', vendorId: 'lost', label: 'x' });
    expectProblem(bound, 'unknown_vendor', '/v1/keys');
    expect((await admin.put('/v1/vendors/lost', vendor)).ok()).toMatchObject({ status: 'stored' });
  });

  it('a fault that nobody foresaw is a 500 without any of its text', async () => {
    const answer = await admin.post('/v1/verifications', {});
    expectProblem(answer, 'internal_error', '/v1/verifications');
    expect(answer.text).not.toContain(INTERNAL);
  });
});

describe('a list of all orders that breaks off in the middle', () => {
  it('breaks the connection: what came never looks whole (I-04)', async () => {
    const whole = await download('/v1/claimable');
    expect(whole).toMatchObject({ status: 200, complete: true });
    expect(whole.text.trim().split('\n').length).toBe(ORDERS + 1);
    // The first piece is read, a later one is not.
    const readsOfAll = await readsFor(() => download('/v1/claimable'));
    failing.readsAfter = readsOfAll - 1;
    const broken = await download('/v1/claimable');
    expect(broken.status).toBe(200);
    expect(broken.complete).toBe(false);
    expect(broken.text.length).toBeLessThan(whole.text.length);
    failing.readsAfter = Number.POSITIVE_INFINITY;
    expect((await download('/v1/claimable')).text.length).toBe(whole.text.length);
  });

  async function readsFor(work: () => Promise<unknown>): Promise<number> {
    failing.readsAfter = 1_000_000;
    await work();
    return 1_000_000 - failing.readsAfter;
  }

  /** Node tells whether the body came to its end. */
  function download(path: string): Promise<{ status: number; complete: boolean; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` };
      const asked = request(`${url}${path}`, { headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', () => {});
        answer.on('close', () =>
          resolve({ status: answer.statusCode ?? 0, complete: answer.complete, text }),
        );
      });
      asked.on('error', reject);
      asked.end();
    });
  }
});

describe('more records than may wait to be drawn', () => {
  it('are 503 with Retry-After, the others are drawn', async () => {
    const path = `/v1/orders/${seeded.orderId}/chart.png`;
    gathering.count = 8;
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.get(path)));
    gathering.count = 1;
    const busy = answers.filter((a) => a.status !== 200);
    // One is drawn and one waits.
    expect(busy).toHaveLength(6);
    for (const answer of busy) {
      expectProblem(answer, 'render_busy', path);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await admin.get(path)).status).toBe(200);
  });
});
