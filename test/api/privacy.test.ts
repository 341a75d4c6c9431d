import { gzipSync } from 'node:zlib';
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
import { filesHolding } from '../helpers/files.ts';

const ACTOR = 'alice.chen@example.com';
const OTHER_ACTOR = 'bob.lin@example.com';
const IPS = ['203.0.113.77', '2001:db8:0:77::abcd'];
const PERSONAL = [ACTOR, OTHER_ACTOR, ...IPS];

/** The name of a resource is no personal data: it shows that the search finds what is there. */
const CONTROL = 'resource-that-is-findable';

let app: TestApp;
let seeded: Seed;
let auditor: Client;
const logs: string[] = [];

beforeAll(async () => {
  app = await startTestApp({ logs: { write: (line: string) => void logs.push(line) } });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  seeded = await seed(app, 'personal');
  await sendEverything();
});
afterAll(() => app.remove());

/** Persons in events that are accepted, conflict, are refused for each reason, or cannot be read. */
async function sendEverything(): Promise<void> {
  const good = eventOf(seeded, {
    id: 'a',
    occurredAt: '2023-01-11T09:00:00+08:00',
    actorId: ACTOR,
    ip: IPS[0],
    resource: CONTROL,
  });
  const events = [
    good,
    { ...good, actorId: OTHER_ACTOR, ip: IPS[1] },
    { ...good, id: 'b', solutionId: 'nothing' },
    { ...good, id: 'c', action: 'fly', ip: IPS[1] },
    { ...good, id: 'd', actorRole: 'boss' },
    { ...good, id: 'e', userEmail: ACTOR },
    { ...good, id: 'f', occurredAt: ACTOR },
    { ...good, id: 'g', ip: `${IPS[0]}:8080` },
    { ...good, id: 'h', actorId: { email: ACTOR } },
    { ...good, id: 'i', actorId: ACTOR.repeat(10) },
    { ...good, id: 'j', resource: `${ACTOR} `.repeat(2_000) },
    { ...good, id: 'k', occurredAt: undefined },
    ACTOR,
    [ACTOR],
  ];
  const { vendor } = seeded;
  const answer = (await vendor.post('/v1/events', events)).ok();
  expect(answer).toMatchObject({ received: 14, accepted: 2 });
  const ndjson = { 'content-type': 'application/x-ndjson' };
  const lines = `{"id":"${ACTOR}"\n${JSON.stringify(good)}\n{"actorId":"${ACTOR}",}`;
  expect((await vendor.post('/v1/events', lines, ndjson)).status).toBe(200);
  const json = { 'content-type': 'application/json' };
  expect((await vendor.post('/v1/events', `{"actorId":"${ACTOR}",`, json)).status).toBe(400);
  expect(
    (await vendor.post('/v1/events', `actorId\n"${ACTOR}`, { 'content-type': 'text/csv' })).status,
  ).toBe(400);
  const broken = gzipSync(JSON.stringify(good)).subarray(0, 40);
  expect(
    (await vendor.post('/v1/events', broken, { ...json, 'content-encoding': 'gzip' })).status,
  ).toBe(400);
  expect((await vendor.post('/v1/events', good, { 'content-type': 'text/plain' })).status).toBe(
    415,
  );
}

describe('no actor id and no address, as sent,', () => {
  it('is in the log of the order or in the rejects (I-54)', async () => {
    const answers = [
      await seeded.vendor.get(`/v1/orders/${seeded.orderId}/events`),
      await seeded.vendor.get(`/v1/orders/${seeded.orderId}/events`, { accept: 'text/csv' }),
      await seeded.vendor.get('/v1/rejects'),
      await auditor.get('/v1/rejects'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(CONTROL);
      expectNothingPersonal(answer.text);
    }
    const { items } = answers[2]?.json<{ items: { event: { actorId: string } | null }[] }>() ?? {};
    const actors = items?.map((reject) => reject.event?.actorId).filter((actor) => actor);
    expect(actors?.length).toBeGreaterThan(5);
    for (const actor of actors ?? []) expect(actor).toMatch(/^[0-9a-f]{16}$/);
  });

  it('is in the log of the process, at its most talkative (I-54)', async () => {
    const text = logs.join('');
    expect(text).toContain('"route":"/v1/events"');
    expect(text).toContain('"statusCode":400');
    expectNothingPersonal(text);
  });

  it('nor a key', () => {
    const text = logs.join('');
    for (const client of [app.admin, auditor, seeded.vendor]) {
      expect(text).not.toContain(client.key?.split('_').at(-1));
    }
  });

  it('is in a file of the data directory (I-54)', async () => {
    expect((await filesHolding(app.dataDir, [CONTROL])).length).toBeGreaterThan(0);
    expect(await filesHolding(app.dataDir, PERSONAL)).toEqual([]);
  });

  it('but one person has one pseudonym within a vendor, and another at another vendor', async () => {
    const other = await seed(app, 'personal-2');
    const sent = (to: Seed, id: string) =>
      to.vendor.post(
        '/v1/events',
        eventOf(to, { id, actorId: ACTOR, occurredAt: '2023-01-12T09:00:00+08:00' }),
      );
    for (const answer of [await sent(seeded, 'x'), await sent(other, 'x')]) answer.ok();
    const [here, there] = [await actorsOf(seeded), await actorsOf(other)];
    expect(here.length).toBe(2);
    expect(new Set(here).size).toBe(1);
    expect(there).not.toContain(here[0]);
  });
});

async function actorsOf({ vendor, orderId }: Seed): Promise<string[]> {
  const answer = await vendor.get(`/v1/orders/${orderId}/events`);
  return answer.ok<{ items: { actorId: string }[] }>().items.map((event) => event.actorId);
}

function expectNothingPersonal(text: string): void {
  for (const personal of PERSONAL) expect(text).not.toContain(personal);
}
