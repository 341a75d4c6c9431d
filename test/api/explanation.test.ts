import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDays, civilDate, dateOf, parseInstant, startOfDay } from '../../core/time.ts';
import {
  type Client,
  eventOf,
  inParallel,
  newKey,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';

/** Every month of the made-up log explained, held against the months, the events and the rejects. */
const SET = new URL('../fixtures/edges/', import.meta.url);
/** All of the log has been received, and every contract has ended. */
const LAST = '2025-06-01';
/** Hundreds of answers: a bound against hanging, on a machine that has other things to do. */
const WHOLE_SET_MS = 240_000;

let app: TestApp;
let auditor: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  const headers = {
    'content-type': 'application/x-ndjson',
    'flowproof-now': '2020-01-01T00:00:00+08:00',
  };
  const registered = await app.admin.post('/v1/registry', read('registry.ndjson'), headers);
  registered.ok();
  const vendors = new Map<string, Client>();
  for (const vendorId of ['edge-a', 'edge-b']) {
    vendors.set(vendorId, app.admin.as(await newKey(app.admin, { role: 'vendor', vendorId })));
  }
  const batches = gunzipSync(read('batches.ndjson.gz')).toString().trim().split('\n');
  await inParallel(32, batches, async (line) => {
    const { vendorId, receivedAt, events } = JSON.parse(line) as {
      vendorId: string;
      receivedAt: string;
      events: object[];
    };
    const now = { 'flowproof-now': receivedAt };
    await vendors.get(vendorId)?.sendOnly('POST', '/v1/events', events, now);
  });
  await verify(app.admin, '2023-04-22');
});
afterAll(() => app.remove());

interface Order {
  readonly orderId: string;
  readonly solutionId: string;
  readonly smeId: string;
}
interface Month {
  readonly month: number;
  readonly start: string;
  readonly endExclusive: string;
  readonly totals: { readonly events: number };
}
interface Explained extends Month {
  readonly criteria: readonly Record<string, unknown>[];
  readonly excluded: readonly { reason: string; count: number; sample: string[]; rows: string }[];
  readonly text: { readonly zh: string; readonly en: string };
  readonly [member: string]: unknown;
}
interface Listed {
  readonly id: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly excludedBecause: string | null;
}

interface Reject {
  readonly code: string;
  readonly event: { readonly solutionId: string; readonly smeId: string };
}

interface Whole {
  readonly order: Order;
  readonly months: readonly { readonly month: Month; readonly explained: Explained }[];
}
const wholes = new Map<string, Promise<Whole[]>>();

/** In the middle of things, of so many orders one is enough; in the end each is explained. */
const ONE_OF: Readonly<Record<string, number>> = { '2023-04-22': 4, [LAST]: 1 };

/** Every month of the orders, answered and explained; asked once for each day. */
function everything(asOf: string): Promise<Whole[]> {
  const known = wholes.get(asOf) ?? explainAll(asOf);
  wholes.set(asOf, known);
  return known;
}

async function explainAll(asOf: string): Promise<Whole[]> {
  const found: Whole[] = [];
  const asked = (await orders()).filter((_, i) => i % (ONE_OF[asOf] ?? 1) === 0);
  await inParallel(4, asked, async (order) => {
    const months = [];
    for (const month of await monthsOf(order.orderId, asOf)) {
      months.push({ month, explained: await explain(order.orderId, month.month, asOf) });
    }
    found.push({ order, months });
  });
  return found;
}

async function orders(): Promise<readonly Order[]> {
  return (await auditor.get('/v1/orders?limit=1000')).ok<{ items: Order[] }>().items;
}

async function monthsOf(orderId: string, asOf: string): Promise<readonly Month[]> {
  const answer = await auditor.get(`/v1/orders/${orderId}/months?asOf=${asOf}`);
  return answer.ok<{ months: Month[] }>().months;
}

async function explain(orderId: string, month: number, asOf: string): Promise<Explained> {
  const path = `/v1/orders/${orderId}/months/${month}/explanation?asOf=${asOf}`;
  return (await auditor.get(path)).ok<Explained>();
}

/** What the months of the same asOf must say too. */
function shared(explained: Explained): unknown {
  const { orderId, programme, rulesVersion, asOf, excluded, rows, text, ...month } = explained;
  const criteria = explained.criteria.map((criterion) => {
    const { actions, cyclesMissing, distance, cycles, ...rest } = criterion;
    const plain = (cycles as Record<string, unknown>[]).map(
      ({ distance: _distance, rows: _rows, beyond: _beyond, ...cycle }) => cycle,
    );
    return { ...rest, cycles: plain };
  });
  return { ...month, criteria };
}

async function all<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor = ''; ; ) {
    const page = await auditor.get(`${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}`);
    const answer = page.ok<{ items: T[]; nextCursor: string | null }>();
    items.push(...answer.items);
    if (answer.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(answer.nextCursor)}`;
  }
}

function day(instant: string): string {
  return dateOf(parseInstant(instant) ?? Number.NaN);
}

function inTime({ receivedAt }: Listed, { endExclusive }: Month): boolean {
  const graceEndMs = startOfDay(addDays(civilDate(endExclusive), 7));
  return (parseInstant(receivedAt) ?? Number.NaN) < graceEndMs;
}

/** Reason → ids, of what is listed and of what the reasons are. */
function grouped(listed: readonly Listed[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, excludedBecause } of listed) {
    if (excludedBecause === null) continue;
    groups.set(excludedBecause, [...(groups.get(excludedBecause) ?? []), id]);
  }
  return groups;
}

describe('an explanation', () => {
  it.each([
    ['2023-04-22', 49],
    [LAST, 168],
  ])(
    'explains exactly what the months say as of %s, in words of both languages (I-136)',
    async (asOf, count) => {
      const differences: string[] = [];
      let compared = 0;
      for (const { order, months } of await everything(asOf)) {
        for (const { month, explained } of months) {
          compared += 1;
          const { zh, en } = explained.text;
          const isTold = zh.includes(order.orderId) && en.includes(order.orderId);
          if (!isTold) differences.push(`${order.orderId} text`);
          const [got, want] = [shared(explained), month].map((m) => JSON.stringify(sorted(m)));
          if (got !== want) differences.push(`${order.orderId} ${month.month}: ${got} for ${want}`);
        }
      }
      expect(differences).toEqual([]);
      expect(compared).toBe(count);
    },
    WHOLE_SET_MS,
  );

  it(
    'tells every excluded event of the list with one month, by the same reason (I-136)',
    async () => {
      const seen = new Set<string>();
      for (const { order, months } of await everything(LAST)) {
        const listed = await all<Listed>(`/v1/orders/${order.orderId}/events`);
        let told = 0;
        for (const [i, { month, explained }] of months.entries()) {
          const of = listed.filter(({ occurredAt }) => {
            const on = day(occurredAt);
            const isBefore = i > 0 && on < month.start;
            return !isBefore && (i === months.length - 1 || on < month.endExclusive);
          });
          const expected = grouped(of);
          const found = explained.excluded.filter((g) => g.reason !== 'conflict');
          expect(Object.fromEntries(found.map((g) => [g.reason, g.count]))).toEqual(
            Object.fromEntries([...expected].map(([reason, ids]) => [reason, ids.length])),
          );
          for (const { reason, sample } of found) {
            seen.add(reason);
            expect(sample).toEqual(expected.get(reason)?.slice(0, 5));
          }
          // An undeclared action is in the events of the month, and in no metric.
          const counted = of.filter((e) => e.excludedBecause === null).length;
          const undeclared = of.filter((e) => e.excludedBecause === 'action' && inTime(e, month));
          expect(explained.totals.events).toBe(counted + undeclared.length);
          told += counted + found.reduce((sum, g) => sum + g.count, 0);
        }
        expect(told).toBe(listed.length);
      }
      expect([...seen].sort()).toEqual(['action', 'late', 'outside', 'role']);
    },
    WHOLE_SET_MS,
  );

  it(
    'tells every refused version with the month that it claims, once however often it came',
    async () => {
      const rejects = await all<Reject>('/v1/rejects');
      const versions = new Map(
        rejects.filter((r) => r.code === 'id_conflict').map((r) => [JSON.stringify(r.event), r]),
      );
      let told = 0;
      for (const { order, months } of await everything(LAST)) {
        const own = [...versions.values()].filter(
          ({ event }) => event.solutionId === order.solutionId && event.smeId === order.smeId,
        );
        let of = 0;
        for (const { explained } of months) {
          const group = explained.excluded.find((g) => g.reason === 'conflict');
          if (group === undefined) continue;
          const rows = await all<Reject>(group.rows ?? '');
          expect(new Set(rows.map(({ event }) => JSON.stringify(event))).size).toBe(group.count);
          of += group.count;
        }
        expect(of).toBe(own.length);
        told += of;
      }
      expect(told).toBeGreaterThan(0);
    },
    WHOLE_SET_MS,
  );
});

describe('an explanation of its own firm', () => {
  it('says how far each cycle is, what an undeclared action is, and where the events are', async () => {
    const rule = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 4 }] };
    const seeded = await seed(app, 'own', {
      solution: { normalFlow: { allOf: [{ metric: 'logins', per: 'month', atLeast: 1 }] } },
    });
    const later = { effectiveFrom: '2023-01-01', interactions: [], normalFlow: rule };
    const solution = { vendorId: 'own', name: 's', usagePlan: '', ...later };
    (await app.admin.put(`/v1/solutions/${seeded.solutionId}`, solution)).ok();
    const events = ['create', 'print', 'query'].map((action, n) =>
      eventOf(seeded, { id: `e${n}`, action, occurredAt: `2023-01-1${n}T09:00:00+08:00` }),
    );
    const headers = { 'flowproof-now': '2023-01-20T00:00:00+08:00' };
    (await seeded.vendor.post('/v1/events', events, headers)).ok();
    const path = `/v1/orders/${seeded.orderId}/months/1/explanation?asOf=2023-03-01`;
    const explained = (await seeded.sme.get(path)).ok<Explained>();
    expect(explained).toMatchObject({
      orderId: seeded.orderId,
      month: 1,
      state: 'short',
      criteria: [{ distance: 2, cyclesMissing: 1, actions: null, cycles: [{ distance: 2 }] }],
      excluded: [{ reason: 'action', count: 1, sample: ['e1'] }],
    });
    expect(explained.text.zh).toContain('還差 2 次');
    expect(explained.text.zh).toContain(
      '使用紀錄 3 筆（其中 1 筆為未申報的動作，不計入任何指標）。',
    );
    expect(explained.text.en).toContain('3 events in all, 1 of them of undeclared actions, which ');
    const rows = explained.excluded[0]?.rows ?? '';
    const listed = (await seeded.sme.get(rows)).ok<{ items: Listed[] }>();
    expect(listed.items.map((e) => `${e.id} ${e.excludedBecause}`)).toEqual([
      'e0 null',
      'e1 action',
      'e2 null',
    ]);
    expect((await seeded.vendor.get(path)).text).toBe((await seeded.sme.get(path)).text);
    expect((await seeded.sme.get(path.replace('/1/', '/5/'))).status).toBe(404);
  });
});

function read(name: string): Buffer {
  return readFileSync(new URL(name, SET));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([k, v]) => [k, sorted(v)]));
}
