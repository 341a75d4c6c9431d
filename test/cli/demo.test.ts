import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { monthFaults, rejectFaults } from '../../cli/demoCheck.ts';
import { demoTable } from '../../cli/demoReport.ts';
import type { DemoOutcome } from '../../cli/demoRun.ts';
import { wavesOf } from '../../cli/demoSample.ts';
import { useFolder } from '../helpers/folder.ts';
import { processesIn } from '../helpers/process.ts';
import { dataIn, run, start } from './run.ts';

const EXPECTED = fileURLToPath(
  new URL('../../samples/vcs-small/expected-2026-08-24.json', import.meta.url),
);
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

describe('the demo', () => {
  const folder = useFolder();
  /** Its data lies below TMPDIR, its charts below the working folder. */
  const room = (name: string) => {
    const [cwd, TMPDIR] = [join(folder.path, name), join(folder.path, name, 'tmp')];
    mkdirSync(TMPDIR, { recursive: true });
    return { cwd, TMPDIR, options: { cwd, env: { TMPDIR } } };
  };

  it(
    'prints with --json the expected months as one document, draws every chart, stays up with --serve, then leaves nothing (I-22)',
    async () => {
      const { cwd, TMPDIR, options } = room('whole');
      const demo = start(['demo', '--json', '--serve'], options);
      await demo.says('until Ctrl-C');
      const stdout = demo.stdout();
      expect(stdout.trimEnd()).not.toContain('\n');
      const answer = JSON.parse(stdout) as Document;
      const expected = JSON.parse(readFileSync(EXPECTED, 'utf8')) as Document;
      const asOf = expected.asOf;
      const orders = expected.orders.map(({ orderId, claimableMonths, months }) => ({
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

      const said = demo.stderr();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
      const keyFile = /key is in (\S+)/.exec(said)?.[1] ?? '';
      expect(said).not.toContain(readFileSync(keyFile, 'utf8').trim());
      const asked = ['months', 'order-a003', '--as-of', '2026-08-24', '--url', url];
      const months = await run([...asked, '--key-file', keyFile, '--json'], options);
      expect(JSON.parse(months.stdout)).toMatchObject({
        orderId: 'order-a003',
        claimableMonths: 5,
      });

      demo.child.kill('SIGINT');
      const { code, stderr } = await demo.ended;
      expect(code).toBe(0);
      expect(stderr).not.toContain('flowproof:');
      expect(stderr).not.toContain('Warning');
      expect(existsSync(keyFile)).toBe(false);
      expect(dataIn(TMPDIR)).toEqual([]);
      expect(processesIn(cwd)).toEqual([]);
    },
    DEMO_MS_MAX,
  );

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
  const month = (number: number, state: string) => ({ month: number, state });
  const order = (claimableMonths: number, ...states: string[]) => ({
    asOf: '2026-08-24',
    orders: [{ orderId: 'o', claimableMonths, months: states.map((s, i) => month(i + 1, s)) }],
  });
  const outcome = (claimableMonths: number, ...states: string[]) =>
    order(claimableMonths, ...states) as unknown as Pick<DemoOutcome, 'asOf' | 'orders'>;

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
    expect(monthFaults(got, order(1, 'met', 'short'))).toEqual(faults);
  });

  it('finds refused events that were expected, or were not', () => {
    const expected: Record<string, [number, string][]> = { '4': [[6, 'too_old']] };
    expect(rejectFaults({ '4': [[6, 'too_old']] }, expected)).toEqual([]);
    expect(rejectFaults({}, expected)).toHaveLength(1);
    expect(rejectFaults({ '4': [[6, 'too_large']] }, expected)).toHaveLength(1);
    expect(rejectFaults({ ...expected, '5': [[0, 'too_old']] }, expected)).toHaveLength(1);
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
