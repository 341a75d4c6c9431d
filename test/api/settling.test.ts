import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseInstant } from '../../core/time.ts';
import { Months } from '../../verify/months.ts';
import { Reopener } from '../../verify/reopen.ts';
import {
  type Answer,
  type Client,
  eventOf,
  newKey,
  ORDER,
  type Seed,
  seed,
  startTestApp,
  type TestApp,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';
import { eventually } from '../helpers/process.ts';
import { RawConnection } from '../helpers/rawConnection.ts';

/** Draws and reviews with the real clock, which a test sets: each on orders of its own. */
const NAMES = ['slow', 'step', 'word', 'late', 'waits', 'still', 'between', 'other'] as const;
type Name = (typeof NAMES)[number];

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const seeds = new Map<Name, Seed>();
let nowMs = at('2023-01-10T00:00:00+08:00');
let app: TestApp;
let auditor: Client;
let claims: Client;

beforeAll(async () => {
  app = await startTestApp({ clock: () => nowMs });
  for (const name of NAMES) seeds.set(name, await seed(app, name));
  for (const day of ['2023-01-15', '2023-02-15', '2023-03-15']) {
    nowMs = at(`${day}T12:00:00Z`);
    await Promise.all([...seeds.values()].map((seeded) => use(seeded, day)));
  }
  nowMs = at('2023-04-17T10:00:00+08:00');
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
  const isSealed = async (name: Name) =>
    (await months(name)).slice(0, 3).every((m) => m.seal !== null);
  const areSealed = await eventually(async () => {
    (await app.admin.post('/v1/verifications', {})).ok(202);
    nowMs += 1_000;
    return (await Promise.all(NAMES.map(isSealed))).every(Boolean);
  }, 60_000);
  expect(areSealed).toBe(true);
}, 120_000);
afterAll(() => app.remove());
afterEach(() => {
  vi.restoreAllMocks();
});

async function use(seeded: Seed, day: string): Promise<void> {
  const events = [1, 2].map((n) =>
    eventOf(seeded, { id: `${day}-${n}`, occurredAt: `${day}T0${n}:00:00Z` }),
  );
  (await seeded.vendor.post('/v1/events', events)).ok();
}

interface Month {
  readonly claimable: boolean;
  readonly seal: { readonly revision: number } | null;
  readonly review: { readonly decision: string } | null;
}
interface Statement {
  readonly drawnAt: string;
  readonly months: readonly { readonly revision: number }[];
}

function of(name: Name): Seed {
  const seeded = seeds.get(name);
  if (seeded === undefined) throw new Error(`no seed ${name}`);
  return seeded;
}
async function months(name: Name, asOf?: string): Promise<readonly Month[]> {
  const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`;
  const path = `/v1/orders/${of(name).orderId}/months${query}`;
  return (await claims.get(path)).ok<{ months: Month[] }>().months;
}
const drawPath = (name: Name) => `/v1/orders/${of(name).orderId}/claims`;
const draw = (name: Name) => claims.post(drawPath(name), { instalment: 1 });
const say = (name: Name, decision: string) =>
  auditor.post(`/v1/orders/${of(name).orderId}/months/1/reviews`, { decision, reason: 'r' });
/** Enters that an order ended with its first month. */
function endEarly(name: Name): Promise<Answer> {
  const { vendorId, solutionId, smeId, orderId } = of(name);
  const termination = { date: '2023-02-10', reason: 'r' };
  const body = { ...ORDER, vendorId, solutionId, smeId, termination };
  return app.admin.put(`/v1/orders/${orderId}`, body);
}

/** Lets go what waits for it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('a draw', { timeout: 60_000 }, () => {
  it('whose body comes slowly knows what was said meanwhile (I-171)', async () => {
    const body = Buffer.from(JSON.stringify({ instalment: 1 }));
    const raw = new RawConnection(app.url);
    const authorization = `Bearer ${claims.key}`;
    await raw.begin(drawPath('slow'), { authorization, 'content-type': 'application/json' });
    await sleep(300);
    nowMs += 5_000;
    (await say('slow', 'reject')).ok(201);
    await raw.body(body);
    await raw.end();
    const answer = await raw.answer();
    raw.close();
    expect(answer.status).toBe(409);
    expect(answer.body).toContain('months_not_claimable');
  });

  it('knows what was said before the clock stepped back (I-171)', async () => {
    (await say('step', 'reject')).ok(201);
    nowMs -= 5_000;
    expectProblem(await draw('step'), 'not_eligible', drawPath('step'));
    const accepted = (await say('step', 'accept')).ok<{ at: string; result: Month }>(201);
    expect(accepted.result).toMatchObject({ claimable: true, review: { decision: 'accept' } });
    const drawn = (await draw('step')).ok<Statement>(201);
    expect(at(drawn.drawnAt)).toBeGreaterThan(at(accepted.at));
    nowMs += 5_000;
    const again = await draw('step');
    expect(again.text).toContain('already_drawn');
  });

  it('that waits its turn is made by the order as it is then (I-171)', async () => {
    const turn = gate();
    vi.spyOn(Reopener.prototype, 'awaitStored').mockResolvedValueOnce();
    const reopening = vi.spyOn(Reopener.prototype, 'reopen');
    reopening.mockImplementationOnce(() => turn.opened);
    const held = say('other', 'reopen');
    await eventually(async () => reopening.mock.calls.length > 0, 10_000);
    const drawing = draw('waits');
    await sleep(300);
    (await endEarly('waits')).ok();
    turn.open();
    await held;
    const answer = await drawing;
    expectProblem(answer, 'not_eligible', drawPath('waits'));
    expect(answer.text).toContain('months_not_claimable');
  });

  it('has the order stand still: what is entered meanwhile is entered after it (I-171)', async () => {
    const counted = gate();
    const real = Months.prototype.monthsOf;
    const held = vi.spyOn(Months.prototype, 'monthsOf');
    held.mockImplementationOnce(async function (this: Months, ...asked) {
      await counted.opened;
      return real.apply(this, asked);
    });
    const heard: string[] = [];
    const drawing = draw('still').then((answer) => {
      heard.push('drawn');
      return answer;
    });
    await eventually(async () => held.mock.calls.length > 0, 10_000);
    const entering = endEarly('still').then((answer) => {
      heard.push('entered');
      return answer;
    });
    await sleep(500);
    counted.open();
    (await drawing).ok(201);
    (await entering).ok();
    expect(heard).toEqual(['drawn', 'entered']);
  });
});

describe('of two reviews', { timeout: 60_000 }, () => {
  it('the one made last stands, though the clock stepped back between them (I-172)', async () => {
    const first = (await say('word', 'accept')).ok<{ at: string }>(201);
    nowMs -= 5_000;
    const last = (await say('word', 'reject')).ok<{ at: string; result: Month }>(201);
    expect(at(last.at)).toBeGreaterThan(at(first.at));
    expect(last.result).toMatchObject({ claimable: false, review: { decision: 'reject' } });
    nowMs += 60_000;
    expect((await months('word'))[0]).toMatchObject({
      claimable: false,
      review: { decision: 'reject' },
    });
  });

  it('the one made last stands, though its headers were sent first (I-172)', async () => {
    const path = `/v1/orders/${of('late').orderId}/months/1/reviews`;
    const raw = new RawConnection(app.url);
    const authorization = `Bearer ${auditor.key}`;
    await raw.begin(path, { authorization, 'content-type': 'application/json' });
    await sleep(300);
    nowMs += 5_000;
    (await say('late', 'accept')).ok(201);
    await raw.body(Buffer.from(JSON.stringify({ decision: 'reject', reason: 'r' })));
    await raw.end();
    expect((await raw.answer()).status).toBe(201);
    raw.close();
    nowMs += 1_000;
    expect((await months('late'))[0]).toMatchObject({
      claimable: false,
      review: { decision: 'reject' },
    });
  });
});

describe('a reopening', { timeout: 60_000 }, () => {
  it('during which the order is drawn is made after that draw (I-173)', async () => {
    const stored = gate();
    const waiting = vi.spyOn(Reopener.prototype, 'awaitStored');
    waiting.mockImplementationOnce(() => stored.opened);
    const reopening = say('between', 'reopen');
    await eventually(async () => waiting.mock.calls.length > 0, 10_000);
    nowMs += 1_000;
    const drawn = (await draw('between')).ok<Statement>(201);
    nowMs += 1_000;
    waiting.mockResolvedValueOnce();
    stored.open();
    const reopened = (await reopening).ok<{ at: string; revision: number }>(201);
    expect(reopened.revision).toBe(2);
    expect(at(reopened.at)).toBeGreaterThan(at(drawn.drawnAt));
    nowMs += 1_000;
    const then = await months('between', drawn.drawnAt);
    expect(then[0]?.seal?.revision).toBe(drawn.months[0]?.revision);
    expect((await months('between'))[0]?.seal?.revision).toBe(2);
  });
});
