import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** What a list of refused events may be narrowed to. */

let app: TestApp;
let auditor: Client;
let [own, other]: Seed[] = [];
beforeAll(async () => {
  const began = Date.now();
  app = await startTestApp({ clock: () => Date.UTC(2023, 2, 12) + Date.now() - began });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  own = await seed(app, 'own');
  other = await seed(app, 'other');
  for (const seeded of [own, other]) {
    const sent = DAYS.map(([id, occurredAt]) => eventOf(seeded, { id, occurredAt, action: 'no' }));
    const unread = { id: 'unread', smeId: seeded.smeId, solutionId: seeded.solutionId };
    (await seeded.vendor.post('/v1/events', [...sent, unread])).ok(422);
    const first = eventOf(seeded, { id: 'conflict', occurredAt: DAYS[1]?.[1] });
    (await seeded.vendor.post('/v1/events', first)).ok();
    (await seeded.vendor.post('/v1/events', { ...first, resource: '/other' })).ok();
  }
});
afterAll(() => app.remove());

/** Around two days in Taipei, to the millisecond. */
const DAYS: readonly [string, string][] = [
  ['before', '2023-02-09T23:59:59.999+08:00'],
  ['first', '2023-02-09T16:00:00Z'],
  ['last', '2023-02-11T23:59:59.999+08:00'],
  ['after', '2023-02-12T00:00:00+08:00'],
];

async function idsOf(client: Client | undefined, query: string): Promise<(string | null)[]> {
  const ids: (string | null)[] = [];
  for (let cursor = ''; ; ) {
    const path = `/v1/rejects?limit=2&${query}${cursor}`;
    const page = await client?.get(path);
    const { items, nextCursor } = page?.ok<{
      items: { id: string | null }[];
      nextCursor: string | null;
    }>() ?? { items: [], nextCursor: null };
    ids.push(...items.map(({ id }) => id));
    if (nextCursor === null) return ids;
    cursor = `&cursor=${nextCursor}`;
  }
}

describe('refused events', () => {
  it('of an order are what claims to be its use, whoever asks', async () => {
    const all = ['before', 'first', 'last', 'after', 'unread', 'conflict'];
    expect(await idsOf(own?.vendor, `orderId=${own?.orderId}`)).toEqual(all);
    expect(await idsOf(auditor, `orderId=${own?.orderId}`)).toEqual(all);
    expect(await idsOf(auditor, '')).toEqual([...all, ...all]);
  });

  it.each([
    ['from=2023-02-10', ['first', 'last', 'after', 'conflict']],
    ['to=2023-02-11', ['before', 'first', 'last', 'unread', 'conflict']],
    ['from=2023-02-10&to=2023-02-11', ['first', 'last', 'conflict']],
    ['from=2023-02-12&to=2023-02-12', ['after']],
    ['from=2023-02-13', []],
  ])('between days are those that claim one of them: %s', async (days, expected) => {
    expect(await idsOf(auditor, `orderId=${own?.orderId}&${days}`)).toEqual(expected);
  });

  it('of a code are those alone', async () => {
    expect(await idsOf(auditor, 'code=id_conflict')).toEqual(['conflict', 'conflict']);
    expect(await idsOf(other?.vendor, 'code=id_conflict')).toEqual(['conflict']);
    expect(await idsOf(auditor, `code=missing_field&orderId=${other?.orderId}`)).toEqual([
      'unread',
    ]);
  });

  it('of an order of another vendor, or of none, are not found', async () => {
    for (const orderId of [other?.orderId, 'none']) {
      const answer = await own?.vendor.get(`/v1/rejects?orderId=${orderId}`);
      expectProblem(answer ?? Object.create(null), 'not_found', '/v1/rejects');
    }
  });

  it.each(['from=2023-02-10', 'to=2023-02-10', 'code=none', 'orderId=own-o&from=2023-02-30'])(
    'are refused for what cannot be asked: %s',
    async (query) => {
      const answer = await auditor.get(`/v1/rejects?${query}`);
      expectProblem(answer, 'invalid_request', '/v1/rejects');
    },
  );
});
