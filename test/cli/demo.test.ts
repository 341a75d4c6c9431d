import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monthFaults, rejectFaults } from '../../cli/demoCheck.ts';
import { demoTable } from '../../cli/demoReport.ts';
import type { DemoOutcome } from '../../cli/demoRun.ts';
import { wavesOf } from '../../cli/demoSample.ts';
import { Client, inParallel, newKey } from '../helpers/app.ts';
import { useFolder } from '../helpers/folder.ts';
import { processesIn } from '../helpers/process.ts';
import {
  claimDifferences,
  type ExpectedClaim,
  type ExpectedOrder,
  type FoundOrder,
  orderDifferences,
} from '../helpers/recounted.ts';
import { dataIn, type Running, run, start } from './run.ts';

const SAMPLE = new URL('../../samples/vcs-small/', import.meta.url);
/** The demo verifies as of the last of them. */
const DATES = ['2022-07-01', '2024-03-10', '2026-08-24'];
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const DEMO_MS_MAX = 180_000;

interface Document {
  readonly asOf: string;
  readonly orders: readonly {
    readonly orderId: string;
    readonly claimableMonths: number;
    readonly months: readonly { readonly month: number; readonly state: string }[];
  }[];
  readonly charts: readonly string[];
}

/**
 * One demo for all of them: it sends the log once, then stays up with --serve. A recount knows no
 * findings; none of these months is held by one.
 */
describe('the demo', { timeout: DEMO_MS_MAX }, () => {
  const folder = useFolder();
  let [cwd, TMPDIR, keyFile] = ['', '', ''];
  let demo: Running;
  let admin: Client;

  beforeAll(async () => {
    // Its data lies below TMPDIR, its charts below the working folder.
    [cwd, TMPDIR] = [folder.path, join(folder.path, 'tmp')];
    mkdirSync(TMPDIR);
    demo = start(['demo', '--json', '--serve'], { cwd, env: { TMPDIR } });
    await demo.says('until Ctrl-C');
    const said = demo.stderr();
    keyFile = /key is in (\S+)/.exec(said)?.[1] ?? '';
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
    admin = new Client(url, readFileSync(keyFile, 'utf8').trim());
  }, DEMO_MS_MAX);
  afterAll(() => {
    demo.child.kill('SIGKILL');
  });

  it('prints with --json the expected months as one document and draws every chart', () => {
    const stdout = demo.stdout();
    expect(stdout.trimEnd()).not.toContain('\n');
    const answer = JSON.parse(stdout) as Document;
    const { asOf, orders: recounted } = json<Document>('expected-2026-08-24.json');
    const orders = recounted.map(({ orderId, claimableMonths, months }) => ({
      orderId,
      claimableMonths,
      months: months.map(({ month, state }) => ({ month, state })),
    }));
    expect(answer).toEqual({ asOf, orders, charts: answer.charts });
    expect(answer.charts).toHaveLength(orders.length);
    for (const path of answer.charts) {
      expect(readFileSync(join(cwd, path)).subarray(0, PNG.length)).toEqual(PNG);
      expect(readFileSync(join(cwd, path.replace(/png$/, 'svg')), 'utf8')).toContain('</svg>');
    }
  });

  it.each(DATES)('has the expected months, cycles and totals as of %s (I-22)', async (asOf) => {
    const { orders } = json<{ orders: ExpectedOrder[] }>(`expected-${asOf}.json`);
    const differences: string[] = [];
    let compared = 0;
    for (const expected of orders) {
      const { orderId } = expected;
      const path = `/v1/orders/${orderId}/months?asOf=${asOf}`;
      const found = (await admin.get(path)).ok<FoundOrder>();
      differences.push(...orderDifferences(`${asOf} ${orderId}`, found, expected));
      compared += found.months.length;
    }
    expect(orders).toHaveLength(12);
    expect(compared).toBe(95);
    expect(differences).toEqual([]);
  });

  it('has the expected claims of real use, drawn and not drawn (I-22)', async () => {
    const claims = json<ExpectedClaim[]>('expected-claims.json');
    const client = admin.as(await newKey(admin, { role: 'claims' }));
    const differences: string[] = [];
    const orderIds = new Set(claims.map((c) => c.orderId));
    await inParallel(4, orderIds, async (orderId) => {
      const ofOrder = claims.filter((c) => c.orderId === orderId);
      differences.push(...(await claimDifferences(client, ofOrder)));
    });
    expect(claims).toHaveLength(114);
    expect(differences).toEqual([]);
  });

  it('answers others with the key that it named and did not show, then leaves nothing', async () => {
    expect(demo.stderr()).not.toContain(admin.key);
    const asked = ['months', 'order-a003', '--as-of', '2026-08-24', '--url', admin.url];
    const months = await run([...asked, '--key-file', keyFile, '--json'], { cwd, env: { TMPDIR } });
    expect(JSON.parse(months.stdout)).toMatchObject({ orderId: 'order-a003', claimableMonths: 5 });

    demo.child.kill('SIGINT');
    const { code, stderr } = await demo.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain('flowproof:');
    expect(stderr).not.toContain('Warning');
    expect(existsSync(keyFile)).toBe(false);
    expect(dataIn(TMPDIR)).toEqual([]);
    expect(processesIn(cwd)).toEqual([]);
  });
});

describe('the table of the demo', () => {
  it('has a row for each order, a sign for each month, and says what the signs mean', () => {
    const order = (orderId: string, ...states: readonly string[]) => ({
      orderId,
      programme: 'tcloud-2023',
      claimableMonths: states.filter((s) => s === 'met').length,
      months: states.map((state, i) => ({ month: i + 1, state })),
    });
    const outcome = {
      asOf: '2026-08-24',
      orders: [order('order-a003', 'met', 'met', 'short', 'met', 'met', 'met')],
      charts: ['out/demo/order-a003.png'],
      events: 48_424,
      sendMs: 12_340,
    };
    const said = demoTable(outcome as unknown as DemoOutcome);
    expect(said).toContain('order-a003  tcloud-2023     達達未達達達  5 / 6');
    expect(said).toContain('未 未達 Short');
    expect(said).toContain('48424 events were sent and stored in 12.3 s.');
    expect(said).toContain('  out/demo/order-a003.png\n');
  });
});

describe('the check of the demo', () => {
  type Outcome = Pick<DemoOutcome, 'asOf' | 'orders'>;
  const totals = { logins: 1, interactions: 2, activeUsers: 1, events: 3 };
  const days = { start: '2023-01-01', endExclusive: '2023-02-01' };
  const criterion = { metric: 'logins', per: 'week', cyclesMet: 1, cyclesAsked: 1, met: true };
  const counted = { ...days, totals, criteria: [{ ...criterion, values: [3, 4] }] };
  const asked = { ...criterion, cycles: [{ value: 3 }, { value: 4 }] };
  const answered = { ...days, totals, criteria: [asked] };
  const order = <T>(counts: T, claimableMonths: number, states: readonly string[]) => ({
    asOf: '2026-08-24',
    orders: [
      {
        orderId: 'o',
        claimableMonths,
        months: states.map((state, i) => ({ month: i + 1, state, ...counts })),
      },
    ],
  });
  const expected = order(counted, 1, ['met', 'short']);
  const outcome = (claimableMonths: number, ...states: string[]) =>
    order(answered, claimableMonths, states) as unknown as Outcome;

  it.each([
    ['the same', outcome(1, 'met', 'short'), []],
    ['a met month held for a person', outcome(0, 'held', 'short'), []],
    ['another state', outcome(1, 'met', 'silent'), ['o month 2: expected short, got silent']],
    [
      'a short month held',
      outcome(1, 'met', 'held'),
      expect.arrayContaining(['o month 2: expected short, got held']),
    ],
    ['another count', outcome(2, 'met', 'short'), ['o claimable months: expected 1, got 2']],
    [
      'a month too few',
      outcome(1, 'met'),
      expect.arrayContaining([
        'o months: expected 2, got 1',
        'o month 2: expected short, got undefined',
      ]),
    ],
    [
      'no order',
      { asOf: '2026-08-24', orders: [] },
      expect.arrayContaining(['orders: expected 1, got 0']),
    ],
  ])('judges %s', (_, got, faults) => {
    expect(monthFaults(got, expected)).toEqual(faults);
  });

  it.each([
    ['start', { start: '2023-01-02' }],
    ['endExclusive', { endExclusive: '2023-02-02' }],
    ['totals', { totals: { ...totals, interactions: 3 } }],
    ['criteria', { criteria: [{ ...asked, cyclesMet: 2 }] }],
    ['criteria', { criteria: [{ ...asked, cyclesAsked: 2 }] }],
    ['criteria', { criteria: [{ ...asked, met: false }] }],
    ['criteria', { criteria: [{ ...asked, cycles: [{ value: 3 }, { value: 5 }] }] }],
    ['criteria', { criteria: [] }],
  ])('finds another count behind the same state: %s', (field, changes) => {
    const got = order({ ...answered, ...changes }, 1, ['met', 'short']) as unknown as Outcome;
    expect(monthFaults(got, expected)).toEqual([
      expect.stringContaining(`o month 1 ${field}: expected`),
      expect.stringContaining(`o month 2 ${field}: expected`),
    ]);
  });

  it('finds refused events that were expected, or were not', () => {
    const refused: Record<string, [number, string][]> = { '4': [[6, 'too_old']] };
    expect(rejectFaults({ '4': [[6, 'too_old']] }, refused)).toEqual([]);
    expect(rejectFaults({}, refused)).toHaveLength(1);
    expect(rejectFaults({ '4': [[6, 'too_large']] }, refused)).toHaveLength(1);
    expect(rejectFaults({ ...refused, '5': [[0, 'too_old']] }, refused)).toHaveLength(1);
  });
});

describe('what the demo sends at the same time', () => {
  const batch = (vendorId: string, ...ids: string[]) => ({
    vendorId,
    receivedAt: '2023-01-01T00:00:00+08:00',
    events: ids.map((id) => ({ id })),
  });

  it('never holds an event id of a vendor twice, and keeps the order', () => {
    const batches = [batch('a', '1', '2'), batch('b', '1'), batch('a', '3'), batch('a', '2')];
    const [a, b, c, d] = batches;
    expect(wavesOf(batches)).toEqual([[a, b, c], [d]]);
  });

  it('is bounded', () => {
    const batches = Array.from({ length: 65 }, (_, i) => batch('a', String(i)));
    expect(wavesOf(batches).map((wave) => wave.length)).toEqual([32, 32, 1]);
    expect(wavesOf([])).toEqual([]);
  });
});

function json<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, SAMPLE), 'utf8')) as T;
}
