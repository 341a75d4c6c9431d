import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  eventOf,
  newKey,
  newTaxId,
  ORDER,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
  verify,
} from '../helpers/app.ts';

/** Three firms of one vendor: one person at all of them, and the use of the first copied twice. */

interface Finding {
  readonly code: string;
  readonly figures: Readonly<Record<string, number | string>>;
}
interface Month {
  readonly findings: readonly Finding[];
  readonly seal: { readonly digest: string } | null;
}
interface Explained extends Month {
  readonly text: { readonly zh: string; readonly en: string };
}

const NORMAL_FLOW = { allOf: [{ metric: 'interactions', per: 'month', atLeast: 16 }] };
const AS_OF = '2023-03-01';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let app: TestApp;
let seeded: Seed;
let auditor: Client;
const others: string[] = [];

beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  seeded = await seed(app, 'copies', { solution: { normalFlow: NORMAL_FLOW } });
  const { vendorId, solutionId } = seeded;
  for (const i of [1, 2]) {
    const smeId = newTaxId();
    others.push(smeId);
    (await app.admin.put(`/v1/smes/${smeId}`, { name: `企業 ${smeId}` })).ok();
    const order = { ...ORDER, vendorId, solutionId, smeId };
    (await app.admin.put(`/v1/orders/copies-${i}`, order)).ok();
  }
  for (const [i, smeId] of [...others, seeded.smeId].entries()) await work(smeId, i);
  await verify(app.admin, AS_OF);
});
afterAll(() => app.remove());

/** Twenty days with one use each, at all times of the day, moved by some minutes for each firm. */
async function work(smeId: string, nth: number): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    const minutes = ((i * i * 37) % 480) + nth * 31;
    const atMs = Date.parse('2023-01-11T09:00:00+08:00') + i * DAY_MS + minutes * MINUTE_MS;
    const event = eventOf(
      { ...seeded, smeId },
      {
        id: `${smeId}-${i}`,
        actorId: 'clerk',
        occurredAt: new Date(atMs).toISOString(),
      },
    );
    const now = { 'flowproof-now': new Date(atMs + MINUTE_MS).toISOString() };
    (await seeded.vendor.sendOnly('POST', '/v1/events', [event], now)).ok();
  }
}

async function read(client: Client): Promise<{ month: Month; explained: Explained; text: string }> {
  const path = `/v1/orders/${seeded.orderId}/months`;
  const months = await client.get(`${path}?asOf=${AS_OF}`);
  const explanation = await client.get(`${path}/1/explanation?asOf=${AS_OF}`);
  const [month] = months.ok<{ months: Month[] }>().months;
  if (month === undefined) throw new Error('no month');
  const text = `${months.text}${explanation.text}`;
  return { month, explained: explanation.ok<Explained>(), text };
}

function figuresOf({ findings }: Month, code: string) {
  return findings.find((f) => f.code === code)?.figures;
}

const OWN = ['copiedEvents', 'shareOfEvents'];
const SHARED = ['shareOfEvents', 'sharedEvents'];

describe('a finding about what firms have in common', () => {
  it('tells the vendor and the auditor whose use was copied and how many firms there are', async () => {
    for (const client of [seeded.vendor, auditor, app.admin]) {
      const { month, explained } = await read(client);
      for (const answer of [month, explained]) {
        const copied = figuresOf(answer, 'copied_stream');
        expect(others).toContain(copied?.['smeId']);
        expect(copied).toHaveProperty('movedSeconds');
        expect(figuresOf(answer, 'shared_actor')).toMatchObject({ firms: 3, firmsOfVendor: 3 });
      }
    }
  });

  it('tells the firm itself of its own use alone (I-153)', async () => {
    const { month, explained, text } = await read(seeded.sme);
    for (const answer of [month, explained]) {
      expect(Object.keys(figuresOf(answer, 'copied_stream') ?? {}).sort()).toEqual(OWN);
      expect(Object.keys(figuresOf(answer, 'shared_actor') ?? {}).sort()).toEqual(SHARED);
    }
    for (const smeId of others) expect(text).not.toContain(smeId);
  });

  it('is told in Chinese without English, and in English without Chinese', async () => {
    const { zh, en } = (await read(seeded.sme)).explained.text;
    expect(zh).toMatch(/序列雷同（高）：使用時間序列.+跨企業共用帳號（高）：/);
    expect(zh).not.toMatch(/The times of use|copied_stream/);
    expect(en).toMatch(/Copied stream \(high\): The times of use/);
    expect(en).not.toMatch(/[\p{Script=Han}。，]/u);
  });

  it('is the same finding of the same seal for both: only figures are left out', async () => {
    const [firm, full] = [await read(seeded.sme), await read(auditor)];
    const plain = ({ findings, ...rest }: Month) => ({
      ...rest,
      findings: findings.map(({ figures: _figures, ...finding }) => finding),
    });
    expect(firm.month.seal).not.toBeNull();
    expect(plain(firm.month)).toEqual(plain(full.month));
    expect(plain(firm.explained)).toEqual(plain(full.explained));
  });
});
