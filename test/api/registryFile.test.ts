import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventOf,
  newTaxId,
  ORDER,
  type Seed,
  SOLUTION,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
});
afterAll(() => app.remove());

interface LineResult {
  readonly line: number;
  readonly kind: string | null;
  readonly id: string | null;
  readonly status: string;
  readonly code: string | null;
  readonly detail: string | null;
}

async function load(text: string | Buffer): Promise<LineResult[]> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await app.admin.post('/v1/registry', text, headers);
  return answer.ok<{ results: LineResult[] }>().results;
}

describe('a registry file', () => {
  const vendor = () =>
    JSON.stringify({ kind: 'vendor', id: `v-${newTaxId()}`, name: 'x', taxId: newTaxId() });

  it('loses one line by a fault of that line, whatever the fault is', async () => {
    const faulty = [
      ['{"kind":"vendor"', 'unreadable_body'],
      ['[]', 'invalid_request'],
      ['null', 'invalid_request'],
      ['"vendor"', 'invalid_request'],
      ['{"kind":"ghost","id":"g"}', 'invalid_request'],
      ['{"id":"g","name":"x"}', 'invalid_request'],
      ['{"kind":"vendor","name":"x","taxId":"04595257"}', 'invalid_request'],
      ['{"kind":"vendor","id":"a b","name":"x","taxId":"04595257"}', 'invalid_request'],
      ['{"kind":"vendor","id":"g","name":"x","taxId":"04595253"}', 'invalid_tax_id'],
      [
        '{"kind":"vendor","id":"g","name":"x","taxId":"04595257","__proto__":{}}',
        'invalid_request',
      ],
      ['{"kind":"order","id":"g"}', 'invalid_request'],
    ];
    const lines = faulty.flatMap(([text]) => [vendor(), text]);
    const results = await load([...lines, vendor()].join('\n'));
    expect(results.map((r) => r.line)).toEqual(results.map((_, i) => i + 1));
    expect(results.filter((r) => r.line % 2 === 1).every((r) => r.status === 'stored')).toBe(true);
    const refused = results.filter((r) => r.status === 'refused');
    expect(refused.map((r) => r.code)).toEqual(faulty.map(([, code]) => code));
    for (const { detail } of refused) expect(detail).toBeTruthy();
  });

  it('is read in order: a line sees the ones before it, and none behind it', async () => {
    const [id, smeId] = ['in-order', newTaxId()];
    const lines = {
      vendor: { kind: 'vendor', id, name: 'x', taxId: newTaxId() },
      solution: { kind: 'solution', id, ...SOLUTION, vendorId: id },
      sme: { kind: 'sme', id: smeId, name: 'x' },
      order: { kind: 'order', id, ...ORDER, vendorId: id, solutionId: id, smeId },
    };
    const { vendor: v, solution: s, sme: f, order: o } = lines;
    const second = { ...o, id: 'in-order-2' };
    const results = await load(
      [o, s, v, s, o, f, second, v].map((l) => JSON.stringify(l)).join('\n'),
    );
    expect(results.map((r) => [r.status, r.code])).toEqual([
      ['refused', 'unknown_vendor'],
      ['refused', 'unknown_vendor'],
      ['stored', null],
      ['stored', null],
      ['stored', null],
      ['stored', null],
      ['refused', 'overlapping_order'],
      ['unchanged', null],
    ]);
    expect((await app.admin.get(`/v1/orders/${id}`)).ok()).toMatchObject({ orderId: id, smeId });
    expect((await app.admin.get('/v1/orders/in-order-2')).status).toBe(404);
  });

  it('numbers lines as an editor does: empty ones, CRLF and a BOM are no lines of their own', async () => {
    const text = `\uFEFF\n${vendor()}\r\n\r\n   \n${vendor()}\n\n{\n${vendor()}`;
    expect((await load(text)).map((r) => [r.line, r.status])).toEqual([
      [2, 'stored'],
      [5, 'stored'],
      [7, 'refused'],
      [8, 'stored'],
    ]);
    expect(await load('\n\n')).toEqual([]);
  });

  it('that is not UTF-8 is refused whole, and nothing of it is stored', async () => {
    const line = Buffer.from(
      `${JSON.stringify({ kind: 'vendor', id: 'utf', name: 'x', taxId: newTaxId() })}\n`,
    );
    const headers = { 'content-type': 'application/x-ndjson' };
    const body = Buffer.concat([line, Buffer.from([0xff, 0x0a])]);
    expectProblem(
      await app.admin.post('/v1/registry', body, headers),
      'unreadable_body',
      '/v1/registry',
    );
    expect((await load(line))[0]?.status).toBe('stored');
  });
});

describe('a sealed month', () => {
  /** An order whose first month, 2023-01-10 to 2023-02-10, is sealed. */
  async function sealedOrder(
    name: string,
  ): Promise<{ seeded: Seed; body: Record<string, unknown> }> {
    const seeded = await seed(app, name);
    const { vendorId, solutionId, smeId, orderId } = seeded;
    const event = eventOf(seeded, { id: 'e', occurredAt: '2023-01-11T09:00:00+08:00' });
    const headers = { 'flowproof-now': '2023-01-11T10:00:00+08:00' };
    (await seeded.vendor.post('/v1/events', event, headers)).ok();
    await verify(app.admin, '2023-02-17');
    const { months } = (await app.admin.get(`/v1/orders/${orderId}/months?asOf=2023-02-17`)).ok<{
      months: { seal: object | null; state: string }[];
    }>();
    expect(months.map((m) => [m.state, m.seal !== null])).toEqual([
      ['short', true],
      ['open', false],
      ['open', false],
      ['open', false],
    ]);
    return { seeded, body: { ...ORDER, vendorId, solutionId, smeId } };
  }

  it('keeps what it was judged by: a change of the contract’s terms is refused with 409 (I-34)', async () => {
    const { seeded, body } = await sealedOrder('terms');
    const path = `/v1/orders/${seeded.orderId}`;
    const other = await seed(app, 'terms-other');
    for (const change of [
      { contractStart: '2023-01-11' },
      { contractMonths: 5 },
      { programme: 'industry-2022' },
      { vendorId: other.vendorId, solutionId: other.solutionId },
      { smeId: other.smeId },
    ]) {
      const answer = await app.admin.put(path, { ...body, ...change });
      expectProblem(answer, 'sealed_month_would_change', path);
    }
    const line = JSON.stringify({ kind: 'order', id: seeded.orderId, ...body, contractMonths: 6 });
    expect((await load(line))[0]).toMatchObject({
      status: 'refused',
      code: 'sealed_month_would_change',
    });
    expect((await app.admin.put(path, body)).ok()).toMatchObject({ status: 'unchanged' });
  });

  it('refuses a back-dated rule, and takes one from the first day that is not sealed (I-34)', async () => {
    const { seeded } = await sealedOrder('rule');
    const path = `/v1/solutions/${seeded.solutionId}`;
    const rule = (effectiveFrom: string, change: object = {}) => ({
      ...SOLUTION,
      vendorId: seeded.vendorId,
      normalFlow: { allOf: [{ metric: 'logins', per: 'month', atLeast: 1 }] },
      effectiveFrom,
      ...change,
    });
    for (const effectiveFrom of ['2020-01-01', '2020-01-02', '2023-01-10']) {
      const answer = await app.admin.put(path, rule(effectiveFrom));
      expectProblem(answer, 'sealed_month_would_change', path);
    }
    const wider = { normalFlow: SOLUTION.normalFlow, interactions: ['print', 'scan'] };
    const answer = await app.admin.put(path, rule('2023-01-10', wider));
    expectProblem(answer, 'sealed_month_would_change', path);
    const renamed = { normalFlow: SOLUTION.normalFlow, name: '新名' };
    expect((await app.admin.put(path, rule('2023-01-10', renamed))).ok()).toMatchObject({
      status: 'stored',
    });
    expect((await app.admin.put(path, rule('2023-01-11'))).ok()).toMatchObject({
      status: 'stored',
    });
  });

  it.each([
    ['attachments', { attachments: ['self-payment', 'performance', 'more'] }],
    ['caseId', { caseId: 'a-case' }],
    ['money', { priceTwd: 30_000, pointsTwd: 9_000 }],
    ['closure', { closure: { date: '2023-03-01', proof: '停業' } }],
    ['termination', { termination: { date: '2023-01-20', reason: '解約' } }],
  ])('lets %s come at any time (I-34)', async (name, change) => {
    const { seeded, body } = await sealedOrder(`late-${name.toLowerCase()}`);
    (
      await app.admin.put('/v1/cases/a-case', {
        name: 'c',
        kind: 'popular',
        periodStart: '2023-01-01',
        periodEnd: '2023-11-30',
        totalFlowTarget: { metric: 'logins', count: 1 },
      })
    ).ok();
    const answer = await app.admin.put(`/v1/orders/${seeded.orderId}`, { ...body, ...change });
    expect(answer.ok()).toMatchObject({ status: 'stored' });
    expect((await app.admin.get(`/v1/orders/${seeded.orderId}`)).ok()).toMatchObject(change);
  });
});
