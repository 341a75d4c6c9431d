import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/run.ts';
import {
  type Client,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';

let app: TestApp;
let own: Seed;
let other: Seed;
let auditor: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true, clock: () => Date.UTC(2023, 6, 2) });
  own = await seed(app, 'own');
  other = await seed(app, 'other');
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  await send(own, 'till', 10, [0, 1, 2, 5]);
  await send(own, 'till', 11, [6, 8], { 7: { smeId: '99999999' } });
  await send(own, 'till', 12, [0, 1, 1]);
  await send(own, 'app', 12, [3]);
  await send(other, 'till', 12, [1, 3]);
});
afterAll(() => app.remove());

/** A day's events in one batch, each a minute after the last; some others of it are refused. */
async function send(
  { vendor, solutionId, smeId, vendorId }: Seed,
  source: string,
  day: number,
  numbers: readonly number[],
  refused: Readonly<Record<number, object>> = {},
): Promise<void> {
  const event = (seq: number, i: number, changes: object = {}) => ({
    id: `${vendorId}-${source}-${day}-${i}`,
    solutionId,
    smeId,
    actorId: 'u',
    action: 'create',
    occurredAt: `2023-01-${day}T09:${10 + i}:00+08:00`,
    source,
    seq,
    ...changes,
  });
  const bad = Object.entries(refused).map(([seq, changes], i) =>
    event(Number(seq), 30 + i, changes),
  );
  const body = [...numbers.map((seq, i) => event(seq, i)), ...bad, { ...event(0, 45), seq: null }];
  const headers = { 'flowproof-now': `2023-01-${day}T18:00:00+08:00` };
  (await vendor.post('/v1/events', body, headers)).ok();
}

interface Page {
  readonly items: Record<string, unknown>[];
  readonly nextCursor: string | null;
}
const list = async (client: Client, query = '') =>
  (await client.get(`/v1/sources${query}`)).ok<Page>();

describe('the report of a source', () => {
  it('tells gaps with when their sides were received, resets, duplicates and what is refused (I-119)', async () => {
    const { items } = await list(own.vendor);
    expect(items.map(({ source }) => source)).toEqual(['app', 'till']);
    expect(items[1]).toEqual({
      vendorId: 'own',
      source: 'till',
      events: 12,
      unnumbered: 3,
      firstReceivedAt: '2023-01-10T18:00:00.000+08:00',
      lastReceivedAt: '2023-01-12T18:00:00.000+08:00',
      runs: 3,
      firstSeq: 0,
      lastSeq: 1,
      missing: 2,
      refused: 1,
      duplicates: 0,
      gapsTotal: 1,
      gaps: [
        {
          run: 1,
          fromSeq: 3,
          toSeq: 4,
          missing: 2,
          refused: 0,
          belowReceivedAt: '2023-01-10T18:00:00.000+08:00',
          aboveReceivedAt: '2023-01-10T18:00:00.000+08:00',
        },
      ],
      resetsTotal: 2,
      resets: [
        { run: 2, fromSeq: 8, toSeq: 0, receivedAt: '2023-01-12T18:00:00.000+08:00' },
        { run: 3, fromSeq: 1, toSeq: 1, receivedAt: '2023-01-12T18:00:00.000+08:00' },
      ],
      complete: true,
    });
  });

  it('is of the days of receipt that are asked for, both included', async () => {
    const { items } = await list(own.vendor, '?from=2023-01-11&to=2023-01-11');
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      source: 'till',
      events: 3,
      firstSeq: 6,
      lastSeq: 8,
      missing: 0,
    });
    expect((await list(own.vendor, '?to=2023-01-09')).items).toEqual([]);
  });
});

describe('the list', () => {
  const names = ({ items }: Page) => items.map(({ vendorId, source }) => `${vendorId} ${source}`);

  it('shows a vendor its own alone, and auditors and administrators all (I-121)', async () => {
    const all = ['other till', 'own app', 'own till'];
    expect(names(await list(own.vendor))).toEqual(all.slice(1));
    expect(names(await list(own.vendor, '?vendorId=own'))).toEqual(all.slice(1));
    expect(await list(own.vendor, '?vendorId=other')).toEqual(
      await list(own.vendor, '?vendorId=nobody'),
    );
    for (const client of [auditor, app.admin]) {
      expect(names(await list(client))).toEqual(all);
      expect(names(await list(client, '?vendorId=other'))).toEqual(all.slice(0, 1));
    }
    expect((await own.sme.get('/v1/sources')).status).toBe(403);
  });

  it('comes in pages, and refuses a cursor that it did not answer', async () => {
    const pages = [];
    for (let cursor = ''; ; ) {
      const page = await list(auditor, `?limit=1${cursor}`);
      pages.push(...names(page));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(pages).toEqual(names(await list(auditor)));
    for (const bad of ['x', Buffer.from('[1]').toString('base64url')]) {
      expect((await auditor.get(`/v1/sources?cursor=${bad}`)).status).toBe(400);
    }
  });

  it('is a table on the command line', async () => {
    const env = { FLOWPROOF_URL: app.url, FLOWPROOF_KEY: own.vendor.key ?? '' };
    const { code, stdout } = await run(['sources'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^own +till +12 +0 +1 +2 +1 +0 +2 +3$/m);
    expect(stdout).toMatch(/^own +till +1 +3 +4 +2 +2023-01-10T18/m);
    const json = await run(['sources', '--json', '--vendor', 'own'], { env });
    expect(JSON.parse(json.stdout).items).toEqual((await list(own.vendor)).items);
  });
});
