import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  inParallel,
  newKey,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import {
  claimDifferences,
  difference,
  type ExpectedClaim,
  type ExpectedOrder,
  type FoundOrder,
  orderDifferences,
} from '../helpers/recounted.ts';

/**
 * A made-up log with the answers of an independent recount, over HTTP alone: every difference is
 * collected, and there must be none.
 */
const SET = new URL('../fixtures/edges/', import.meta.url);
const DATES = ['2023-02-10', '2023-04-22', '2023-06-01', '2024-12-31'];
const COLUMNS = ['id', 'solutionId', 'smeId', 'actorId', 'actorRole', 'action', 'occurredAt'];
/** A busy machine takes a multiple of the usual five seconds. */
const TEST_MS_MAX = 120_000;

let app: TestApp;
const keys = new Map<string, Client>();
const differences: string[] = [];

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
});
afterAll(() => app.remove());

describe('the edges data set over HTTP', { timeout: TEST_MS_MAX }, () => {
  it('is registered whole, line by line', async () => {
    const answer = await app.admin.post('/v1/registry', read('registry.ndjson'), {
      'content-type': 'application/x-ndjson',
      'flowproof-now': '2020-01-01T00:00:00+08:00',
    });
    const { results } = answer.ok<{ results: { status: string }[] }>();
    expect(results.length).toBeGreaterThan(80);
    expect(results.filter((r) => r.status !== 'stored')).toEqual([]);
  });

  it('is accepted and refused event by event in every format, and a retry changes nothing', async () => {
    for (const vendorId of ['edge-a', 'edge-b']) {
      keys.set(vendorId, app.admin.as(await newKey(app.admin, { role: 'vendor', vendorId })));
    }
    const refused = json<Record<string, [number, string][]>>('expected-rejects.json');
    const batches = gunzipSync(read('batches.ndjson.gz')).toString().trim().split('\n');
    expect(batches.length).toBe(641);
    // Received times are given, so many may be under way at once.
    await inParallel(32, batches.entries(), async ([i, line]) => {
      const batch = JSON.parse(line) as Batch;
      const sent = encode(i, batch);
      const answer = await send(batch.vendorId, sent);
      const { csv } = sent;
      const expected = sorted(refused[i] ?? []).map(([index, code]) =>
        csv ? [index] : [index, code],
      );
      const found = sorted(answer.rejected.map((r) => [r.index, r.code]));
      compare(`batch ${i} received`, answer.received, batch.events.length);
      compare(`batch ${i} accepted`, answer.accepted, batch.events.length - expected.length);
      // An empty cell is absent: another code may be the first that applies.
      compare(`batch ${i} rejected`, csv ? found.map(([index]) => [index]) : found, expected);
      if (i % 40 !== 7) return;
      const again = await send(batch.vendorId, sent);
      compare(`batch ${i} again`, again.accepted, answer.accepted);
    });
    expect(differences).toEqual([]);
  });

  it.each(DATES)('has the expected months, cycles and totals as of %s (I-21)', async (asOf) => {
    const { orders } = json<{ orders: ExpectedOrder[] }>(`expected-${asOf}.json`);
    await verify(app.admin, asOf);
    let compared = 0;
    await inParallel(4, orders, async (expected) => {
      const path = `/v1/orders/${expected.orderId}/months?asOf=${asOf}`;
      const found = (await app.admin.get(path)).ok<FoundOrder>();
      differences.push(...orderDifferences(`${asOf} ${expected.orderId}`, found, expected));
      compared += found.months.length;
    });
    expect(orders.length).toBe(38);
    expect(compared).toBe(168);
    expect(differences).toEqual([]);
  });

  it('has the expected claims, drawn and not drawn', async () => {
    const claims = json<ExpectedClaim[]>('expected-claims.json');
    const client = app.admin.as(await newKey(app.admin, { role: 'claims' }));
    const orderIds = new Set(claims.map((c) => c.orderId));
    await inParallel(6, orderIds, async (orderId) => {
      const ofOrder = claims.filter((c) => c.orderId === orderId);
      differences.push(...(await claimDifferences(client, ofOrder)));
    });
    expect(claims.length).toBe(356);
    expect(claims.filter((c) => c.drawnBefore > 0).length).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });

  it('counts no event twice and none that was refused: the whole log adds up (I-06)', async () => {
    const { orders } = json<{ orders: ExpectedOrder[] }>('expected-2024-12-31.json');
    const answer = await app.admin.get('/v1/claimable?asOf=2024-12-31');
    const rows = answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ClaimableRow);
    const found = Object.fromEntries(rows.map((row) => [row.orderId, row.claimableMonths]));
    expect(found).toEqual(Object.fromEntries(orders.map((o) => [o.orderId, o.claimableMonths])));
  });
});

interface Batch {
  readonly vendorId: string;
  readonly receivedAt: string;
  readonly events: readonly Record<string, unknown>[];
}
interface BatchAnswer {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
}
interface ClaimableRow {
  readonly orderId: string;
  readonly claimableMonths: number;
}

interface Sent {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  readonly csv: boolean;
}

/** The formats share one meaning: each batch goes in one of them in turn, some compressed. */
function encode(i: number, { events, receivedAt }: Batch): Sent {
  const plain = events.every((event) =>
    Object.entries(event).every(([k, v]) => typeof v === 'string' && COLUMNS.includes(k)),
  );
  const csv = i % 3 === 2 && plain;
  const [type, text] = csv
    ? ['text/csv', stringify([...events], { header: true, columns: COLUMNS })]
    : i % 3 === 1
      ? ['application/x-ndjson', events.map((event) => JSON.stringify(event)).join('\n')]
      : ['application/json', JSON.stringify(events)];
  const headers = { 'content-type': type, 'flowproof-now': receivedAt };
  if (i % 5 !== 2) return { body: Buffer.from(text), headers, csv };
  return { body: gzipSync(text), headers: { ...headers, 'content-encoding': 'gzip' }, csv };
}

async function send(vendorId: string, { body, headers }: Sent): Promise<BatchAnswer> {
  const answer = await keys.get(vendorId)?.post('/v1/events', body, headers);
  if (answer?.status === 200 || answer?.status === 422) return answer.json<BatchAnswer>();
  throw new Error(`a batch was answered ${answer?.status}: ${answer?.text}`);
}

function compare(where: string, found: unknown, expected: unknown): void {
  differences.push(...difference(where, found, expected));
}

function sorted<T extends readonly unknown[]>(pairs: readonly T[]): T[] {
  return [...pairs].sort((a, b) => Number(a[0]) - Number(b[0]));
}

function read(name: string): Buffer {
  return readFileSync(new URL(name, SET));
}

function json<T>(name: string): T {
  return JSON.parse(read(name).toString()) as T;
}
