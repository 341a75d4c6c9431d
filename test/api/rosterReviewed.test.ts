import { parse } from 'csv-parse/sync';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Roster } from '../../core/roster.ts';
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

/** The roster of a case whose months a finding holds, and what auditors say of them. */
let app: TestApp;
let auditor: Client;
let held: Seed;
const CASE = {
  name: '美髮普及案',
  kind: 'popular',
  periodStart: '2023-04-10',
  periodEnd: '2023-11-30',
  totalFlowTarget: { metric: 'interactions', count: 6 },
};
const ORDER = {
  programme: 'coprosperity-2023',
  contractStart: '2023-05-01',
  contractMonths: 4,
  priceTwd: 0,
  pointsTwd: 0,
  caseId: 'c-1',
  attachments: [],
};

/** Two uses of each of three months; the vendor's number is the firm's: each is held. */
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  (await app.admin.put('/v1/cases/c-1', CASE)).ok();
  held = await seed(app, 'held', { order: ORDER });
  (await app.admin.put('/v1/vendors/held', { name: 'held', taxId: held.smeId })).ok();
  for (const day of ['2023-05-10', '2023-06-10', '2023-07-10']) {
    const events = [0, 1].map((i) =>
      eventOf(held, { id: `${day}-${i}`, occurredAt: `${day}T09:0${i}:00+08:00` }),
    );
    const headers = { 'flowproof-now': `${day}T10:00:00+08:00` };
    (await held.vendor.post('/v1/events', events, headers)).ok();
  }
  const termination = { date: '2023-08-01', reason: '不合用' };
  const { vendorId, solutionId, smeId } = held;
  const body = { ...ORDER, vendorId, solutionId, smeId, termination };
  (await app.admin.put(`/v1/orders/${held.orderId}`, body)).ok();
  await verify(app.admin, '2023-08-10');
});
afterAll(() => app.remove());

async function review(month: number, decision: string, day: string): Promise<void> {
  const path = `/v1/orders/${held.orderId}/months/${month}/reviews`;
  const at = { 'flowproof-now': `${day}T00:00:00+08:00` };
  (await auditor.post(path, { decision, reason: '抽查' }, at)).ok(201);
}

const url = (day: string, format = 'json') => `/v1/cases/c-1/roster?asOf=${day}&format=${format}`;

async function told(day: string) {
  const { firms, totalFlow, checkpoints } = (await app.admin.get(url(day))).ok<Roster>();
  const [firm] = firms;
  return {
    flow: totalFlow.flow,
    total: firm?.thresholds[0]?.total,
    introducedOn: firm?.introducedOn,
    doubted: [firm?.monthsHeld, firm?.monthsRejected],
    keeps: firm?.keeps,
    keeping: checkpoints.at(-1)?.keeping,
    reached: checkpoints.map((c) => c.reached),
  };
}

describe('the roster of a firm with held months', () => {
  it('counts them, keeps nothing until they are accepted, and has nothing of a rejected one (I-190)', async () => {
    const waiting = {
      flow: 6,
      total: 6,
      introducedOn: '2023-05-10',
      doubted: [3, 0],
      keeps: false,
      keeping: 0,
      reached: [true, false],
    };
    expect(await told('2023-12-01')).toEqual(waiting);
    for (const month of [1, 2, 3]) await review(month, 'accept', '2023-12-02');
    const accepted = {
      ...waiting,
      doubted: [0, 0],
      keeps: true,
      keeping: 1,
      reached: [true, true],
    };
    expect(await told('2023-12-02')).toEqual(accepted);
    await review(1, 'reject', '2023-12-03');
    expect(await told('2023-12-03')).toEqual({
      flow: 4,
      total: 4,
      introducedOn: '2023-06-10',
      doubted: [0, 1],
      keeps: false,
      keeping: 0,
      reached: [true, false],
    });
    expect(await told('2023-12-02')).toEqual(accepted);
    expect(await told('2023-12-01')).toEqual(waiting);
  });

  it('says in each form how many, and when the order ended early', async () => {
    const day = '2023-12-01';
    const [firm] = (await app.admin.get(url(day))).ok<Roster>().firms;
    const want = { monthsHeld: 3, monthsRejected: 0, endedEarlyOn: '2023-08-01' };
    expect(firm).toMatchObject(want);
    const csv = (await app.admin.get(url(day, 'csv'))).text;
    const [row] = parse(csv, { columns: true }) as Record<string, string>[];
    const texts = Object.entries(want).map(([key, value]) => [key, String(value)]);
    expect(row).toMatchObject(Object.fromEntries(texts));
    const workbook = new exceljs.Workbook();
    const { bytes } = await app.admin.get(url(day, 'xlsx'));
    await workbook.xlsx.load(bytes as unknown as exceljs.Buffer);
    const sheet = workbook.worksheets[2];
    const cell = (key: string) =>
      sheet?.getRow(2).getCell(Object.keys(row ?? {}).indexOf(key) + 1).value;
    expect(Object.keys(want).map(cell)).toEqual(Object.values(want));
  });
});
