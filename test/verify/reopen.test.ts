import { beforeAll, describe, expect, it } from 'vitest';
import type { Order } from '../../core/registry.ts';
import type { ReviewDecision } from '../../core/review.ts';

import { insertReview } from '../../store/reviews.ts';
import { closeOrders } from '../../verify/close.ts';
import { Months } from '../../verify/months.ts';
import { Reopener } from '../../verify/reopen.ts';
import type { SealingTurn } from '../../verify/sealInTurn.ts';
import { Faults, rowsOf, useDatabase, withFaults } from '../helpers/database.ts';
import { insertEvents } from '../helpers/storedEvents.ts';
import { at, order, registryOf, solutionEntries, storedEvent } from '../helpers/world.ts';

const test = useDatabase();
const registry = registryOf([
  ...solutionEntries('a'),
  ...solutionEntries('week', {
    normalFlow: { allOf: [{ metric: 'interactions', per: 'week', atLeast: 1, in: 3 }] },
  }),
]);
const FOREVER = Date.UTC(2099, 0, 1);
const months = () => new Months(test.db, registry, true);
const reopener = (loadedUntilMs: () => Promise<number> = async () => FOREVER, simulated = true) =>
  new Reopener({ db: test.db, registry, simulated, loadedUntilMs });

async function close(of: Order, asOf: string): Promise<number> {
  const closing = { verificationId: 'closing', simulated: true, loadedUntilMs: FOREVER };
  const times = { asOfMs: at(asOf), sealedAtMs: at(asOf) };
  return closeOrders({ db: test.db, registry }, [of], { ...closing, ...times });
}

let reviews = 0;
async function review(of: Order, decision: ReviewDecision, when: string, revision = 1, month = 1) {
  reviews += 1;
  const reviewId = `r${reviews}`;
  const said = { reviewId, orderId: of.orderId, month, revision, decision };
  const who = { reason: `because ${reviews}`, by: 'key', atMs: at(when), number: reviews };
  await insertReview(test.db, { ...said, ...who });
  if (decision !== 'reopen') return;
  await reopener().reopen({ order: of, month, reviewId, atMs: at(when) });
}

async function month(of: Order, asOf: string, number = 1) {
  const [answer] = await months().monthsOf([of], at(asOf));
  const found = answer?.months[number - 1];
  if (found === undefined) throw new Error('no answer');
  return found;
}
const brief = async (of: Order, asOf: string) => {
  const { state, totals, claimable, seal, review: said } = await month(of, asOf);
  return `${state} ${totals.events} ${claimable} ${seal?.revision ?? '-'} ${said?.decision ?? '-'}`;
};

/** Uses of a firm on 2023-05-01, each received at its own time. */
async function use(smeId: string, received: readonly string[], name = 'a'): Promise<void> {
  const events = received.map((when) =>
    storedEvent({
      solutionId: `s-${name}`,
      smeId,
      occurredAtMs: at('2023-05-01 12:00:00'),
      receivedAtMs: at(when),
    }),
  );
  await insertEvents(test.db, events);
}

describe('a reopened month', () => {
  const of = order('reopened', 'a', { smeId: '10000001' });
  beforeAll(async () => {
    const late = ['2023-05-22', '2023-07-01 11:59:59.999', '2023-07-01 12:00:00'];
    await use('10000001', ['2023-05-01 12:00:01', ...late]);
    await close(of, '2023-06-01');
    await review(of, 'reject', '2023-06-20');
    await review(of, 'reopen', '2023-07-01 12:00:00');
  });

  it('counts everything received before its reopening, to the millisecond (I-130)', async () => {
    expect(await brief(of, '2023-07-02')).toBe('met 3 true 2 -');
  });

  it('is before its reopening, and before its reviews, what it was then (I-131)', async () => {
    expect(await brief(of, '2023-05-31')).toBe('short 1 false - -');
    expect(await brief(of, '2023-06-19')).toBe('short 1 false 1 -');
    expect(await brief(of, '2023-06-20')).toBe('short 1 false 1 reject');
    expect(await brief(of, '2023-07-01 11:59:59.999')).toBe('short 1 false 1 reject');
    expect(await brief(of, '2023-07-01 12:00:00')).toBe('met 3 true 2 -');
  });

  it('has its weeks, its record and the limit of its events count the same', async () => {
    const weeks = await months().weeksOf(of, at('2023-07-02'));
    expect(weeks.map((w) => w.totals.events).reduce((a, b) => a + b, 0)).toBe(3);
    const before = await months().weeksOf(of, at('2023-07-01'));
    expect(before.map((w) => w.totals.events).reduce((a, b) => a + b, 0)).toBe(1);
    const limits = async (asOf: string) =>
      (await months().termsOf(of, at(asOf))).map((m) => m.countedUntilMs);
    expect((await limits('2023-07-01'))[0]).toBe(at('2023-05-22'));
    expect((await limits('2023-07-02')).slice(0, 2)).toEqual([
      at('2023-07-01 12:00:00'),
      at('2023-06-22'),
    ]);
  });

  it('leaves the month beside it as it was sealed, though its weeks reach into that one', async () => {
    const both = order('beside', 'week', { smeId: '10000002' });
    const days = ['2023-05-17', '2023-05-24', '2023-05-31', '2023-06-06'];
    const events = days.map((day) =>
      storedEvent({
        solutionId: 's-week',
        smeId: '10000002',
        occurredAtMs: at(`${day} 12:00:00`),
        receivedAtMs: at('2023-06-30'),
      }),
    );
    await insertEvents(test.db, events);
    await close(both, '2023-07-30');
    const before = await month(both, '2023-08-01', 2);
    await review(both, 'reopen', '2023-08-01');
    expect(await month(both, '2023-08-02', 2)).toEqual(before);
    expect((await month(both, '2023-08-02')).seal?.revision).toBe(2);
  });

  it('is not sealed again by a closing, and may be reopened again', async () => {
    expect(await close(of, '2023-08-01')).toBe(2);
    expect(await close(of, '2023-08-01')).toBe(0);
    await review(of, 'reopen', '2023-08-02', 2);
    expect(await brief(of, '2023-08-02')).toBe('met 4 true 3 -');
  });
});

describe('revisions side by side', () => {
  it('each name the digest of the one before, and who made them and when (I-132)', async () => {
    const of = order('chain', 'a', { smeId: '10000003' });
    await use('10000003', ['2023-05-01 12:00:01', '2023-06-15']);
    await close(of, '2023-06-01');
    await review(of, 'accept', '2023-06-10');
    await review(of, 'reopen', '2023-07-01');
    await review(of, 'reject', '2023-07-02', 2);
    const all = await months().revisionsOf(of, 1, at('2023-07-03'));
    const [first, second] = all;
    expect(all.map((r) => r.decision.seal?.revision)).toEqual([1, 2]);
    expect(first?.previous).toBeNull();
    expect(second?.previous).toBe(first?.decision.seal?.digest);
    expect(second?.countedUntil).toBe('2023-07-01T00:00:00.000+08:00');
    expect(first?.reopening).toBeNull();
    expect(second?.reopening).toMatchObject({ by: 'key', atMs: at('2023-07-01'), revision: 1 });
    expect(first?.reviews.map((r) => r.decision)).toEqual(['accept', 'reopen']);
    expect(second?.reviews.map((r) => r.decision)).toEqual(['reject']);
    expect([first, second].map((r) => `${r?.decision.state} ${r?.decision.claimable}`)).toEqual([
      'short true',
      'met false',
    ]);
    const early = await months().revisionsOf(of, 1, at('2023-06-30'));
    expect(early).toHaveLength(1);
    expect(early[0]?.reviews.map((r) => r.decision)).toEqual(['accept']);
  });

  it('of which the first says all that its digest is over', async () => {
    const of = order('digest', 'a', { smeId: '10000004' });
    await use('10000004', ['2023-05-01 12:00:01']);
    await close(of, '2023-06-01');
    const [row] = await rowsOf<{ result: string }>(
      test.db,
      "SELECT result FROM month_results_v1 WHERE order_id = 'digest'",
    );
    expect(Object.keys(JSON.parse(row?.result ?? '{}'))).toEqual([
      'criteria',
      'endExclusive',
      'findings',
      'month',
      'orderId',
      'revision',
      'ruleFrom',
      'rulesVersion',
      'simulated',
      'start',
      'state',
      'totals',
    ]);
  });

  it('of which an earlier one was changed afterwards are no answer (I-132)', async () => {
    const of = order('swapped', 'a', { smeId: '10000005' });
    const other = order('other', 'a', { smeId: '10000006' });
    await use('10000005', ['2023-05-01 12:00:01']);
    await use('10000006', ['2023-05-01 12:00:01', '2023-05-01 12:00:02']);
    await close(of, '2023-06-01');
    await review(of, 'reopen', '2023-07-01');
    // A whole revision that fits its own digest takes the place of the first.
    await close({ ...of, smeId: other.smeId, orderId: 'swapped-2' }, '2023-06-01');
    const changed = "replaceAll(result, 'swapped-2', 'swapped')";
    for (const query of [
      "DELETE FROM month_results_v1 WHERE order_id = 'swapped' AND revision = 1",
      `INSERT INTO month_results_v1 SELECT 'swapped', month, revision, sealed_at, verification_id,
        state, ${changed} AS changed, lower(hex(SHA256(changed))), simulated
        FROM month_results_v1 WHERE order_id = 'swapped-2' AND revision = 1`,
    ]) {
      await test.db.writer.command({ query });
    }
    await expect(months().revisionsOf(of, 1, at('2023-07-03'))).rejects.toMatchObject({
      code: 'store_unavailable',
    });
  });
});

describe('a reopening', () => {
  it('of a month that is not sealed, or not yet at that time, is refused', async () => {
    const of = order('unsealed', 'a', { smeId: '10000007' });
    await use('10000007', ['2023-05-01 12:00:01']);
    await expect(review(of, 'reopen', '2023-06-01')).rejects.toMatchObject({ code: 'not_sealed' });
    await close(of, '2023-06-01');
    const early = review(of, 'reopen', '2023-05-31');
    await expect(early).rejects.toMatchObject({ code: 'not_sealed' });
    expect(await brief(of, '2023-07-01')).toBe('short 1 false 1 -');
  });

  it('that a crash broke off before its seal has not been (I-130)', async () => {
    const of = order('broken', 'a', { smeId: '10000008' });
    await use('10000008', ['2023-05-01 12:00:01', '2023-06-01']);
    await close(of, '2023-06-01');
    await review(of, 'accept', '2023-06-02');
    const faults = new Faults();
    faults.next('INSERT INTO month_results_v1');
    const db = withFaults(test.db, faults.faultOf);
    const failing = new Reopener({ db, registry, simulated: true, loadedUntilMs: async () => 0 });
    const asked = { order: of, month: 1, reviewId: 'lost', atMs: at('2023-06-03') };
    const said = { reviewId: 'lost', orderId: of.orderId, month: 1, revision: 1, number: 99 };
    const why = { decision: 'reopen' as const, reason: 'r', by: 'k', atMs: asked.atMs };
    await insertReview(test.db, { ...said, ...why });
    await expect(failing.reopen(asked)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await brief(of, '2023-06-04')).toBe('short 1 true 1 accept');
    const [only, ...rest] = await months().revisionsOf(of, 1, at('2023-06-04'));
    expect(rest).toEqual([]);
    expect(only?.reviews.map((r) => r.decision)).toEqual(['accept']);
    await review(of, 'reopen', '2023-06-05');
    expect(await brief(of, '2023-06-05')).toBe('met 2 true 2 -');
  });

  it('is counted before its turn to seal: a long count holds up nobody else (I-38)', async () => {
    const of = order('turn', 'a', { smeId: '10000009' });
    await use('10000009', ['2023-05-01 12:00:01', '2023-06-15']);
    await close(of, '2023-06-01');
    const heard: string[] = [];
    const db = withFaults(test.db, (statement) => {
      if (statement.includes('FROM events_v1')) heard.push('counts');
      return null;
    });
    const sealingTurn: SealingTurn = async (work) => {
      heard.push('turn');
      await work(async () => undefined);
    };
    const parts = { db, registry, sealingTurn, simulated: true, loadedUntilMs: async () => 0 };
    const asked = { order: of, month: 1, reviewId: 'turn', atMs: at('2023-07-01') };
    await new Reopener(parts).reopen(asked);
    expect(heard[0]).toBe('counts');
    expect(heard.filter((what) => what === 'turn')).toHaveLength(1);
    expect(heard.at(-1)).toBe('turn');
    expect((await month(of, '2023-07-01')).seal?.revision).toBe(2);
  });

  it('behind another that was sealed while it counted is the revision after that one (I-37)', async () => {
    const of = order('raced', 'a', { smeId: '10000012' });
    await use('10000012', ['2023-05-01 12:00:01', '2023-06-15']);
    await close(of, '2023-06-01');
    let turns = 0;
    const sealingTurn: SealingTurn = async (work) => {
      turns += 1;
      if (turns === 1) await review(of, 'reopen', '2023-07-01');
      await work(async () => undefined);
    };
    const parts = { db: test.db, registry, sealingTurn, simulated: true };
    const asked = { order: of, month: 1, reviewId: 'raced', atMs: at('2023-07-01') };
    await new Reopener({ ...parts, loadedUntilMs: async () => 0 }).reopen(asked);
    expect(turns).toBe(2);
    const all = await months().revisionsOf(of, 1, at('2023-07-01'));
    expect(all.map((r) => r.decision.seal?.revision)).toEqual([1, 2, 3]);
    expect(all[2]?.previous).toBe(all[1]?.decision.seal?.digest);
  });

  it('behind a later one that was sealed while it counted is refused', async () => {
    const of = order('late', 'a', { smeId: '10000013' });
    await use('10000013', ['2023-05-01 12:00:01', '2023-06-15']);
    await close(of, '2023-06-01');
    let turns = 0;
    const sealingTurn: SealingTurn = async (work) => {
      turns += 1;
      await review(of, 'reopen', '2023-07-02');
      await work(async () => undefined);
    };
    const parts = { db: test.db, registry, sealingTurn, simulated: true };
    const late = new Reopener({ ...parts, loadedUntilMs: async () => 0 });
    const asked = { order: of, month: 1, reviewId: 'late', atMs: at('2023-07-01') };
    await expect(late.reopen(asked)).rejects.toMatchObject({ code: 'not_sealed' });
    expect(turns).toBe(1);
    const all = await months().revisionsOf(of, 1, at('2023-07-03'));
    expect(all.map((r) => r.decision.seal?.revision)).toEqual([1, 2]);
  });

  it('is told to come back where others seal the month again and again (I-38)', async () => {
    const of = order('busy', 'a', { smeId: '10000014' });
    await use('10000014', ['2023-05-01 12:00:01', '2023-06-15']);
    await close(of, '2023-06-01');
    const sealingTurn: SealingTurn = async (work) => {
      await review(of, 'reopen', '2023-07-01');
      await work(async () => undefined);
    };
    const parts = { db: test.db, registry, sealingTurn, simulated: true };
    const busy = new Reopener({ ...parts, loadedUntilMs: async () => 0 });
    const asked = { order: of, month: 1, reviewId: 'busy', atMs: at('2023-07-01') };
    await expect(busy.reopen(asked)).rejects.toMatchObject({ status: 503, retryAfterS: 5 });
    const all = await months().revisionsOf(of, 1, at('2023-07-01'));
    expect(all.map((r) => r.decision.seal?.revision)).toEqual([1, 2, 3, 4]);
    expect(all.map((r) => r.reopening?.reviewId)).not.toContain('busy');
  });

  it('waits until all that was received before it is stored (I-133)', async () => {
    let asked = 0;
    const loaded = async () => {
      asked += 1;
      return asked < 4 ? 99 : 100;
    };
    await reopener(loaded, false).awaitStored(100);
    expect(asked).toBe(4);
  });

  it('says to try again where the store stays behind (I-133)', async () => {
    const behind = reopener(async () => 99, false).awaitStored(100);
    await expect(behind).rejects.toMatchObject({ code: 'store_unavailable', retryAfterS: 5 });
    const unknown = reopener(() => Promise.reject(new Error('no Redis')), false).awaitStored(100);
    await expect(unknown).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(reopener(async () => 0).awaitStored(100)).resolves.toBeUndefined();
  });
});
