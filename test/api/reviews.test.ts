import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
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

let app: TestApp;
let auditor: Client;
let claims: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
});
afterAll(() => app.remove());

interface Month {
  readonly month: number;
  readonly state: string;
  readonly claimable: boolean;
  readonly totals: { readonly events: number };
  readonly seal: { readonly revision: number; readonly digest: string } | null;
  readonly review: { readonly decision: string; readonly by: string } | null;
}
interface Revisions {
  readonly revisions: readonly (Month & {
    readonly revision: number;
    readonly previous: string | null;
    readonly reopening: { readonly by: string; readonly at: string } | null;
    readonly reviews: readonly { readonly decision: string; readonly reason: string }[];
  })[];
  readonly statements: readonly { readonly statementId: string; readonly revision: number }[];
}
interface Statement {
  readonly statementId: string;
  readonly kind: string;
  readonly amountTwd: number;
  readonly months: readonly Month[];
}

const at = (now: string) => ({ 'flowproof-now': `${now}+08:00` });
const path = ({ orderId }: Seed, month: number | string = 1) =>
  `/v1/orders/${orderId}/months/${month}/reviews`;

function say(seeded: Seed, decision: string, now: string, month = 1): Promise<Answer> {
  const body = { decision, reason: `${decision} at ${now}` };
  return auditor.post(path(seeded, month), body, at(now));
}

/** So many uses of the middle of a contract month, received then. */
async function use(seeded: Seed, month: number, count = 2, received?: string): Promise<void> {
  const day = `2023-0${month}-15`;
  const events = Array.from({ length: count }, (_, n) =>
    eventOf(seeded, {
      id: `${month}-${received ?? 'now'}-${n}`,
      occurredAt: `${day}T0${n + 1}:00:00Z`,
    }),
  );
  const headers = at(received ?? `${day}T23:00:00`);
  (await seeded.vendor.post('/v1/events', events, headers)).ok();
}

async function months(seeded: Seed, now: string): Promise<readonly Month[]> {
  const answer = await app.admin.get(`/v1/orders/${seeded.orderId}/months`, at(now));
  return answer.ok<{ months: Month[] }>().months;
}

async function revisions(seeded: Seed, now: string, month = 1): Promise<Revisions> {
  return (await auditor.get(path(seeded, month), at(now))).ok<Revisions>();
}

function draw(seeded: Seed, instalment: number, asOf: string, now: string): Promise<Answer> {
  const body = { instalment, asOf };
  return claims.post(`/v1/orders/${seeded.orderId}/claims`, body, at(now));
}

describe('a review', () => {
  it('of a month that is not sealed is refused, and nothing is said of it then', async () => {
    const seeded = await seed(app, 'unsealed');
    await use(seeded, 1);
    for (const decision of ['accept', 'reject', 'reopen']) {
      for (const now of ['2023-01-20T00:00:00', '2023-03-01T00:00:00']) {
        expectProblem(await say(seeded, decision, now), 'not_sealed', path(seeded));
      }
    }
    await verify(app.admin, '2023-03-01');
    const early = await say(seeded, 'accept', '2023-02-28T23:59:59.999');
    expectProblem(early, 'not_sealed', path(seeded));
    const known = await revisions(seeded, '2023-03-02T00:00:00');
    expect(known.revisions.map((r) => r.reviews)).toEqual([[]]);
    (await say(seeded, 'accept', '2023-03-01T00:00:00')).ok(201);
  });

  it('asks for a decision and a reason, and of a month that the contract has', async () => {
    const seeded = await seed(app, 'shape');
    const bad = [
      {},
      { decision: 'accept' },
      { decision: 'accept', reason: '  ' },
      { decision: 'maybe', reason: 'r' },
      { decision: 'accept', reason: 'r', by: 'me' },
      { decision: 'accept', reason: 'x'.repeat(1_001) },
    ];
    for (const body of bad) {
      expectProblem(await auditor.post(path(seeded), body), 'invalid_request', path(seeded));
    }
    for (const month of ['0', '5', '01', '1.0', 'x']) {
      const answer = await auditor.post(path(seeded, month), { decision: 'accept', reason: 'r' });
      expectProblem(answer, 'not_found', path(seeded, month));
    }
  });

  it('decides what may be claimed and never what was computed; the latest stands (I-134)', async () => {
    const seeded = await seed(app, 'latest');
    await use(seeded, 1);
    await use(seeded, 2, 1);
    await verify(app.admin, '2023-06-01');
    const made = (await say(seeded, 'reject', '2023-06-02T09:00:00')).ok(201);
    expect(made).toMatchObject({
      orderId: seeded.orderId,
      month: 1,
      revision: 1,
      decision: 'reject',
      reason: 'reject at 2023-06-02T09:00:00',
      at: '2023-06-02T09:00:00.000+08:00',
      result: { month: 1, state: 'met', claimable: false, review: { decision: 'reject' } },
    });
    (await say(seeded, 'accept', '2023-06-03T09:00:00', 2)).ok(201);
    (await say(seeded, 'accept', '2023-06-04T09:00:00')).ok(201);
    (await say(seeded, 'reject', '2023-06-04T09:00:00')).ok(201);
    const brief = async (now: string) =>
      (await months(seeded, now))
        .slice(0, 2)
        .map((m) => `${m.state} ${m.claimable} ${m.review?.decision ?? '-'}`);
    expect(await brief('2023-06-02T08:59:59.999')).toEqual(['met true -', 'short false -']);
    expect(await brief('2023-06-02T09:00:00')).toEqual(['met false reject', 'short false -']);
    expect(await brief('2023-06-03T09:00:00')).toEqual(['met false reject', 'short true accept']);
    expect(await brief('2023-06-05T00:00:00')).toEqual(['met false reject', 'short true accept']);
    const [sealed, ...others] = (await revisions(seeded, '2023-06-05T00:00:00')).revisions;
    expect(others).toEqual([]);
    expect(sealed?.reviews.map((r) => r.decision)).toEqual(['reject', 'accept', 'reject']);
    const row = (await claims.get('/v1/claimable', at('2023-06-05T00:00:00'))).text
      .split('\n')
      .find((line) => line.includes(`"${seeded.orderId}"`));
    expect(JSON.parse(row ?? '{}')).toMatchObject({ claimableMonths: 1 });
  });

  it('that accepts releases a month that a finding holds (I-134)', async () => {
    const seeded = await seed(app, 'held');
    (await app.admin.put('/v1/vendors/held', { name: 'held', taxId: seeded.smeId })).ok();
    for (const month of [1, 2, 3, 4]) await use(seeded, month);
    await verify(app.admin, '2023-06-01');
    const claim = async (now: string) =>
      (await claims.get(`/v1/orders/${seeded.orderId}/claim?instalment=1`, at(now))).ok<{
        eligible: boolean;
        reasons: { code: string }[];
      }>();
    const waiting = await claim('2023-06-01T12:00:00');
    expect(waiting.reasons.map((r) => r.code)).toEqual(['months_not_claimable', 'months_held']);
    for (const month of [1, 2, 3])
      (await say(seeded, 'accept', '2023-06-02T00:00:00', month)).ok(201);
    const [first, , , fourth] = await months(seeded, '2023-06-02T00:00:00');
    expect(first).toMatchObject({ state: 'held', claimable: true });
    expect(fourth).toMatchObject({ state: 'held', claimable: false });
    expect(await claim('2023-06-02T00:00:00')).toMatchObject({ eligible: true, reasons: [] });
    expect((await claim('2023-06-01T23:59:59')).eligible).toBe(false);
    (await say(seeded, 'reject', '2023-06-03T00:00:00', 4)).ok(201);
    const counts = async (day: string) => {
      const { text } = await claims.get('/v1/claimable', at(`${day}T00:00:00`));
      const row = JSON.parse(text.split('\n').find((r) => r.includes(seeded.orderId)) ?? '{}');
      return [row.claimableMonths, row.monthsHeld];
    };
    expect(await counts('2023-06-01')).toEqual([0, 4]);
    expect(await counts('2023-06-02')).toEqual([3, 1]);
    expect(await counts('2023-06-03')).toEqual([3, 0]);
  });
});

describe('a reopening', () => {
  it('counts what came late, makes the next revision at once, and clears the review (I-130)', async () => {
    const seeded = await seed(app, 'reopen');
    await use(seeded, 1, 1);
    await use(seeded, 1, 2, '2023-03-01T00:00:00');
    await verify(app.admin, '2023-03-02');
    (await say(seeded, 'reject', '2023-03-03T00:00:00')).ok(201);
    const made = (await say(seeded, 'reopen', '2023-03-04T00:00:00')).ok<{ result: Month }>(201);
    expect(made.result).toMatchObject({
      state: 'met',
      claimable: true,
      totals: { events: 3 },
      seal: { revision: 2, sealedAt: '2023-03-04T00:00:00.000+08:00' },
      review: null,
    });
    const [before] = await months(seeded, '2023-03-03T12:00:00');
    expect(before).toMatchObject({ state: 'short', seal: { revision: 1 } });
    const { revisions: all } = await revisions(seeded, '2023-03-05T00:00:00');
    expect(all.map((r) => `${r.revision} ${r.state} ${r.totals.events}`)).toEqual([
      '1 short 1',
      '2 met 3',
    ]);
    expect(all[1]?.previous).toBe(all[0]?.seal?.digest);
    expect(all[1]?.reopening).toMatchObject({ at: '2023-03-04T00:00:00.000+08:00' });
    const keys = (await app.admin.get('/v1/keys?limit=1000')).ok<{
      items: { keyId: string; role: string }[];
    }>();
    const by = keys.items.find((k) => k.keyId === all[1]?.reopening?.by);
    expect(by?.role).toBe('auditor');
    const { revisions: early } = await revisions(seeded, '2023-03-03T12:00:00');
    expect(early.map((r) => r.reviews.map((said) => said.decision))).toEqual([['reject']]);
  });

  it('has the list of events say the same: what was late counts, what comes after is late', async () => {
    const seeded = await seed(app, 'listed');
    await use(seeded, 1, 1);
    await use(seeded, 1, 1, '2023-03-01T00:00:00');
    await verify(app.admin, '2023-03-02');
    const listed = async (now: string) => {
      const answer = await auditor.get(`/v1/orders/${seeded.orderId}/events`, at(now));
      const { items } = answer.ok<{ items: { id: string; excludedBecause: string | null }[] }>();
      return Object.fromEntries(items.map((e) => [e.id, e.excludedBecause]));
    };
    const [inTime, late] = ['1-now-0', '1-2023-03-01T00:00:00-0'];
    expect(await listed('2023-03-03T00:00:00')).toEqual({ [inTime]: null, [late]: 'late' });
    (await say(seeded, 'reopen', '2023-03-04T00:00:00')).ok(201);
    await use(seeded, 1, 1, '2023-03-04T00:00:00');
    expect(await listed('2023-03-05T00:00:00')).toEqual({
      [inTime]: null,
      [late]: null,
      '1-2023-03-04T00:00:00-0': 'late',
    });
  });

  it('asked many times at once makes as many revisions, each on the one before (I-132)', async () => {
    const seeded = await seed(app, 'race');
    await use(seeded, 1);
    await verify(app.admin, '2023-03-02');
    const asked = Array.from({ length: 6 }, () => say(seeded, 'reopen', '2023-03-03T00:00:00'));
    for (const answer of await Promise.all(asked)) answer.ok(201);
    const { revisions: all } = await revisions(seeded, '2023-03-04T00:00:00');
    expect(all.map((r) => r.revision)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(all.map((r) => r.previous)).toEqual([
      null,
      ...all.slice(0, -1).map((r) => r.seal?.digest ?? ''),
    ]);
  });
});

describe('a claim after reviews', () => {
  it('returns what a rejection takes and pays what an acceptance gives back (I-135)', async () => {
    const seeded = await seed(app, 'money', { order: { contractMonths: 5 } });
    for (const month of [1, 2, 3, 4, 5]) await use(seeded, month);
    await verify(app.admin, '2023-06-20');
    const [applied, now] = ['2023-06-20', '2023-06-20T10:00:00'];
    (await draw(seeded, 1, applied, now)).ok(201);
    (await draw(seeded, 2, applied, now)).ok(201);
    expect((await draw(seeded, 2, applied, now)).status).toBe(409);

    (await say(seeded, 'reject', '2023-08-01T00:00:00', 3)).ok(201);
    const owed = await claims.get(
      `/v1/orders/${seeded.orderId}/claim?instalment=2`,
      at('2023-08-01T00:00:00'),
    );
    expect(owed.ok()).toMatchObject({ amountTwd: -2_400, drawnTwd: 12_000, claimableMonths: 4 });
    const back = (await draw(seeded, 2, '2023-08-02', '2023-08-02T10:00:00')).ok<Statement>(201);
    expect(back).toMatchObject({ kind: 'clawback', amountTwd: -2_400 });
    expect((await draw(seeded, 2, '2023-08-02', '2023-08-02T11:00:00')).status).toBe(409);

    (await say(seeded, 'accept', '2023-08-03T00:00:00', 3)).ok(201);
    const late = await draw(seeded, 2, '2023-08-03', '2023-08-03T10:00:00');
    expectProblem(late, 'not_eligible', `/v1/orders/${seeded.orderId}/claims`);
    const again = (await draw(seeded, 2, applied, '2023-08-03T10:00:00')).ok<Statement>(201);
    expect(again).toMatchObject({ kind: 'claim', amountTwd: 2_400 });
    expect((await draw(seeded, 2, applied, '2023-08-03T11:00:00')).status).toBe(409);

    const listed = await claims.get(`/v1/orders/${seeded.orderId}/claims`);
    const { items } = listed.ok<{ items: Statement[] }>();
    expect(items.map((s) => s.amountTwd)).toEqual([2_400, 9_600, -2_400, 2_400]);
    const third = items.map((s) => s.months.find((m) => m.month === 3));
    expect(third.map((m) => `${m?.claimable} ${m?.review?.decision ?? '-'}`)).toEqual([
      'true -',
      'true -',
      'false reject',
      'true accept',
    ]);
  });

  it('after a reopening that leaves less is a clawback, traced to the revision and back (I-135)', async () => {
    const seeded = await seed(app, 'trace', { order: { contractMonths: 5 } });
    for (const month of [1, 2, 3, 4, 5]) await use(seeded, month, month === 2 ? 1 : 2);
    await verify(app.admin, '2023-06-20');
    (await say(seeded, 'accept', '2023-06-20T01:00:00', 2)).ok(201);
    const paid = (await draw(seeded, 2, '2023-06-20', '2023-06-20T10:00:00')).ok<Statement>(201);
    expect(paid.amountTwd).toBe(12_000);
    (await say(seeded, 'reopen', '2023-08-01T00:00:00', 2)).ok(201);
    const back = (await draw(seeded, 2, '2023-08-02', '2023-08-02T10:00:00')).ok<Statement>(201);
    expect(back).toMatchObject({ kind: 'clawback', amountTwd: -2_400 });

    const { revisions: all, statements } = await revisions(seeded, '2023-08-03T00:00:00', 2);
    const seals = all.map((r) => ({ revision: r.revision, digest: r.seal?.digest }));
    expect([paid, back].map((s) => s.months[1])).toMatchObject([
      { month: 2, state: 'short', claimable: true, review: { decision: 'accept' }, ...seals[0] },
      { month: 2, state: 'short', claimable: false, review: null, ...seals[1] },
    ]);
    expect(statements).toMatchObject([
      { statementId: paid.statementId, kind: 'claim', amountTwd: 12_000, ...seals[0] },
      { statementId: back.statementId, kind: 'clawback', amountTwd: -2_400, ...seals[1] },
    ]);
    const before = await revisions(seeded, '2023-08-01T12:00:00', 2);
    expect(before.statements.map((s) => s.statementId)).toEqual([paid.statementId]);
  });
});
