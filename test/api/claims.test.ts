import { parse } from 'csv-parse/sync';
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
let claims: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
});
afterAll(() => app.remove());

interface Statement {
  readonly statementId: string;
  readonly kind: string;
  readonly instalment: number;
  readonly amountTwd: number;
  readonly drawnAt: string;
  readonly reasons: { readonly code: string }[];
}

/** An order from 2023-01-10 over 4 months, its first so many months met, each in its own time. */
async function used(name: string, months: number, order: object = {}): Promise<Seed> {
  const seeded = await seed(app, name, { order });
  for (let month = 1; month <= months; month += 1) {
    const day = `2023-${String(month).padStart(2, '0')}-15`;
    const events = [1, 2].map((n) =>
      eventOf(seeded, { id: `${month}-${n}`, occurredAt: `${day}T0${n}:00:00Z` }),
    );
    const headers = { 'flowproof-now': `${day}T12:00:00Z` };
    (await seeded.vendor.post('/v1/events', events, headers)).ok();
  }
  return seeded;
}

const claimPath = ({ orderId }: Seed) => `/v1/orders/${orderId}/claim`;
const drawPath = ({ orderId }: Seed) => `/v1/orders/${orderId}/claims`;

function draw(seeded: Seed, instalment: number, asOf: string, on = asOf): Promise<Answer> {
  const headers = { 'flowproof-now': `${on}T10:00:00+08:00` };
  return claims.post(drawPath(seeded), { instalment, asOf }, headers);
}

async function codesOf(answer: Answer, seeded: Seed): Promise<string[]> {
  expectProblem(answer, 'not_eligible', drawPath(seeded));
  return answer.json<{ reasons: { code: string }[] }>().reasons.map((r) => r.code);
}

describe('drawing', () => {
  it('the first instalment: refused a day early, 201 with its statement, refused when drawn', async () => {
    const seeded = await used('first', 4);
    const early = await draw(seeded, 1, '2023-04-09');
    expect(await codesOf(early, seeded)).toEqual(['too_early', 'months_not_claimable']);
    const pending = await draw(seeded, 1, '2023-04-16');
    expect(await codesOf(pending, seeded)).toEqual(['months_not_claimable']);
    const drawn = (await draw(seeded, 1, '2023-04-17')).ok<Statement>(201);
    expect(drawn).toMatchObject({
      orderId: seeded.orderId,
      kind: 'claim',
      instalment: 1,
      eligible: true,
      reasons: [],
      amountTwd: 2_400,
      asOf: '2023-04-17T00:00:00.000+08:00',
      drawnAt: '2023-04-17T10:00:00.000+08:00',
      statementId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const again = await draw(seeded, 1, '2023-04-18');
    expect(await codesOf(again, seeded)).toEqual(['already_drawn']);
    expect(again.json()['statementId']).toBe(drawn.statementId);
    for (const refused of [early, pending])
      expect(refused.json()).not.toHaveProperty('statementId');
    const listed = (await claims.get(drawPath(seeded))).ok<{ items: Statement[] }>();
    expect(listed.items).toEqual([drawn]);
  });

  it('the second pays what the first left, within its window; then nothing is left', async () => {
    const seeded = await used('second', 4);
    (await draw(seeded, 1, '2023-04-17')).ok(201);
    expect(await codesOf(await draw(seeded, 2, '2023-05-16'), seeded)).toEqual([
      'months_pending',
      'below_minimum_months',
    ]);
    expect(await codesOf(await draw(seeded, 2, '2023-06-09'), seeded)).toEqual(['window_closed']);
    const drawn = (await draw(seeded, 2, '2023-06-08')).ok<Statement>(201);
    expect(drawn).toMatchObject({
      kind: 'claim',
      instalment: 2,
      amountTwd: 9_600,
      drawnTwd: 2_400,
    });
    const [two, one] = [await draw(seeded, 2, '2023-06-08'), await draw(seeded, 1, '2023-06-08')];
    expect(await codesOf(two, seeded)).toContain('already_drawn');
    expect(await codesOf(one, seeded)).toEqual(['already_drawn']);
    expect(two.json()['statementId']).toBe(drawn.statementId);
    expect(one.json()['statementId']).not.toBe(drawn.statementId);
    const listed = (await claims.get(`${drawPath(seeded)}?limit=1`)).ok<{
      items: Statement[];
      nextCursor: string;
    }>();
    const rest = await claims.get(`${drawPath(seeded)}?limit=1&cursor=${listed.nextCursor}`);
    expect(
      [...listed.items, ...rest.ok<{ items: Statement[] }>().items].map((s) => s.amountTwd),
    ).toEqual([2_400, 9_600]);
    expect(rest.json()['nextCursor']).toBeNull();
  });

  it('below the floor draws a clawback of what was paid, also after the window (I-44)', async () => {
    const seeded = await used('clawback', 3);
    (await draw(seeded, 1, '2023-04-17')).ok(201);
    expect(await codesOf(await draw(seeded, 2, '2023-05-16'), seeded)).toContain('months_pending');
    const drawn = (await draw(seeded, 2, '2023-07-01')).ok<Statement>(201);
    expect(drawn).toMatchObject({
      kind: 'clawback',
      instalment: 2,
      amountTwd: -2_400,
      eligible: false,
      claimableMonths: 3,
    });
    const after = await claims.get(`${claimPath(seeded)}?instalment=2&asOf=2023-07-02`);
    expect(after.ok()).toMatchObject({ amountTwd: 0, drawnTwd: 0 });
    expect(await codesOf(await draw(seeded, 2, '2023-07-02'), seeded)).toContain('already_drawn');
  });

  it.each([2, 12])('%i times at once gives exactly one statement (I-50)', async (times) => {
    const seeded = await used(`race-${times}`, 4);
    const answers = await Promise.all(
      Array.from({ length: times }, () => draw(seeded, 1, '2023-04-17')),
    );
    expect(answers.filter((a) => a.status === 201).length).toBe(1);
    const listed = (await claims.get(drawPath(seeded))).ok<{ items: Statement[] }>();
    expect(listed.items.length).toBe(1);
    for (const answer of answers.filter((a) => a.status !== 201)) {
      expect(await codesOf(answer, seeded)).toEqual(['already_drawn']);
      expect(answer.json()['statementId']).toBe(listed.items[0]?.statementId);
    }
  });

  it('without its attachment is refused, and then drawn when it came', async () => {
    const seeded = await used('attached', 4, { attachments: [] });
    expect(await codesOf(await draw(seeded, 1, '2023-04-17'), seeded)).toEqual([
      'attachment_missing',
    ]);
    const { vendorId, solutionId, smeId } = seeded;
    const before = (await app.admin.get(`/v1/orders/${seeded.orderId}`)).ok();
    const { orderId, ...body } = before;
    (
      await app.admin.put(`/v1/orders/${orderId}`, {
        ...body,
        vendorId,
        solutionId,
        smeId,
        attachments: ['self-payment'],
      })
    ).ok();
    expect((await draw(seeded, 1, '2023-04-17')).status).toBe(201);
  });

  it('is of no other role, and asks of an unknown instalment nothing', async () => {
    const seeded = await used('roles', 4);
    for (const client of [app.admin, seeded.vendor, seeded.sme]) {
      const answer = await client.post(drawPath(seeded), { instalment: 1 });
      expectProblem(answer, 'forbidden', drawPath(seeded));
    }
    expectProblem(
      await claims.post(drawPath(seeded), { instalment: 3 }),
      'invalid_request',
      drawPath(seeded),
    );
    expectProblem(
      await claims.post(drawPath(seeded), { instalment: '1' }),
      'invalid_request',
      drawPath(seeded),
    );
    const asOf = { instalment: 1, asOf: '2023-04-18' };
    const early = await claims.post(drawPath(seeded), asOf, {
      'flowproof-now': '2023-04-17T12:00:00Z',
    });
    expectProblem(early, 'as_of_in_future', drawPath(seeded));
  });
});

describe('a claim', () => {
  it('counts a statement from its asOf on, not before', async () => {
    const seeded = await used('since', 4);
    (await draw(seeded, 1, '2023-04-20')).ok(201);
    const drawnTwd = async (asOf: string) =>
      (await seeded.vendor.get(`${claimPath(seeded)}?instalment=1&asOf=${asOf}`)).ok()['drawnTwd'];
    expect(await drawnTwd('2023-04-19')).toBe(0);
    expect(await drawnTwd('2023-04-20')).toBe(2_400);
  });

  describe('of an earlier day', () => {
    const asked = async (seeded: Seed, instalment: number, asOf: string) => {
      const query = `?instalment=${instalment}&asOf=${asOf}`;
      const claim = (await claims.get(`${claimPath(seeded)}${query}`)).ok<{
        drawnTwd: number;
        amountTwd: number;
        reasons: { code: string }[];
      }>();
      const codes = claim.reasons.map((r) => r.code);
      return [claim.drawnTwd, claim.amountTwd, ...codes].join(' ');
    };

    it('tells no payment and no return that was not: reviewed between two draws (I-174)', async () => {
      const seeded = await used('between', 6, { contractMonths: 6 });
      await verify(app.admin, '2023-07-18');
      const auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
      const say = async (decision: string, on: string) => {
        const path = `/v1/orders/${seeded.orderId}/months/3/reviews`;
        const headers = { 'flowproof-now': `${on}T09:00:00+08:00` };
        (await auditor.post(path, { decision, reason: 'r' }, headers)).ok(201);
      };
      (await draw(seeded, 2, '2023-07-20')).ok(201);
      await say('reject', '2023-07-25');
      (await draw(seeded, 2, '2023-07-27')).ok(201);
      await say('accept', '2023-08-01');
      (await draw(seeded, 2, '2023-07-20', '2023-08-01')).ok(201);
      expect(await asked(seeded, 2, '2023-07-19')).toBe('0 12000');
      expect(await asked(seeded, 2, '2023-07-21')).toBe('12000 0 already_drawn');
      expect(await asked(seeded, 2, '2023-07-26')).toBe('12000 -2000');
      expect(await asked(seeded, 2, '2023-07-28')).toBe('10000 0 already_drawn');
      expect(await asked(seeded, 2, '2023-08-02')).toBe('12000 0 already_drawn');
    });

    it('tells no rest that was not: drawn with an earlier asOf than before (I-174)', async () => {
      const seeded = await used('backwards', 6, { contractMonths: 6 });
      (await draw(seeded, 1, '2023-07-22')).ok(201);
      (await draw(seeded, 2, '2023-07-20', '2023-07-23')).ok(201);
      expect(await asked(seeded, 2, '2023-07-21')).toBe('0 12000');
      expect(await asked(seeded, 2, '2023-07-22')).toBe('12000 0 already_drawn');
    });
  });

  it('is unknown in a programme that pays by case: 404 with its own code (I-48)', async () => {
    const seeded = await used('coprosperity', 1, { programme: 'coprosperity-2023', pointsTwd: 0 });
    for (const instalment of [1, 2]) {
      const path = claimPath(seeded);
      const answer = await claims.get(`${path}?instalment=${instalment}`);
      expectProblem(answer, 'no_claim_in_programme', path);
      expectProblem(
        await draw(seeded, instalment, '2023-06-01'),
        'no_claim_in_programme',
        drawPath(seeded),
      );
    }
  });

  it('is instalment 1 alone where the programme pays once', async () => {
    const attachments = ['invoice', 'questionnaire'];
    const seeded = await used('industry', 4, { programme: 'industry-2022', attachments });
    const two = await claims.get(`${claimPath(seeded)}?instalment=2`);
    expect(two.status).toBe(404);
    expect((await draw(seeded, 2, '2023-06-01')).status).toBe(404);
    expect((await draw(seeded, 1, '2023-05-17')).ok(201)).toMatchObject({ amountTwd: 12_000 });
  });
});

describe('the claimable months of every order', () => {
  it('are those of the order’s own route, as NDJSON and as CSV', async () => {
    const asOf = '2023-04-12';
    const { items } = (await app.admin.get('/v1/orders?limit=1000')).ok<{
      items: {
        orderId: string;
        programme: string;
        vendorId: string;
        solutionId: string;
        smeId: string;
        contractMonths: number;
      }[];
    }>();
    const expected = [];
    for (const { orderId, programme, vendorId, solutionId, smeId, contractMonths } of items) {
      const answer = await app.admin.get(`/v1/orders/${orderId}/months?asOf=${asOf}`);
      const found = answer.ok<{
        asOf: string;
        claimableMonths: number;
        months: { state: string }[];
      }>();
      const inState = (state: string) => found.months.filter((m) => m.state === state).length;
      expected.push({
        orderId,
        programme,
        vendorId,
        solutionId,
        smeId,
        asOf: found.asOf,
        contractMonths,
        claimableMonths: found.claimableMonths,
        monthsPending: inState('pending'),
        monthsHeld: inState('held'),
      });
    }
    expect(expected.length).toBeGreaterThan(8);
    expect(new Set(expected.map((row) => row.claimableMonths)).size).toBeGreaterThan(1);
    expect(expected.some((row) => row.monthsPending === 1)).toBe(true);
    const path = `/v1/claimable?asOf=${asOf}`;
    const ndjson = await claims.get(path, { accept: 'application/x-ndjson' });
    expect(ndjson.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    expect(
      ndjson.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected);
    const csv = await claims.get(path, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const rows: unknown = parse(csv.bytes, { columns: true });
    expect(rows).toEqual(
      expected.map((row) =>
        Object.fromEntries(Object.entries(row).map(([k, v]) => [k, String(v)])),
      ),
    );
    const one = await claims.get(`${path}&programme=industry-2022`);
    expect(
      one.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected.filter((row) => row.programme === 'industry-2022'));
    expectProblem(
      await claims.get(path, { accept: 'image/png' }),
      'not_acceptable',
      '/v1/claimable',
    );
  });
});
