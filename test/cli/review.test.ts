import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKey, type Seed, seed, startTestApp, type TestApp, verify } from '../helpers/app.ts';
import { type Ended, run } from './run.ts';

/** Reviews from the command line, as processes, against one server whose clock stands in July. */
let app: TestApp;
let seeded: Seed;
beforeAll(async () => {
  app = await startTestApp({ simulated: true, clock: () => Date.UTC(2023, 6, 2) });
  seeded = await seed(app, 'v');
  for (const month of [1, 2, 3, 4]) {
    const { solutionId, smeId } = seeded;
    const day = `2023-0${month}-12`;
    const events = Array.from({ length: month === 2 ? 1 : 3 }, (_, i) => ({
      id: `e${month}-${i}`,
      solutionId,
      smeId,
      actorId: 'u',
      action: 'create',
      occurredAt: `${day}T0${i}:00:00+08:00`,
    }));
    const headers = { 'flowproof-now': `${day}T12:00:00+08:00` };
    (await seeded.vendor.post('/v1/events', events, headers)).ok();
  }
  await verify(app.admin, '2023-06-01');
});
afterAll(() => app.remove());

async function flowproof(role: string, args: readonly string[]): Promise<Ended> {
  const key = role === 'admin' ? app.adminKey : await newKey(app.admin, { role });
  return run(args, { env: { FLOWPROOF_URL: app.url, FLOWPROOF_KEY: key } });
}

/** Each command is a process of its own. */
const PROCESSES_MS = 120_000;

describe('an auditor', { timeout: PROCESSES_MS }, () => {
  it('reads why a month is short, accepts it, and sees that in the months', async () => {
    const why = await flowproof('auditor', ['explain', seeded.orderId, '2']);
    expect(why).toMatchObject({ code: 0, stderr: '' });
    expect(why.stdout).toContain('還差 1 次');
    expect(why.stdout).toContain('1 of 2, 1 more');
    const args = ['review', seeded.orderId, '2', '--accept', '--reason', '已電訪'];
    const said = await flowproof('auditor', args);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toMatch(
      /^通過 Accepted · \S+ · 已電訪\n.* · 未達 Short · 可核銷 claimable\n$/,
    );
    const { stdout } = await flowproof('admin', ['months', seeded.orderId]);
    expect(stdout).toContain('可核銷月 Claimable months 4 / 4');
    expect(stdout).toMatch(
      /審查 Reviews\n {2}2 {2}通過 accepted {2}2023-07-02T\S+ {2}\S+: 已電訪\n/,
    );
  });

  it('reopens a month; the statement drawn before and after is traced', async () => {
    const draw = ['draw', seeded.orderId, '--instalment', '2', '--as-of', '2023-06-01'];
    expect((await flowproof('claims', draw)).stdout).toContain('NT$ 12,000');
    const reopen = ['review', seeded.orderId, '2', '--reopen', '--reason', 'r', '--json'];
    const made = await flowproof('auditor', reopen);
    expect(JSON.parse(made.stdout)).toMatchObject({ decision: 'reopen', revision: 2 });
    expect((await flowproof('claims', draw)).stdout).toContain('NT$ -12,000');
    const { code, stdout } = await flowproof('claims', ['trace', seeded.orderId]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/請領 claim · NT\$ 12000[\s\S]*追繳 clawback · NT\$ -12000/);
    expect(stdout.match(/^ *2 +未達 Short +是 yes +1 +accept +[0-9a-f]{64}$/m)).not.toBeNull();
    expect(stdout.match(/^ *2 +未達 Short +否 no +2 +– +[0-9a-f]{64}$/m)).not.toBeNull();
  });

  it('is told what mends a review of a month that is not sealed, with code 1', async () => {
    const other = await seed(app, 'open');
    const args = ['review', other.orderId, '1', '--reject', '--reason', 'r'];
    const { code, stdout, stderr } = await flowproof('auditor', args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('flowproof verify');
    expect((await flowproof('claims', args)).code).toBe(1);
  });
});
