import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  newKey,
  ORDER,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';
import { type Ended, run } from './run.ts';

/** Reviews from the command line, as processes, against one server whose clock stands in July. */
let app: TestApp;
let seeded: Seed;
let once: Seed;
beforeAll(async () => {
  app = await startTestApp({ simulated: true, clock: () => Date.UTC(2023, 6, 2) });
  seeded = await seed(app, 'v');
  await use(seeded, (month) => (month === 2 ? 1 : 3));
  once = await seed(app, 'once', {
    order: {
      programme: 'industry-2022',
      contractMonths: 3,
      attachments: ['invoice', 'questionnaire'],
    },
  });
  await use(once, () => 3);
  await verify(app.admin, '2023-06-01');
});
afterAll(() => app.remove());

async function use(firm: Seed, countIn: (month: number) => number): Promise<void> {
  for (const month of [1, 2, 3, 4]) {
    const { solutionId, smeId } = firm;
    const day = `2023-0${month}-12`;
    const events = Array.from({ length: countIn(month) }, (_, i) => ({
      id: `e${month}-${i}`,
      solutionId,
      smeId,
      actorId: 'u',
      action: 'create',
      occurredAt: `${day}T0${i}:00:00+08:00`,
    }));
    const headers = { 'flowproof-now': `${day}T12:00:00+08:00` };
    (await firm.vendor.post('/v1/events', events, headers)).ok();
  }
}

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
    expect(stdout.slice(stdout.indexOf('現況 Now'))).toMatch(
      /amount: points earned less drawn before +0 /,
    );
  });

  it('rejects a month after the one claim is drawn; the trace shows what is to be returned (I-47)', async () => {
    const traced = async (json: readonly string[] = []) =>
      (await flowproof('claims', ['trace', once.orderId, ...json])).stdout;
    expect(JSON.parse(await traced(['--json']))).toEqual({ statements: [], now: null });
    const draw = ['draw', once.orderId, '--instalment', '1', '--as-of', '2023-06-01'];
    expect((await flowproof('claims', draw)).stdout).toContain('NT$ 12,000');
    const reject = ['review', once.orderId, '2', '--reject', '--reason', 'r'];
    expect((await flowproof('auditor', reject)).code).toBe(0);
    const [then, now = ''] = (await traced()).split('現況 Now');
    expect(then).toMatch(/^ *2 +達標 Met +是 yes +1 +– +[0-9a-f]{64}$/m);
    expect(now).toContain(
      'already_drawn 唯一之款項已請領，較現應得多 12000 · the one claim is drawn: 12000 more than the months earn now',
    );
    expect(now).toMatch(/points earned less drawn before +-12000 +003 貳五 3/);
    expect(now).toMatch(/^ *2 +達標 Met +否 no +1 +reject +[0-9a-f]{64}$/m);
    expect(JSON.parse(await traced(['--json']))).toMatchObject({
      statements: [{ kind: 'claim', amountTwd: 12_000, months: [{}, { claimable: true }, {}] }],
      now: {
        claim: { amountTwd: 0 },
        months: [{}, { month: 2, claimable: false, revision: 1 }, {}],
      },
    });
  });

  it('traces money to months that an early end took away or cut since (I-165) (I-166)', async () => {
    const ended = await seed(app, 'ended');
    await use(ended, () => 3);
    await verify(app.admin, '2023-05-20');
    const draw = ['draw', ended.orderId, '--instalment', '1', '--as-of', '2023-05-20'];
    expect((await flowproof('claims', draw)).stdout).toContain('NT$ 2,400');
    const reject = ['review', ended.orderId, '2', '--reject', '--reason', 'r'];
    expect((await flowproof('auditor', reject)).code).toBe(0);
    const { vendorId, solutionId, smeId } = ended;
    const termination = { date: '2023-02-20', reason: 'r' };
    const order = { ...ORDER, vendorId, solutionId, smeId, termination };
    (await app.admin.put(`/v1/orders/${ended.orderId}`, order)).ok();
    const { code, stdout } = await flowproof('claims', ['trace', ended.orderId]);
    expect(code).toBe(0);
    const [then, now = ''] = stdout.split('現況 Now');
    const digest = /^ *3 +達標 Met +是 yes +1 +– +([0-9a-f]{64})$/m.exec(then ?? '')?.[1];
    expect(now).toMatch(/^ *2 +達標 Met +否 no +– +reject +–$/m);
    expect(now).not.toMatch(/^ *3 +/m);
    const claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
    const listed = await claims.get(`/v1/orders/${ended.orderId}/months/3/reviews`);
    expect(listed.ok()).toMatchObject({ revisions: [{ seal: { digest } }] });
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
