import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKey, newTaxId, type Seed, seed, startTestApp, type TestApp } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { type Ended, run } from './run.ts';

/** Every command once, as a process, against one server whose clock stands in the year after. */

const AS_OF = '2023-07-01';
/** Six events in each of the four months of the order, and one that is refused. */
const LOG = [1, 2, 3, 4].flatMap((month) =>
  Array.from({ length: 6 }, (_, i) => ({ id: `e${month}-${i}`, month, day: 11 + i })),
);

/** Each command is a process of its own. */
const PROCESSES_MS = 120_000;

let app: TestApp;
let seeded: Seed;
const folder = useFolder();
beforeAll(async () => {
  app = await startTestApp({ simulated: true, clock: () => Date.UTC(2023, 6, 2) });
  seeded = await seed(app, 'v');
  await sendInTime();
});
afterAll(() => app.remove());

/** On the day after each event, so that none is late. */
async function sendInTime(): Promise<void> {
  for (const { id, month, day } of LOG) {
    const headers = { 'flowproof-now': `2023-0${month}-${day + 1}T09:00:00+08:00` };
    (await seeded.vendor.post('/v1/events', eventBody(id, month, day), headers)).ok();
  }
}

function eventBody(id: string, month: number, day: number) {
  const { solutionId, smeId } = seeded;
  const occurredAt = `2023-0${month}-${day}T09:00:00+08:00`;
  return { id, solutionId, smeId, actorId: 'u', action: 'create', occurredAt };
}

function flowproof(args: readonly string[], key = app.adminKey): Promise<Ended> {
  const env = { FLOWPROOF_URL: app.url, FLOWPROOF_KEY: key };
  return run(args, { env, cwd: folder.path });
}

function written(name: string, content: string | Buffer): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

async function withKeyOf(role: string, args: readonly string[]): Promise<Ended> {
  return flowproof(args, await newKey(app.admin, { role }));
}

describe('registry', { timeout: PROCESSES_MS }, () => {
  const vendor = (id: string, taxId: string) =>
    `${JSON.stringify({ kind: 'vendor', id, name: '公司', taxId })}\n`;

  it('enters a file, and says what was refused, with code 1', async () => {
    const good = vendor('w', newTaxId());
    const path = written('registry.ndjson', `${good}${good}\n${vendor('x', '12345678')}`);
    const { code, stdout } = await flowproof(['registry', path]);
    expect(code).toBe(1);
    expect(stdout).toContain('stored 1, 未變 unchanged 1, 拒絕 refused 1');
    expect(stdout).toMatch(/^record 3 vendor x: invalid_tax_id: /m);
  });

  it('takes a gzipped one, with code 0', async () => {
    const path = written('registry.ndjson.gz', gzipSync(vendor('y', newTaxId())));
    const { code, stdout } = await flowproof(['registry', path]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '已存 stored 1, 未變 unchanged 0, 拒絕 refused 0\n',
    });
  });
});

describe('send', { timeout: PROCESSES_MS }, () => {
  const lines = (events: readonly object[]) => events.map((e) => `${JSON.stringify(e)}\n`).join('');
  const vendorKey = () => newKey(app.admin, { role: 'vendor', vendorId: seeded.vendorId });

  it('sends more than a request holds, and names the refused event by its place', async () => {
    const events = Array.from({ length: 2_001 }, (_, i) => eventBody(`n${i}`, 6, 30));
    const bad = { ...eventBody('bad', 6, 30), solutionId: 'nobodys' };
    const path = written(
      'log.ndjson.gz',
      gzipSync(lines([...events.slice(0, 1_500), bad, ...events.slice(1_500)])),
    );
    const { code, stdout, stderr } = await flowproof(['send', path], await vendorKey());
    expect(stderr).not.toContain('flowproof:');
    expect(code).toBe(1);
    expect(stdout).toContain('已收 accepted 2001, 退回 rejected 1\n');
    expect(stdout).toMatch(/^ *1501 +bad +unknown_solution /m);
  });

  it('sends CSV under its header in every request, and JSON, with code 0', async () => {
    const { solutionId, smeId } = seeded;
    const row = (i: number) => `c${i},${solutionId},${smeId},u,create,2023-06-30T09:00:00+08:00`;
    const rows = Array.from({ length: 1_001 }, (_, i) => row(i)).join('\n');
    const csv = written('log.csv', `id,solutionId,smeId,actorId,action,occurredAt\n${rows}\n`);
    const sent = await flowproof(['send', csv], await vendorKey());
    expect(sent).toMatchObject({ code: 0, stdout: '已收 accepted 1001, 退回 rejected 0\n' });
    const json = written('log.json', JSON.stringify([eventBody('j1', 6, 30)]));
    const again = await flowproof(['send', json], await vendorKey());
    expect(again).toMatchObject({ code: 0, stdout: '已收 accepted 1, 退回 rejected 0\n' });
  });

  it('fails where there is no event, no file or no right', async () => {
    const key = await vendorKey();
    const empty = await flowproof(['send', written('empty.ndjson', '\n')], key);
    expect(empty).toMatchObject({ code: 1, stdout: '' });
    const gone = await flowproof(['send', 'gone.ndjson'], key);
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain('gone.ndjson');
    const forbidden = await flowproof([
      'send',
      written('one.ndjson', lines([eventBody('f', 6, 1)])),
    ]);
    expect(forbidden.code).toBe(1);
    expect(forbidden.stderr).toContain('The key may not do this');
    expect(forbidden.stderr).toContain('flowproof keys create');
    expect(forbidden.stderr).not.toContain(app.adminKey);
  });

  it('and rejects shows them afterwards', async () => {
    const { code, stdout } = await flowproof(['rejects', '--limit', '5'], await vendorKey());
    expect(code).toBe(0);
    expect(stdout).toMatch(/ bad +unknown_solution /);
  });
});

describe('an order', { timeout: PROCESSES_MS }, () => {
  it('is verified: the command waits for the end', async () => {
    const args = ['verify', '--as-of', AS_OF, '--order', seeded.orderId];
    const { code, stdout } = await flowproof(args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '已驗證 verified 1 / 1\n' });
    // A seal exists from its making on, by the server's clock.
    const path = `/v1/orders/${seeded.orderId}/months?asOf=2023-07-05`;
    const months = (await app.admin.get(path)).ok<{
      months: { seal: object | null }[];
    }>();
    expect(months.months.every((month) => month.seal !== null)).toBe(true);
  });

  it('shows its months, as a table and as the answer itself', async () => {
    const args = ['months', seeded.orderId, '--as-of', AS_OF];
    const { code, stdout } = await flowproof(args);
    expect(code).toBe(0);
    expect(stdout).toContain('月 Month');
    expect(stdout).toMatch(/^ *1 +2023-01-10 +2023-02-10 +達標 Met +是 yes .* ✓ 互動 6\/2$/m);
    expect(stdout).toContain('可核銷月 Claimable months 4 / 4');
    const json = await flowproof([...args, '--json']);
    const path = `/v1/orders/${seeded.orderId}/months?asOf=${AS_OF}`;
    expect(JSON.parse(json.stdout)).toEqual((await app.admin.get(path)).ok());
  });

  it('shows its claim, and is drawn once', async () => {
    const args = [seeded.orderId, '--instalment', '1', '--as-of', '2023-05-01'];
    const early = await flowproof([
      'claim',
      seeded.orderId,
      '--instalment',
      '1',
      '--as-of',
      '2023-03-01',
    ]);
    expect(early.code).toBe(0);
    expect(early.stdout).toContain('可請領 Eligible 否 no');
    expect(early.stdout).toContain(
      'too_early 2023-04-10 起可請款 · may be claimed from 2023-04-10 [000 八(六)1]',
    );
    const json = await flowproof(['claim', ...args, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ eligible: true, amountTwd: 2_400 });
    const drawn = await withKeyOf('claims', ['draw', ...args]);
    expect(drawn.code).toBe(0);
    expect(drawn.stdout).toMatch(/^已開立 Drawn \S+ · 請領 claim · /);
    expect(drawn.stdout).toContain('NT$ 2,400');
    const again = await withKeyOf('claims', ['draw', ...args]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('already_drawn');
  });

  it('is in the claimable months, as a table and as CSV', async () => {
    const args = ['claimable', '--as-of', AS_OF, '--programme', 'tcloud-2023'];
    const { code, stdout } = await flowproof(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^v-o +tcloud-2023 +v +${seeded.smeId} +4 +4 +0 +0$`, 'm'));
    const csv = await flowproof([...args, '--csv']);
    expect(csv.stdout.split('\n')[0]).toMatch(/^orderId,programme,/);
    expect(csv.stdout).toMatch(/^v-o,tcloud-2023,v,/m);
    const none = await flowproof(['claimable', '--as-of', AS_OF, '--programme', 'industry-2022']);
    expect(none.stdout).not.toContain('v-o');
  });

  it('is drawn as a chart', async () => {
    const args = ['chart', seeded.orderId, '--as-of', AS_OF];
    const png = await flowproof([...args, '--months', '1-2']);
    expect(png).toMatchObject({ code: 0, stdout: 'v-o.png\n' });
    const bytes = readFileSync(join(folder.path, 'v-o.png'));
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    const out = join(folder.path, 'record.svg');
    const svg = await flowproof([...args, '--svg', '--out', out]);
    expect(svg).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(readFileSync(out, 'utf8')).toContain('</svg>');
  });

  it('that fails to be drawn leaves the chart of before', async () => {
    const out = written('kept.png', 'before');
    const args = ['chart', 'nobodys', '--out', out];
    const { code, stderr } = await flowproof(args);
    expect(code).toBe(1);
    expect(stderr).toContain('Not found');
    expect(readFileSync(out, 'utf8')).toBe('before');
  });

  it('shows its events, and every one of them as CSV under one header', async () => {
    const days = ['--from', '2023-01-11', '--to', '2023-01-13'];
    const { code, stdout } = await flowproof(['events', seeded.orderId, ...days]);
    expect(code).toBe(0);
    expect(stdout.match(/ create +✓ +e1-\d$/gm)).toHaveLength(3);
    const csv = await flowproof(['events', seeded.orderId, '--csv']);
    const rows = csv.stdout.trimEnd().split('\n');
    expect(rows.filter((row) => row.startsWith('id,'))).toHaveLength(1);
    // The log of every month, and what the tests above sent.
    expect(rows.length - 1).toBeGreaterThan(LOG.length + 3_000);
    const some = await flowproof(['events', seeded.orderId, '--csv', '--limit', '2']);
    expect(some.stdout.trimEnd().split('\n')).toEqual(rows.slice(0, 3));
  });
});

describe('keys', { timeout: PROCESSES_MS }, () => {
  it('are made, listed and revoked; a secret is shown once and to nobody else', async () => {
    const made = await flowproof(['keys', 'create', '--role', 'auditor', '--label', '稽核']);
    expect(made.code).toBe(0);
    const key = made.stdout.trim();
    expect(key).toMatch(/^fp_auditor_[0-9a-f]{48}$/);
    expect(made.stderr).not.toContain(key);
    const keyId = /Key (\S+)/.exec(made.stderr)?.[1] ?? '';
    const listed = await flowproof(['keys', 'list']);
    expect(listed.stdout).toMatch(new RegExp(`^${keyId} +auditor +– +稽核 `, 'm'));
    expect(listed.stdout + listed.stderr).not.toContain(key);
    expect(listed.stdout).not.toContain(app.adminKey);
    expect((await flowproof(['rejects'], key)).code).toBe(0);
    expect(await flowproof(['keys', 'revoke', keyId])).toMatchObject({ code: 0 });
    const refused = await flowproof(['rejects'], key);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('A valid key is needed');
    expect(refused.stderr).not.toContain(key);
  });

  it('go into a new file that only its owner reads, and come from one', async () => {
    const out = join(folder.path, 'vendor.key');
    const args = ['keys', 'create', '--role', 'vendor', '--vendor', 'v', '--label', 'v'];
    const made = await flowproof([...args, '--out', out]);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect((await flowproof(['rejects', '--key-file', out], 'not-this-one')).code).toBe(0);
    const again = await flowproof([...args, '--out', out]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is there already: remove it, or name another');
  });
});

describe('calibrate', { timeout: PROCESSES_MS }, () => {
  it('shows the share of months passing at each threshold', async () => {
    const { code, stdout } = await flowproof(['calibrate', seeded.solutionId, '--as-of', AS_OF]);
    expect(code).toBe(0);
    expect(stdout).toContain('月份 Months 4 · 達標 met 4 · 無使用 silent 0');
    expect(stdout).toMatch(/^ *6 .* 100\.0 %$/m);
  });

  it('tries a rule of a file, names what it would change, and refuses what is no rule', async () => {
    const rule = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 7 }] };
    const path = written('rule.json', JSON.stringify(rule));
    const tried = ['calibrate', seeded.solutionId, '--as-of', AS_OF, '--rule'];
    const { code, stdout } = await flowproof([...tried, path]);
    expect({ code, counts: stdout.split('\n')[0] }).toEqual({
      code: 0,
      counts: '月份 Months 4 · 新增 gained 0 · 失去 lost 4',
    });
    expect((await flowproof([...tried, written('none.json', '{}')])).code).toBe(2);
  });
});

describe('warnings', { timeout: PROCESSES_MS }, () => {
  it('lists who went silent', async () => {
    const { code, stdout } = await flowproof(['warnings', '--as-of', '2023-02-10']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${seeded.orderId} .* 2023-01-16 +28 +– +–$`, 'm'));
  });
});
