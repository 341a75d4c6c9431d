import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  verify,
} from '../helpers/app.ts';
import { expectProblem } from '../helpers/problem.ts';

/** Orders that are found to have ended early when their months were sealed, reviewed and paid. */
let app: TestApp;
let auditor: Client;
let claims: Client;
beforeAll(async () => {
  app = await startTestApp({ simulated: true });
  auditor = app.admin.as(await newKey(app.admin, { role: 'auditor' }));
  claims = app.admin.as(await newKey(app.admin, { role: 'claims' }));
});
afterAll(() => app.remove());

interface Month {
  readonly month: number;
  readonly state: string;
  readonly claimable: boolean;
  readonly seal: { readonly revision: number; readonly digest: string } | null;
  readonly review: { readonly decision: string } | null;
}
interface Listed {
  readonly revisions: readonly (Month & {
    readonly revision: number;
    readonly start: string;
    readonly endExclusive: string;
    readonly countedUntil: string | null;
    readonly reopening: { readonly at: string } | null;
    readonly reviews: readonly { readonly decision: string }[];
  })[];
  readonly statements: readonly {
    readonly statementId: string;
    readonly revision: number;
    readonly digest: string;
  }[];
}

interface Claim {
  readonly claimableMonths: number;
  readonly amountTwd: number;
}

const at = (day: string) => ({ 'flowproof-now': `${day}T12:00:00+08:00` });
const FIVE = { order: { contractMonths: 5 } };
const pathOf = ({ orderId }: Seed, month: number | string) =>
  `/v1/orders/${orderId}/months/${month}/reviews`;

/** So many uses of the middle of a contract month, received then or on a day. */
async function use(seeded: Seed, month: number, count = 2, received?: string): Promise<void> {
  const day = `2023-0${month}-15`;
  const events = Array.from({ length: count }, (_, n) =>
    eventOf(seeded, {
      id: `${month}-${received ?? 'now'}-${n}`,
      occurredAt: `${day}T0${n + 1}:00:00Z`,
    }),
  );
  (await seeded.vendor.post('/v1/events', events, at(received ?? day))).ok();
}

function say(seeded: Seed, month: number, decision: string, day: string): Promise<Answer> {
  return auditor.post(pathOf(seeded, month), { decision, reason: 'r' }, at(day));
}

/** The order of five months, or of four, is entered again with the day that it ended. */
async function end(seeded: Seed, date: string, day: string, order: object = {}): Promise<void> {
  const { orderId, vendorId, solutionId, smeId } = seeded;
  const parties = { vendorId, solutionId, smeId };
  const body = { ...ORDER, ...order, ...parties, termination: { date, reason: 'r' } };
  (await app.admin.put(`/v1/orders/${orderId}`, body, at(day))).ok();
}

const get = <T>(seeded: Seed, path: string, day: string): Promise<T> =>
  auditor.get(`/v1/orders/${seeded.orderId}${path}`, at(day)).then((answer) => answer.ok<T>());

async function months(seeded: Seed, day: string): Promise<string[]> {
  const answer = await get<{ months: Month[] }>(seeded, '/months', day);
  return answer.months.map(
    ({ claimable, seal, review }) =>
      `${claimable} ${seal?.revision ?? '-'} ${review?.decision ?? '-'}`,
  );
}

describe('a month that an early end cuts', () => {
  it('stays rejected in the months, the claim, the list and the draw (I-165)', async () => {
    const seeded = await seed(app, 'rejected', FIVE);
    for (const month of [1, 2, 3, 4, 5]) await use(seeded, month);
    await verify(app.admin, '2023-06-20');
    (await say(seeded, 3, 'reject', '2023-06-21')).ok(201);
    await end(seeded, '2023-04-09', '2023-06-22', FIVE.order);
    expect(await months(seeded, '2023-06-20')).toEqual(['true 1 -', 'true 1 -', 'true - -']);
    expect(await months(seeded, '2023-06-23')).toEqual(['true 1 -', 'true 1 -', 'false - reject']);
    const refused = async () => {
      const body = { instalment: 1, asOf: '2023-06-20' };
      const answer = await claims.post(
        `/v1/orders/${seeded.orderId}/claims`,
        body,
        at('2023-07-01'),
      );
      expectProblem(answer, 'not_eligible', `/v1/orders/${seeded.orderId}/claims`);
      const { reasons } = answer.json<{ reasons: { code: string }[] }>();
      expect(reasons.map((r) => r.code)).toEqual(['months_not_claimable']);
    };
    await refused();
    const row = (await claims.get('/v1/claimable', at('2023-06-23'))).text
      .split('\n')
      .find((line) => line.includes(`"${seeded.orderId}"`));
    expect(JSON.parse(row ?? '{}')).toMatchObject({ claimableMonths: 2 });
    await verify(app.admin, '2023-06-25');
    expect((await months(seeded, '2023-06-26'))[2]).toBe('false 2 reject');
    await refused();
    const claim = await get(seeded, '/claim?instalment=2', '2023-06-26');
    expect(claim).toMatchObject({ claimableMonths: 2 });
    const { revisions } = await get<Listed>(seeded, '/months/3/reviews', '2023-06-26');
    const standing = revisions.map((r) => `${r.endExclusive} ${r.review?.decision}`);
    expect(standing).toEqual(['2023-04-10 reject', '2023-04-09 reject']);
    expect(revisions.map((r) => r.reviews.length)).toEqual([1, 0]);
  });

  it('keeps the late events that its reopening admitted: listed, explained, sealed (I-165)', async () => {
    const seeded = await seed(app, 'admitted');
    await use(seeded, 1, 1);
    await use(seeded, 1, 1, '2023-03-01');
    await verify(app.admin, '2023-03-02');
    (await say(seeded, 1, 'reopen', '2023-03-04')).ok(201);
    await end(seeded, '2023-02-09', '2023-03-05');
    const told = async (day: string) => {
      const { items } = await get<{ items: { excludedBecause: string | null }[] }>(
        seeded,
        '/events',
        day,
      );
      const explained = await get<{ state: string; excluded: []; text: { en: string } }>(
        seeded,
        '/months/1/explanation',
        day,
      );
      const { state, excluded, text } = explained;
      expect(text.en).toContain('before 2023-03-04T12:00:00.000+08:00, as a reopening');
      return [state, excluded, items.map((e) => e.excludedBecause)];
    };
    expect(await told('2023-03-06')).toEqual(['met', [], [null, null]]);
    await verify(app.admin, '2023-03-07');
    expect(await told('2023-03-08')).toEqual(['met', [], [null, null]]);
    const { revisions } = await get<Listed>(seeded, '/months/1/reviews', '2023-03-08');
    expect(revisions.map((r) => `${r.revision} ${r.countedUntil} ${r.reopening?.at}`)).toEqual([
      '1 null undefined',
      '2 2023-03-04T12:00:00.000+08:00 2023-03-04T12:00:00.000+08:00',
      '3 2023-03-04T12:00:00.000+08:00 undefined',
    ]);
  });
});

describe('money that was drawn before an early end was entered', () => {
  it('stays where its month had use that came in the grace it was sealed by (I-175)', async () => {
    const seeded = await seed(app, 'stays', FIVE);
    for (const month of [1, 2, 3]) await use(seeded, month);
    // The end of the fourth month's grace is 05-17, that of what the early end leaves 04-27.
    await use(seeded, 4, 2, '2023-05-16');
    await verify(app.admin, '2023-05-18');
    const body = { instalment: 1, asOf: '2023-05-18' };
    const draws = `/v1/orders/${seeded.orderId}/claims`;
    const { amountTwd } = (await claims.post(draws, body, at('2023-05-18'))).ok<Claim>(201);
    await end(seeded, '2023-04-20', '2023-05-19', FIVE.order);
    const earned = Math.floor((ORDER.pointsTwd * 4) / 5) - amountTwd;
    const told = async (day: string) => {
      const explained = await get<{ state: string; excluded: []; text: { en: string } }>(
        seeded,
        '/months/4/explanation',
        day,
      );
      const { claimableMonths, amountTwd } = await get<Claim>(seeded, '/claim?instalment=2', day);
      const [limit] =
        /before \S+, as a reopening or an earlier seal of the month admitted/.exec(
          explained.text.en,
        ) ?? [];
      return [explained.state, explained.excluded, limit, claimableMonths, amountTwd];
    };
    const limit =
      'before 2023-05-17T00:00:00.000+08:00, as a reopening or an earlier seal of the month admitted';
    expect(await told('2023-05-19')).toEqual(['met', [], limit, 4, earned]);
    await verify(app.admin, '2023-05-20');
    expect(await told('2023-05-20')).toEqual(['met', [], limit, 4, earned]);
  });

  it('is traced to every month it was drawn on, also one that the contract lost (I-166)', async () => {
    const seeded = await seed(app, 'traced', FIVE);
    for (const month of [1, 2, 3, 4]) await use(seeded, month);
    await verify(app.admin, '2023-04-20');
    const body = { instalment: 1, asOf: '2023-04-20' };
    const drawn = await claims.post(`/v1/orders/${seeded.orderId}/claims`, body, at('2023-04-20'));
    const statement = drawn.ok<{ statementId: string; months: (Month & { digest: string })[] }>(
      201,
    );
    await end(seeded, '2023-02-20', '2023-04-22', FIVE.order);
    for (const [month, start, endExclusive] of [
      [1, '2023-01-10', '2023-02-10'],
      [2, '2023-02-10', '2023-03-10'],
      [3, '2023-03-10', '2023-04-10'],
    ] as const) {
      const listed = await get<Listed>(seeded, `/months/${month}/reviews`, '2023-04-23');
      const digest = statement.months[month - 1]?.digest;
      const { statementId } = statement;
      expect(listed.revisions).toMatchObject([
        { revision: 1, start, endExclusive, state: 'met', seal: { digest } },
      ]);
      expect(listed.statements).toMatchObject([{ statementId, revision: 1, digest }]);
    }
    await verify(app.admin, '2023-04-24');
    const { revisions } = await get<Listed>(seeded, '/months/2/reviews', '2023-04-25');
    expect(revisions.map((r) => r.endExclusive)).toEqual(['2023-03-10', '2023-02-20']);
    const { items } = await get<{ items: object[] }>(
      seeded,
      '/events?from=2023-03-10&to=2023-04-09',
      '2023-04-25',
    );
    expect(items).toMatchObject(Array(2).fill({ counted: false, excludedBecause: 'outside' }));
  });

  it('leaves no month to explain or review where the contract has none (I-166)', async () => {
    const seeded = await seed(app, 'lost', FIVE);
    for (const month of [1, 2, 3]) await use(seeded, month);
    await verify(app.admin, '2023-04-20');
    await end(seeded, '2023-02-20', '2023-04-22', FIVE.order);
    const missing = async (path: string, day: string) =>
      expectProblem(await auditor.get(path, at(day)), 'not_found', path);
    for (const month of ['0', '4', '5', '6', '03', '1.0', 'x', '65537', '3e0']) {
      await missing(pathOf(seeded, month), '2023-04-23');
    }
    // What is sealed on the 20th is not there on the 19th.
    await missing(pathOf(seeded, 3), '2023-04-19');
    const path = `/v1/orders/${seeded.orderId}/months/3/explanation`;
    await missing(path, '2023-04-23');
    for (const decision of ['accept', 'reopen']) {
      const lost = await say(seeded, 3, decision, '2023-04-23');
      expectProblem(lost, 'not_found', pathOf(seeded, 3));
      const cut = await say(seeded, 2, decision, '2023-04-23');
      expectProblem(cut, 'not_sealed', pathOf(seeded, 2));
    }
  });
});
