import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, type Behave, type Misbehaving, misbehaving, problem } from '../client/server.ts';
import { useFolder } from '../helpers/folder.ts';
import { runHere } from './here.ts';
import type { Ended } from './run.ts';

/** What commands say of answers that a test makes up. */

const folder = useFolder();
let server: Misbehaving | undefined;
afterEach(() => server?.close());

async function asking(args: readonly string[], behave: Behave): Promise<Ended> {
  server?.close();
  server = await misbehaving(behave);
  return runHere(args, { FLOWPROOF_URL: server.url });
}

const REJECT = { batchId: 'b', index: 0, id: null, code: 'c', detail: 'd', receivedAt: 't' };
const KEY_ROW = { keyId: 'k', role: 'r', vendorId: null, smeId: null, label: 'l', createdAt: 't' };
const EVENT = { id: 'e', occurredAt: 't', receivedAt: 't', actorId: 'a', actorRole: 'r' };
const SOURCE = { vendorId: 'v', source: null, events: 1, unnumbered: 1, firstSeq: null };
const SEQUENCE = { lastSeq: null, missing: 0, refused: 0, duplicates: 0, gaps: [], resetsTotal: 0 };
const IDLE = { solutionId: 's', vendorId: 'v', name: 'n', listedFrom: '2023-01-01' };
const WARNING = { orderId: 'o', programme: 'tcloud-2023', vendorId: 'v', solutionId: 's' };
const SILENT = {
  start: '2023-01-01',
  endExclusive: '2023-02-01',
  daysLeft: 9,
  silentDays: 15,
  weekEndExclusive: null,
  dayEndExclusive: null,
};
const USE = { logins: 0, interactions: 0, activeUsers: 0, events: 0 };

describe('a list with more rows than it may print', () => {
  it.each([
    ['rejects', [], REJECT],
    ['keys', ['list'], KEY_ROW],
    ['events', ['o'], { ...EVENT, action: 'create', excludedBecause: null }],
    ['sources', [], { ...SOURCE, ...SEQUENCE, complete: true }],
    ['sources', ['--json'], { ...SOURCE, ...SEQUENCE, complete: true }],
    ['idle', [], { ...IDLE, lastContractEnd: null, idleSince: '2023-01-01', months: 4 }],
    [
      'warnings',
      [],
      { ...WARNING, smeId: 'f', month: 1, ...SILENT, lastUseOn: null, totals: USE, criteria: [] },
    ],
  ] as const)('says so beside the rows: %s %s (I-163)', async (command, args, row) => {
    let nextCursor: string | null = 'more';
    const page: Behave = (_, response) => answer(response, 200, { items: [row], nextCursor });
    const asked = [command, ...args, '--limit', '1'];
    const cut = await asking(asked, page);
    expect(cut).toMatchObject({ code: 0, stderr: '還有更多 There are more than 1: --limit 10\n' });
    nextCursor = null;
    const { stdout } = cut;
    expect(await asking(asked, page)).toEqual({ code: 0, stdout, stderr: '' });
  });

  it('says so beside its CSV: events --csv', async () => {
    const page: Behave = (_, response) =>
      answer(response, 200, 'id\ne\n', { 'flowproof-next-cursor': 'more' });
    const { stdout, stderr } = await asking(['events', 'o', '--csv', '--limit', '1'], page);
    expect([stdout, stderr]).toEqual(['id\ne\n', '還有更多 There are more than 1: --limit 10\n']);
  });
});

describe('events --as-of', () => {
  const asOf = '2023-05-01T00:00:00+08:00';

  it.each([[[]], [['--csv']]])('asks for every page as of that day: %j', async (form) => {
    const queries: URLSearchParams[] = [];
    const page: Behave = (nth, response, request) => {
      queries.push(new URL(request.url ?? '', 'http://here').searchParams);
      const nextCursor = nth === 1 ? 'more' : null;
      const header = nextCursor === null ? {} : { 'flowproof-next-cursor': nextCursor };
      if (form.length > 0) return answer(response, 200, 'id\ne\n', header);
      const event = { ...EVENT, action: 'create', excludedBecause: null };
      answer(response, 200, { items: [event], nextCursor });
    };
    const { code } = await asking(['events', 'o', '--as-of', asOf, ...form], page);
    expect(code).toBe(0);
    expect(queries.map((q) => [q.get('cursor'), q.get('asOf')])).toEqual([
      [null, asOf],
      ['more', asOf],
    ]);
  });

  it('is refused where it is neither a day nor a time, with code 2', async () => {
    const { code, stderr } = await asking(['events', 'o', '--as-of', 'May'], () => undefined);
    expect(code).toBe(2);
    expect(stderr).toContain('--as-of is a day such as');
  });
});

describe('explain', () => {
  const week = {
    start: '2023-02-06',
    endExclusive: '2023-02-13',
    value: 2,
    met: true,
    distance: 0,
  };
  const beyond = {
    days: { from: '2023-02-10', to: '2023-02-12' },
    excluded: [{ reason: 'late', count: 7, sample: ['c', 'd'] }],
    admitted: { count: 1, sample: ['e'] },
  };
  const explained = (cycle: object) => ({
    orderId: 'o',
    programme: 'tcloud-2023',
    rulesVersion: '1',
    asOf: 't',
    month: 1,
    start: '2023-01-10',
    endExclusive: '2023-02-10',
    state: 'met',
    claimable: true,
    totals: USE,
    criteria: [
      {
        ...{ metric: 'interactions', actions: null, per: 'week', atLeast: 2, in: null },
        ...{ cyclesMet: 1, cyclesAsked: 1, met: true, cyclesMissing: 0, distance: 0 },
        cycles: [{ ...week, rows: '/list', ...cycle }],
      },
    ],
    findings: [],
    seal: null,
    review: null,
    excluded: [],
    rows: null,
    text: { zh: '中', en: 'En' },
  });

  it('prints which events a week counts otherwise than its list, and nothing where it does not', async () => {
    const asked = (cycle: object) =>
      asking(['explain', 'o', '1'], (_, response) => answer(response, 200, explained(cycle)));
    expect(await asked({ beyond: null })).toEqual({ code: 0, stdout: '中\n\nEn\n', stderr: '' });
    const { stdout } = await asked({ beyond });
    const days = '2023-02-06 +2023-02-10 – 2023-02-12';
    expect(stdout).toMatch(/^條件 Criterion +週 Week +鄰月日 Days +與列表之差 Differs /m);
    expect(stdout).toMatch(new RegExp(`^ *1 +${days} +不計 left out: late +7 +c d +/list$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ *1 +${days} +計入 counted +1 +e +/list$`, 'm'));
  });
});

describe('keys create --out', () => {
  it('that is refused leaves no file, so that the corrected command is not', async () => {
    const out = join(folder.path, 'new.key');
    const args = ['keys', 'create', '--role', 'vendor', '--label', 'l', '--out', out];
    const refused = await asking(args, (_, response) => problem(response, 422, 'unknown_vendor'));
    expect([refused.code, existsSync(out)]).toEqual([1, false]);
    const made = await asking([...args, '--vendor', 'v'], (_, response) =>
      answer(response, 201, { keyId: 'k-1', key: 'secret' }),
    );
    expect([made.code, readFileSync(out, 'utf8')]).toEqual([0, 'secret\n']);
    const again = await asking(args, (_, response) => problem(response, 422, 'unknown_vendor'));
    expect([again.code, readFileSync(out, 'utf8')]).toEqual([2, 'secret\n']);
    expect(again.stderr).toContain('is there already: remove it, or name another');
  });
});

describe('verify', () => {
  it('names the verification at once, and waits for its end over a 503 and a broken connection', async () => {
    const running = { verificationId: 'v-1', state: 'running', done: 1, total: 2 };
    const { code, stdout, stderr } = await asking(['verify'], (nth, response, request) => {
      if (nth === 1) answer(response, 202, { verificationId: 'v-1' });
      else if (nth === 2) answer(response, 200, running);
      else if (nth === 3) request.socket.destroy();
      else if (nth === 4) problem(response, 503, 'store_unavailable', { 'retry-after': '0' });
      else answer(response, 200, { ...running, state: 'done', done: 2 });
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '已驗證 verified 2 / 2\n' });
    expect(stderr).toMatch(
      /^驗證 Verification v-1\nNo server answers at .* Trying again in 1 s\.\n/,
    );
  });
});
