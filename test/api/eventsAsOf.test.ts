import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/**
 * The log of an order at an instant. Its first month ended on 10 February: `a` came in time, `b`,
 * `c` and `d` at once on the 18th, after its grace. It was sealed on the 20th, reopened on 1 March.
 */
let app: TestApp;
let auditor: Client;
let seeded: Seed;
let path: string;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  seeded = await seed(app, 'then');
  path = `/v1/orders/${seeded.orderId}/events`;
  const event = (id: string, hour: number) =>
    eventOf(seeded, { id, occurredAt: `2023-02-01T0${hour}:00:00+08:00` });
  await send('2023-02-02', [event('a', 1)]);
  await send('2023-02-18', [event('b', 2), event('c', 3), event('d', 4)]);
  await verify(app.admin, '2023-02-20');
  const reopening = { decision: 'reopen', reason: 'received late by our fault' };
  const reviews = `/v1/orders/${seeded.orderId}/months/1/reviews`;
  (await auditor.post(reviews, reopening, now('2023-03-01'))).ok(201);
});
afterAll(() => app.remove());

interface Page {
  readonly items: readonly { readonly id: string; readonly excludedBecause: string | null }[];
  readonly nextCursor: string | null;
}
interface Explained {
  readonly rows: string;
  readonly criteria: readonly { readonly cycles: readonly { readonly rows: string }[] }[];
  readonly excluded: readonly {
    readonly reason: string;
    readonly count: number;
    readonly rows: string;
  }[];
}

const now = (day: string) => ({ 'flowproof-now': `${day}T00:00:00+08:00` });

async function send(day: string, events: readonly object[]): Promise<void> {
  (await seeded.vendor.post('/v1/events', events, now(day))).ok();
}

/** Each event with why it does not count. */
async function listed(rows: string): Promise<string[]> {
  const { items } = (await auditor.get(rows)).ok<Page>();
  return items.map((e) => `${e.id} ${e.excludedBecause ?? 'counted'}`);
}

async function explained(query: string): Promise<Explained> {
  return (await auditor.get(`/v1/orders/${seeded.orderId}/months/1/explanation${query}`)).ok();
}

const LATE = ['a counted', 'b late', 'c late', 'd late'];
const COUNTED = ['a counted', 'b counted', 'c counted', 'd counted'];

describe('the list of events as of an instant', () => {
  it.each([
    ['0001-01-01', []],
    ['2023-02-18', ['a counted']],
    ['2023-02-18T00:00:00.001%2B08:00', LATE],
    ['2023-02-25', LATE],
    ['2023-03-01', COUNTED],
    ['2023-03-01T00:00:00.001%2B08:00', COUNTED],
  ] as const)(
    'has what was received before %s, counted by the seals of then (I-168)',
    async (asOf, expected) => {
      expect(await listed(`${path}?asOf=${asOf}`)).toEqual(expected);
    },
  );

  it('is that of the present where none is asked', async () => {
    expect(await listed(path)).toEqual(COUNTED);
  });

  it('is refused beyond the clock, and where it is no instant', async () => {
    const late = await auditor.get(`${path}?asOf=2023-03-02`, now('2023-03-01'));
    expectProblem(late, 'as_of_in_future', path);
    expectProblem(await auditor.get(`${path}?asOf=March`), 'invalid_request', path);
  });
});

describe('a cursor of the list', () => {
  const pageOf = (query: string, headers = {}) => auditor.get(`${path}?limit=3${query}`, headers);

  it('goes on at the asOf of its page, however that is written, and at no other (I-168)', async () => {
    const { nextCursor } = (await pageOf('&asOf=2023-02-25')).ok<Page>();
    const next = `&cursor=${nextCursor}`;
    for (const asOf of ['2023-02-25', '2023-02-24T16:00:00Z']) {
      const page = (await pageOf(`${next}&asOf=${asOf}`)).ok<Page>();
      expect(page).toMatchObject({
        items: [{ id: 'd', excludedBecause: 'late' }],
        nextCursor: null,
      });
    }
    for (const other of ['', '&asOf=2023-03-02']) {
      expectProblem(await pageOf(next + other), 'invalid_request', path);
    }
  });

  it('of a list without one goes on without one alone', async () => {
    const { nextCursor } = (await pageOf('')).ok<Page>();
    const next = `&cursor=${nextCursor}`;
    expect((await pageOf(next)).ok<Page>().items.map((e) => e.id)).toEqual(['d']);
    expectProblem(await pageOf(`${next}&asOf=2023-02-25`), 'invalid_request', path);
  });

  it('is in the header of the list as CSV alike', async () => {
    const csv = { accept: 'text/csv' };
    const first = await pageOf('&asOf=2023-02-25', csv);
    const cursor = first.headers.get('flowproof-next-cursor');
    const second = await pageOf(`&asOf=2023-02-25&cursor=${cursor}`, csv);
    expect(second.text.trimEnd().split('\n').at(-1)).toMatch(/^d,.*,false,late$/);
    expectProblem(await pageOf(`&cursor=${cursor}`, csv), 'invalid_request', path);
  });
});

describe('the links of an explanation', () => {
  it('list what it says where it was asked at an instant, also before a reopening (I-168)', async () => {
    for (const [asOf, expected] of [
      ['2023-02-25', LATE],
      ['2023-03-02', COUNTED],
    ] as const) {
      const { rows, criteria, excluded } = await explained(`?asOf=${asOf}`);
      expect(rows).toBe(`${path}?from=2023-01-10&to=2023-02-09&asOf=${asOf}`);
      const [cycle] = criteria[0]?.cycles ?? [];
      const late = expected === LATE ? [{ reason: 'late', count: 3, rows }] : [];
      expect(excluded).toMatchObject(late);
      for (const link of [rows, cycle?.rows ?? '']) expect(await listed(link)).toEqual(expected);
    }
  });

  it('are the same however the instant is written, and open where it is in the middle of a day', async () => {
    expect(await explained('?asOf=2023-02-24T16:00:00Z')).toEqual(
      await explained('?asOf=2023-02-25'),
    );
    const { rows } = await explained('?asOf=2023-02-18T00:00:00.001%2B08:00');
    expect(rows).toMatch(/&asOf=2023-02-18T00%3A00%3A00\.001%2B08%3A00$/);
    expect(await listed(rows)).toEqual(LATE);
  });

  it('name no instant where it was asked for the present', async () => {
    expect(JSON.stringify(await explained(''))).not.toContain('asOf=');
  });
});
