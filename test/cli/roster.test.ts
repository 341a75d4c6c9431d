import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import exceljs from 'exceljs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Roster } from '../../core/roster.ts';
import { eventOf, type Seed, seed, startTestApp, type TestApp } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { type Ended, run } from './run.ts';

/** `flowproof roster` and `flowproof idle`, as processes, against one server. */
/** Each command is a process of its own. */
const PROCESSES_MS = 120_000;

let app: TestApp;
let seeded: Seed;
const folder = useFolder();
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  const body = {
    name: '美髮普及案',
    kind: 'popular',
    periodStart: '2023-04-10',
    periodEnd: '2023-11-30',
    totalFlowTarget: { metric: 'interactions', count: 3 },
  };
  (await app.admin.put('/v1/cases/c-1', body)).ok();
  seeded = await seed(app, 'v', {
    solution: { listedFrom: '2023-01-01' },
    order: {
      programme: 'coprosperity-2023',
      contractStart: '2023-05-01',
      contractMonths: 1,
      priceTwd: 0,
      pointsTwd: 0,
      caseId: 'c-1',
    },
  });
  for (const id of ['one', 'two']) {
    const event = eventOf(seeded, { id, occurredAt: '2023-05-10T09:00:00+08:00' });
    const headers = { 'flowproof-now': '2023-05-11T00:00:00+08:00' };
    (await seeded.vendor.post('/v1/events', event, headers)).ok();
  }
});
afterAll(() => app.remove());

function flowproof(...args: string[]): Promise<Ended> {
  const env = { FLOWPROOF_URL: app.url, FLOWPROOF_KEY: app.adminKey };
  return run(args, { env, cwd: folder.path });
}

describe('roster', { timeout: PROCESSES_MS }, () => {
  const asked = ['roster', 'c-1', '--as-of', '2023-12-31'];

  it('shows the case, its checkpoints and each firm', async () => {
    const { code, stdout, stderr } = await flowproof(...asked);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('輔導案 Case c-1 · 美髮普及案 · as of 2023-12-31T00:00:00.000+08:00');
    expect(stdout).toContain('總流量 Total flow (工作互動數 interactions) 2 / 3 · 66.66 %');
    expect(stdout).toMatch(/^2023-07-15 +66\.66 +35 +1\/1 +是 yes$/m);
    expect(stdout).toMatch(/^2023-11-30 +66\.66 +100 +1\/1 +否 no$/m);
    expect(stdout).toMatch(
      new RegExp(`^${seeded.smeId} .* v-o +2023-05-10 +2 +互動 2\\.00/2 +是 yes +0 +0 +–$`, 'm'),
    );
    expect(stdout).toContain('未查核 Not checked: ');
  });

  it('prints JSON and CSV as the server gives them', async () => {
    const json = await flowproof(...asked, '--format', 'json');
    expect((JSON.parse(json.stdout) as Roster).firms).toHaveLength(1);
    const csv = await flowproof(...asked, '--format', 'csv');
    expect(csv.stdout.split('\n')[0]).toContain('smeId,name,orderId');
    expect(csv.stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it('writes a workbook, by its own name or another', async () => {
    expect((await flowproof(...asked, '--format', 'xlsx')).stdout).toBe('c-1.xlsx\n');
    const out = ['--format', 'xlsx', '--out', 'r.xlsx'];
    expect((await flowproof(...asked, ...out)).stdout).toBe('r.xlsx\n');
    const [own, other] = ['c-1.xlsx', 'r.xlsx'].map((f) => readFileSync(join(folder.path, f)));
    expect(own?.equals(other ?? Buffer.alloc(0))).toBe(true);
    const workbook = new exceljs.Workbook();
    await workbook.xlsx.load(own as unknown as exceljs.Buffer);
    expect(workbook.worksheets).toHaveLength(3);
  });

  it('says what is wrong: a file without a form, another form, an unknown case', async () => {
    expect((await flowproof(...asked, '--out', 'x')).code).toBe(2);
    expect((await flowproof(...asked, '--format', 'pdf')).code).toBe(2);
    const unknown = await flowproof('roster', 'c-2');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('Not found');
  });
});

describe('idle', { timeout: PROCESSES_MS }, () => {
  it('lists the solutions without a contract, and from when', async () => {
    const { code, stdout } = await flowproof('idle', '--as-of', '2023-09-01');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^v-s +v +方案 +2023-01-01 +2023-06-01 +2023-06-01 +3$/m);
    const before = await flowproof('idle', '--as-of', '2023-08-31');
    expect(before.stdout).not.toContain('v-s');
  });
});
