import { parse } from 'csv-parse/sync';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Roster } from '../../core/roster.ts';
import {
  type Answer,
  eventOf,
  newKey,
  newTaxId,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** A case of two firms, from its entry to its roster in three forms. */
let app: TestApp;
let first: Seed;
let secondSme: string;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const CASE = {
  name: '美髮普及案',
  kind: 'popular',
  periodStart: '2023-04-10',
  periodEnd: '2023-11-30',
  totalFlowTarget: { metric: 'interactions', count: 10 },
};
const ORDER = {
  programme: 'coprosperity-2023',
  contractStart: '2023-05-01',
  contractMonths: 6,
  priceTwd: 0,
  pointsTwd: 0,
  caseId: 'c-1',
  attachments: [],
};
const ROSTER = '/v1/cases/c-1/roster';

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  (await app.admin.put('/v1/cases/c-1', CASE)).ok();
  first = await seed(app, 'case-a', { order: ORDER });
  const { vendorId, solutionId } = first;
  secondSme = newTaxId();
  (await app.admin.put(`/v1/smes/${secondSme}`, { name: '=HYPERLINK("x")' })).ok();
  const second = { ...ORDER, vendorId, solutionId, smeId: secondSme };
  (await app.admin.put('/v1/orders/case-b-o', second)).ok();
  await use('2023-05-10', 3, first.smeId);
  await use('2023-06-10', 4, secondSme);
  await use('2023-08-10', 3, first.smeId);
});
afterAll(() => app.remove());

async function use(day: string, times: number, smeId: string): Promise<void> {
  const events = Array.from({ length: times }, (_, i) =>
    eventOf(
      { ...first, smeId },
      { id: `${smeId}-${day}-${i}`, occurredAt: `${day}T09:00:00+08:00` },
    ),
  );
  const headers = { 'flowproof-now': `${day}T10:00:00+08:00` };
  (await first.vendor.post('/v1/events', events, headers)).ok();
}

const roster = async (asOf: string) => (await app.admin.get(`${ROSTER}?asOf=${asOf}`)).ok<Roster>();

describe('a case', () => {
  it('is entered, repeated and refused where its period is none', async () => {
    expect((await app.admin.put('/v1/cases/c-1', CASE)).ok()).toEqual({
      kind: 'case',
      id: 'c-1',
      status: 'unchanged',
      warnings: [],
    });
    const backwards = await app.admin.put('/v1/cases/c-2', { ...CASE, periodEnd: '2023-04-10' });
    expectProblem(backwards, 'invalid_request', '/v1/cases/c-2');
    const long = await app.admin.put('/v1/cases/c-3', { ...CASE, periodEnd: '2024-03-31' });
    expect(long.ok<{ warnings: string[] }>().warnings).toHaveLength(1);
    const odd = await app.admin.put('/v1/cases/c-4', { ...CASE, kind: 'other' });
    expectProblem(odd, 'invalid_request', '/v1/cases/c-4');
  });

  it('must be known before an order names it', async () => {
    const { vendorId, solutionId, smeId } = first;
    const body = { ...ORDER, vendorId, solutionId, smeId, caseId: 'absent' };
    expectProblem(await app.admin.put('/v1/orders/o-x', body), 'unknown_case', '/v1/orders/o-x');
  });
});

describe('the roster as JSON', () => {
  it('tells each firm, the total flow and the checkpoints', async () => {
    const found = await roster('2023-12-31');
    expect(found).toMatchObject({
      caseId: 'c-1',
      programme: 'coprosperity-2023',
      rulesVersion: 'coprosperity-2023/1',
      kind: 'popular',
      asOf: '2023-12-31T00:00:00.000+08:00',
      periodStart: '2023-04-10',
      periodEnd: '2023-11-30',
      firmCount: 2,
      tier: null,
      totalFlow: { metric: 'interactions', target: 10, flow: 10, sharePercent: 100 },
    });
    expect(found.firms.map((f) => [f.orderId, f.smeId, f.introducedOn, f.flow, f.keeps])).toEqual([
      ['case-a-o', first.smeId, '2023-05-10', 6, false],
      ['case-b-o', secondSme, '2023-06-10', 4, false],
    ]);
    expect(found.firms[0]?.thresholds).toMatchObject([
      { metric: 'interactions', per: 'month', atLeast: 2, cycles: 6, total: 6, average: 1 },
    ]);
    expect(found.checkpoints.map((c) => [c.date, c.due, c.sharePercent, c.reached])).toEqual([
      ['2023-07-15', true, 70, true],
      ['2023-11-30', true, 100, false],
    ]);
  });

  it.each([
    ['2023-05-10', 0],
    ['2023-05-11', 3],
    ['2023-06-11', 7],
    ['2023-08-11', 10],
  ])('at %s has the flow of %d so far', async (asOf, flow) => {
    expect((await roster(asOf)).totalFlow.flow).toBe(flow);
  });

  it('of a case without orders is empty', async () => {
    const found = (await app.admin.get('/v1/cases/c-3/roster?asOf=2023-12-31')).ok<Roster>();
    expect(found).toMatchObject({ firms: [], firmCount: 0, totalFlow: { flow: 0 } });
  });

  it('is refused for an asOf that is none, an unknown case and another form', async () => {
    const instance = ROSTER;
    expectProblem(await app.admin.get(`${ROSTER}?asOf=soon`), 'invalid_request', instance);
    expectProblem(await app.admin.get(`${ROSTER}?format=pdf`), 'invalid_request', instance);
    expectProblem(await app.admin.get('/v1/cases/x/roster'), 'not_found', '/v1/cases/x/roster');
    const png = await app.admin.get(ROSTER, { accept: 'image/png' });
    expectProblem(png, 'not_acceptable', instance);
  });

  it('is not for the roles that claim or are claimed for', async () => {
    for (const role of ['claims', 'auditor'] as const) {
      const client = app.admin.as(await newKey(app.admin, { role }));
      expect((await client.get(ROSTER)).status).toBe(role === 'auditor' ? 200 : 403);
    }
    expect((await first.vendor.get(ROSTER)).status).toBe(403);
    expect((await first.sme.get(ROSTER)).status).toBe(403);
  });
});

describe('the roster as a file', () => {
  const url = `${ROSTER}?asOf=2023-12-31`;
  const csvRows = ({ text }: Answer): Record<string, string>[] => parse(text, { columns: true });

  it('is a CSV by Accept or by format: the firms of the JSON, no name a formula (I-126)', async () => {
    const csv = await app.admin.get(url, { accept: 'text/csv' });
    expect(csv.status).toBe(200);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe(
      'attachment; filename="roster-c-1-2023-12-31.csv"',
    );
    expect((await app.admin.get(`${url}&format=csv`)).bytes.equals(csv.bytes)).toBe(true);
    const rows = csvRows(csv);
    expect(rows.map((r) => [r['orderId'], r['average'], r['flow'], r['keeps']])).toEqual([
      ['case-a-o', '1', '6', 'false'],
      ['case-b-o', String(4 / 6), '4', 'false'],
    ]);
    expect(rows[1]?.['name']).toBe('\'=HYPERLINK("x")');
  });

  it('is a workbook that opens and says what the JSON says (I-126)', async () => {
    const answer = await app.admin.get(url, { accept: XLSX });
    expect(answer.headers.get('content-type')).toBe(XLSX);
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load(answer.bytes as unknown as exceljs.Buffer);
    const json = await roster('2023-12-31');
    const [totals, checkpoints, firms] = workbook.worksheets;
    const column = (key: string, sheet = firms) =>
      sheet
        ?.getColumn(key)
        .values.slice(2)
        .map((v) => v ?? null);
    const csv = csvRows(await app.admin.get(url, { accept: 'text/csv' }));
    expect(firms?.columnCount).toBe(Object.keys(csv[0] ?? {}).length);
    const at = (key: string) => Object.keys(csv[0] ?? {}).indexOf(key) + 1;
    const cells = (key: string) =>
      json.firms.map((_, i) => firms?.getRow(i + 2).getCell(at(key)).value ?? null);
    expect(cells('smeId')).toEqual(json.firms.map((f) => f.smeId));
    expect(cells('name')).toEqual(json.firms.map((f) => f.name));
    expect(cells('average')).toEqual(json.firms.map((f) => f.thresholds[0]?.average));
    expect(cells('flow')).toEqual(json.firms.map((f) => f.flow));
    expect(cells('keeps')).toEqual(json.firms.map((f) => f.keeps));
    expect(column('A', checkpoints)).toEqual(json.checkpoints.map((c) => c.date));
    expect(column('E', checkpoints)).toEqual(json.checkpoints.map((c) => c.sharePercent));
    expect(column('C', totals)).toContain(json.totalFlow.flow);
    expect(column('C', totals)).toContain('2023-11-30（民國112年11月30日）');
  });

  it('is the same bytes whenever it is asked for one asOf (I-126)', async () => {
    const forms = ['json', 'csv', 'xlsx'];
    const ask = () => Promise.all(forms.map((form) => app.admin.get(`${url}&format=${form}`)));
    const before = await ask();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const after = await ask();
    forms.forEach((form, i) => {
      const same = before[i]?.bytes.equals(after[i]?.bytes ?? Buffer.alloc(0));
      expect(`${form} ${same}`).toBe(`${form} true`);
    });
  });
});

describe('a month that was reopened', () => {
  it('counts what came late in the average and in the total flow alike (I-123)', async () => {
    (await app.admin.put('/v1/cases/c-9', CASE)).ok();
    const late = await seed(app, 'case-late', { order: { ...ORDER, caseId: 'c-9' } });
    const event = eventOf(late, { id: 'late', occurredAt: '2023-05-20T09:00:00+08:00' });
    const sent = { 'flowproof-now': '2023-06-20T00:00:00+08:00' };
    (await late.vendor.post('/v1/events', event, sent)).ok();
    await verify(app.admin, '2023-07-01');
    const seen = async (asOf: string) => {
      const { firms, totalFlow } = (
        await app.admin.get(`/v1/cases/c-9/roster?asOf=${asOf}`)
      ).ok<Roster>();
      return [firms[0]?.thresholds[0]?.total, firms[0]?.introducedOn, totalFlow.flow];
    };
    expect(await seen('2023-07-04')).toEqual([0, null, 0]);
    const auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
    const review = { decision: 'reopen', reason: 'the vendor’s system was down' };
    const path = `/v1/orders/${late.orderId}/months/1/reviews`;
    const at = { 'flowproof-now': '2023-07-05T00:00:00+08:00' };
    expect((await auditor.post(path, review, at)).status).toBeLessThan(300);
    expect(await seen('2023-07-06')).toEqual([1, '2023-05-20', 1]);
    expect(await seen('2023-07-04')).toEqual([0, null, 0]);
  });
});
