import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** The usage record, its figures and the log behind it, of one order over HTTP. */
let app: TestApp;
let seeded: Seed;
let order: string;
const ASOF = '2023-02-20';

/** Received in time but for the last, which comes after the month's grace. */
const EVENTS = [
  ['login', { action: 'login', occurredAt: '2023-01-10T00:00:00+08:00' }, null],
  ['click', { action: 'click', occurredAt: '2023-01-12T09:00:00+08:00' }, null],
  ['print', { action: 'print', occurredAt: '2023-01-31T23:59:59+08:00', actorId: 'u2' }, null],
  ['robot', { actorRole: 'system', occurredAt: '2023-01-13T09:00:00+08:00' }, 'role'],
  ['guest', { actorRole: 'consumer', occurredAt: '2023-01-13T09:00:00+08:00' }, 'role'],
  ['before', { occurredAt: '2023-01-09T23:59:59+08:00' }, 'outside'],
  ['late', { occurredAt: '2023-01-20T09:00:00+08:00' }, 'late'],
] as const;

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  seeded = await seed(app, 'recorded');
  order = `/v1/orders/${seeded.orderId}`;
  for (const [id, fields] of EVENTS) {
    const now = id === 'late' ? '2023-02-17T00:00:00+08:00' : '2023-02-16T23:59:59+08:00';
    const event = eventOf(seeded, { id, ...fields });
    (await seeded.vendor.post('/v1/events', event, { 'flowproof-now': now })).ok();
  }
});
afterAll(() => app.remove());

interface LoggedEvent {
  readonly id: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly counted: boolean;
  readonly excludedBecause: string | null;
}
interface Page {
  readonly items: LoggedEvent[];
  readonly nextCursor: string | null;
}

describe('the log of an order', () => {
  it('has every event with whether it counts, and why not', async () => {
    for (const client of [app.admin, seeded.vendor, seeded.sme]) {
      const { items, nextCursor } = (await client.get(`${order}/events`)).ok<Page>();
      expect(nextCursor).toBeNull();
      expect(items.map((e) => e.occurredAt)).toEqual(items.map((e) => e.occurredAt).sort());
      const found = items.map((e) => [e.id, e.counted, e.excludedBecause]);
      expect(found.sort()).toEqual(EVENTS.map(([id, , why]) => [id, why === null, why]).sort());
      expect(items.find((e) => e.id === 'late')?.receivedAt).toBe('2023-02-17T00:00:00.000+08:00');
    }
  });

  it('from and to are days in Taipei, both inclusive', async () => {
    const ids = async (query: string) => {
      const page = (await app.admin.get(`${order}/events?${query}`)).ok<Page>();
      return page.items.map((e) => e.id);
    };
    expect(await ids('from=2023-01-10&to=2023-01-10')).toEqual(['login']);
    expect(await ids('to=2023-01-09')).toEqual(['before']);
    expect(await ids('from=2023-01-31')).toEqual(['print']);
    expect(await ids('from=2023-02-01')).toEqual([]);
    expect(await ids('from=2023-01-12&to=2023-01-11')).toEqual([]);
  });

  it('pages through, each event once, as JSON and as CSV', async () => {
    const all = (await app.admin.get(`${order}/events`)).ok<Page>().items;
    const [json, csv]: [LoggedEvent[], LoggedEvent[]] = [[], []];
    let [cursor, csvCursor] = ['', ''];
    do {
      const page = (await app.admin.get(`${order}/events?limit=2${cursor}`)).ok<Page>();
      json.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      const sheet = await app.admin.get(`${order}/events?limit=2${csvCursor}`, {
        accept: 'text/csv',
      });
      expect(sheet.headers.get('content-type')).toMatch(/^text\/csv/);
      csv.push(...(parse(sheet.bytes, { columns: true }) as LoggedEvent[]));
      csvCursor = cursor;
      expect(sheet.headers.get('flowproof-next-cursor') ?? null).toBe(page.nextCursor);
    } while (cursor !== '');
    expect(json).toEqual(all);
    expect(csv.map((e) => e.id)).toEqual(all.map((e) => e.id));
  });
});

describe('the weekly figures', () => {
  it('have the agreed columns, every week of the contract, and add up to the months', async () => {
    const sheet = await seeded.sme.get(`${order}/usage.csv?asOf=${ASOF}`);
    expect(sheet.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(sheet.headers.get('content-disposition')).toContain(`usage-${seeded.orderId}.csv`);
    expect(sheet.text.split('\n')[0]).toBe(
      'weekStart,month,logins,interactions,activeUsers,events,judged',
    );
    const rows = parse(sheet.bytes, { columns: true }) as Record<string, string>[];
    expect(rows.map((r) => r['weekStart'])).toEqual(
      Array.from({ length: 18 }, (_, i) =>
        new Date(Date.UTC(2023, 0, 9 + 7 * i)).toISOString().slice(0, 10),
      ),
    );
    const sum = (column: string) => rows.reduce((total, row) => total + Number(row[column]), 0);
    const answer = await app.admin.get(`${order}/months?asOf=${ASOF}`);
    const { months } = answer.ok<{ months: { totals: Record<string, number> }[] }>();
    for (const metric of ['logins', 'interactions', 'events']) {
      expect(sum(metric)).toBe(months.reduce((total, m) => total + (m.totals[metric] ?? 0), 0));
    }
    expect(months[0]?.totals).toEqual({ logins: 1, interactions: 2, activeUsers: 2, events: 3 });
  });
});

describe('the usage record', () => {
  it.each(['admin', 'vendor', 'sme'] as const)('is a picture for the role %s', async (role) => {
    const client: Client = role === 'admin' ? app.admin : seeded[role];
    const png = await client.get(`${order}/chart.png?asOf=${ASOF}`);
    expect(png.headers.get('content-type')).toBe('image/png');
    expect(png.bytes.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    const svg = await client.get(`${order}/chart.svg?asOf=${ASOF}`);
    expect(svg.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
    expect(svg.text).toMatch(/^<(\?xml|svg)/);
  });

  it('shows the months asked for: one, some, and what the contract has of a range', async () => {
    const pictures = new Map<string, string>();
    for (const months of ['1', '1-1', '1-3', '2-4', '1-4', '3-99', '3-4']) {
      const answer = await app.admin.get(`${order}/chart.svg?asOf=${ASOF}&months=${months}`);
      expect(`${months} ${answer.status}`).toBe(`${months} 200`);
      pictures.set(months, answer.text);
    }
    expect(pictures.get('1')).toBe(pictures.get('1-1'));
    expect(pictures.get('3-99')).toBe(pictures.get('3-4'));
    expect(new Set(pictures.values()).size).toBe(5);
    const whole = await app.admin.get(`${order}/chart.svg?asOf=${ASOF}`);
    expect(pictures.get('1-4')).toBe(whole.text);
  });

  it.each(['0', '0-2', '3-1', '1-', '-2', '1-2-3', 'x', '1.5', '5', '5-9', '', '1000'])(
    'refuses months=%s',
    async (months) => {
      const path = `${order}/chart.png`;
      const answer = await app.admin.get(`${path}?asOf=${ASOF}&months=${months}`);
      expectProblem(answer, 'invalid_request', path);
    },
  );

  it('is drawn beside everything else: 20 asked at once, and the server goes on answering', async () => {
    let drawn = 0;
    const charts = Array.from({ length: 20 }, async () => {
      const answer = await app.admin.get(`${order}/chart.png?asOf=${ASOF}`);
      drawn += 1;
      return answer.status;
    });
    // Asked and answered between one chart and the next, however slow the machine.
    let answeredBetween = 0;
    while (drawn < 20) {
      const before = drawn;
      expect((await app.admin.as(null).get('/healthz')).status).toBe(200);
      if (before > 0 && drawn === before) answeredBetween += 1;
    }
    expect(await Promise.all(charts)).toEqual(Array(20).fill(200));
    expect(answeredBetween).toBeGreaterThan(0);
  });
});
